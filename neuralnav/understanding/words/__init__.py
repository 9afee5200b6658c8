"""The vocabulary: what people call things. Tables only, no logic."""
