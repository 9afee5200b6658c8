"""The agents: each has one prompt or none, one set of tools and one typed result."""
