"""A server that answers like vLLM in form and in time, without a GPU and without a model."""
