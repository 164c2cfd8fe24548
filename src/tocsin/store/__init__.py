"""State, history, outbox and timers on disk. It keeps what it is told and decides nothing; it calls no vendor.

Callers name what they need: `opening.open_store`, `schema.migrate`, `backup.backup`, `memory.MemoryStore`.
"""
