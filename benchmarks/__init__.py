"""What wirewatch costs, measured: `python -m benchmarks` runs it all, `make bench` does the same."""
