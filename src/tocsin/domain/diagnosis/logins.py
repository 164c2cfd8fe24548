"""A refused login: the service's trouble if the service misses that system too, else only the probe's."""

from __future__ import annotations

from tocsin.domain.diagnosis.findings import Weight, weigh
from tocsin.domain.diagnosis.look import Look
from tocsin.domain.diagnosis.readiness import blames


def refused_login(because: str, component: str, look: Look) -> Weight:
    """Return what a refused login to `component` (database, redis) says about the configuration."""
    if blames(look.bundle, component):
        return weigh("bad_configuration", 5.0, "decisive", f"{because}; the service misses it as well")
    return weigh("bad_configuration", 1.0, because=f"{because}; perhaps only the probe's own credentials")
