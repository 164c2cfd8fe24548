"""Frozen incidents: a folder of files becomes values. What is missing or malformed becomes a blind spot, never an error."""

from tocsin.adapters.frozen.folder import read_folder

__all__ = ["read_folder"]
