"""The way to an option's figures, written down: one module a section or two, over the planner's own numbers."""
