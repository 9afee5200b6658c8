"""LangChain tools: they validate arguments, call a service and return its typed result."""
