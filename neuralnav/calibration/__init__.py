"""Fitting the performance model to published measurements, and reporting how far off it is."""
