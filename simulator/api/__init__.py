"""vLLM's HTTP interface over the real-time engine: options, endpoints, errors, metrics, faults and the server."""
