"""Protocols in and out: parse, call one flow, answer. A door decides nothing about incidents."""
