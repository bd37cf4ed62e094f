"""Benches: what the project promises about speed, measured beside its peers in one run.

`python -m bench` (from tests/, or `make bench`). Nothing here is a test: absolute times
depend on the machine.
"""
