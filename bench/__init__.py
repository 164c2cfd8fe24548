"""Measurements of Tocsin with real processes and real servers; each prints its figures, and `--json` makes them data."""
