"""From characters to canonical tokens: normalising, lexing, numbers, quantities, names."""
