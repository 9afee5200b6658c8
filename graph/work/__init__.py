"""The nodes that work without asking."""
