"""Tocsin takes a production alert to an all-clear and a finished post-mortem."""

__version__ = "0.1.0"
