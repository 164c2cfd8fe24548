"""How systems break, as data: what a mechanism looks like from outside, and what a change does that sets it off.

A row speaks of mechanisms only. A new one is one more row in the file of its kind.
"""
