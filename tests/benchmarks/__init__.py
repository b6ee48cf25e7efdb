"""Benchmarks: one module each, run by tests/sandbox bench NAME."""
