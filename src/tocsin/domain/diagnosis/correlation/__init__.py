"""Which change is to blame, or none: time, scope and content of changes against what was seen.

Law of this room: it knows mechanisms (a pool, a time limit, a missing table), never a product, a service or an incident.
A mechanism is a row of data in `mechanisms/`; two things at the same time alone never make more than "possible", and that no
change is to blame is an answer with evidence of its own.
"""
