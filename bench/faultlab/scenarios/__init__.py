"""Every scenario of the lab; importing this package registers them."""

from bench.faultlab.scenarios import cache, database, edge, healthy, limits, machine, pooler, service

__all__ = ["cache", "database", "edge", "healthy", "limits", "machine", "pooler", "service"]
