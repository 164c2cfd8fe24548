"""Log lines in, templates with their counts over time out: what is new, what jumped, what fell silent, what drifts.

One pass, bounded memory, no model to train. `miner` reads lines, `changes` compares what came before a moment with what
came after it. Lines are text from outside: no regular expression reads them, only string methods in linear time.
"""
