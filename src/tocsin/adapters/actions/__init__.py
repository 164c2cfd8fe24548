"""Plans to the world, one kind of change a module. An action does what was planned, at most that, and never decides.

To add one: copy `command.py`, its test, and one line of wiring.
"""
