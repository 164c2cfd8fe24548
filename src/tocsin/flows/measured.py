"""What the monitors measured of an incident's services, as facts of its diagnosis."""

from __future__ import annotations

from collections.abc import Sequence

from tocsin.domain.diagnosis.facts import Bundle
from tocsin.domain.diagnosis.series_services import with_series
from tocsin.domain.diagnosis.service_facts import Samples, Span, with_services
from tocsin.domain.incident.policy import Policy
from tocsin.domain.incident.state import Incident
from tocsin.flows.engine import Engine

LOOKS_A_ROW = 2
"""A row holds two looks of the slowest monitor, so that every service has figures in every row."""


def with_measured(engine: Engine, bundle: Bundle, incident: Incident, policy: Policy, keys: Sequence[str]) -> Bundle:
    """Return `bundle` with what was measured of the services `keys`: the affected ones and what they depend on.

    Monitors' samples, or what a probe read from a metrics store where that knows more services.
    """
    services = [service for key in keys if (service := policy.catalogue.service(key))]
    monitors = [one for one in policy.catalogue.monitors if one.kind == "metrics" and one.service in keys]
    if not monitors:
        return with_series(bundle, services, incident.services)
    step = LOOKS_A_ROW * max(one.every for one in monitors)
    span = Span(onset=incident.began_at, now=bundle.ended_at, step=step)
    with engine.store.reading() as tx:
        samples: dict[str, Samples] = {key: tx.samples(f"service/{key}", span.since, span.until) for key in keys}
    measured = with_services(bundle, services, samples, affected=incident.services, span=span)
    return with_series(measured, services, incident.services)
