"""Decisions: values in, values out.

Law of this room: no clock, no log, no socket, no third-party package but msgspec (typed data to and from JSON).
Time is an argument.
"""
