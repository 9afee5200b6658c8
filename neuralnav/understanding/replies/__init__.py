"""What replies at a checkpoint are made of: parts, changes, numbers of options."""
