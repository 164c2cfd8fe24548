"""How answers look in a terminal: shape and word before colour, one thing a line, the urgent first."""
