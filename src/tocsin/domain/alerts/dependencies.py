"""What follows from what: the services that a service needs to work, and those that need it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


def needed_by(service: str, depends_on: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """Return every service that `service` needs, itself apart, the nearest first; circles end where they began."""
    found: dict[str, None] = {}
    asked = [service]
    for one in asked:
        for other in depends_on.get(one, ()):
            if other != service and other not in found:
                found[other] = None
                asked.append(other)
    return tuple(found)


def needing(service: str, depends_on: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """Return every service that needs `service`, itself apart, the nearest first."""
    turned: dict[str, list[str]] = {}
    for one, needs in depends_on.items():
        for other in needs:
            turned.setdefault(other, []).append(one)
    return needed_by(service, turned)
