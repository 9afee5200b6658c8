"""Text of the simulator: its tokenizer, the prose that it writes and JSON for a schema."""
