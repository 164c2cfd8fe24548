"""The command line: every verb of the API for people and programs, and what runs Tocsin on this machine."""

from tocsin.doors.cli.program import main

__all__ = ["main"]
