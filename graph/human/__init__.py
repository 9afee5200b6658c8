"""The nodes that stop for a person, one a module."""
