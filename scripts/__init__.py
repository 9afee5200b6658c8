"""Commands that keep the repository's own files current."""
