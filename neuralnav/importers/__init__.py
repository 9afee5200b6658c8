"""Benchmark files of load generators, read into benchmarks: no database, no command line."""
