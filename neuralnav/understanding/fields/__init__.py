"""One reader a group of fields: each finds its values and the words that they came from."""
