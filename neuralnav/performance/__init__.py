"""What a model costs on a GPU: parameters, memory and time."""
