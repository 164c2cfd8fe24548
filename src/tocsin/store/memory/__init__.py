"""The store in memory, held to the same contract suite: for tests of flows, and for trying Tocsin without a disk."""

from tocsin.store.memory.store import ManualClock, MemoryStore

__all__ = ["ManualClock", "MemoryStore"]
