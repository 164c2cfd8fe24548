"""The world, read-only: each module looks at one kind of system and gives facts.

Law of this room: a probe only reads, keeps to its deadline, judges nothing, keeps no secret in what it returns, and says
as a blind spot what it was not allowed to see. A system that refuses is a fact, not an exception.
"""
