"""What a model's ``config.json``, as Hugging Face publishes it, says of its shape and of its number format."""
