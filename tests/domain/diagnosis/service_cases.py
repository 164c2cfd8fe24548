"""Four services as monitors measure them: a shop that depends on payments and search, and payments on a bank."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from tocsin.domain.catalogue import Service
from tocsin.domain.diagnosis.facts import Bundle
from tocsin.domain.diagnosis.service_facts import Samples, Span, with_services

ONSET = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
STEP = timedelta(seconds=30)
NOW = ONSET + timedelta(minutes=2)
SPAN = Span(onset=ONSET, now=NOW, step=STEP)
SERVICES = (
    Service(key="shop", name="Shop", team="web", depends_on=("payments", "search")),
    Service(key="payments", name="Payments", team="web", depends_on=("bank",)),
    Service(key="search", name="Search", team="web"),
    Service(key="bank", name="Bank", team="web"),
)
REQUESTS = {"shop": 300.0, "payments": 60.0, "search": 200.0, "bank": 60.0}
P95_MS = {"shop": 120.0, "payments": 80.0, "search": 20.0, "bank": 60.0}


def look(at: datetime, **facts: object) -> tuple[datetime, Mapping[str, object]]:
    return at, facts


def measured(key: str, *, slower_ms: float = 0.0, failing_percent: float = 0.0, since: datetime = ONSET) -> Samples:
    """Return looks every 15 s of one service that strays a little, and that is in trouble from `since` on."""
    found = []
    at = SPAN.since
    while at < NOW:
        stray = 1 + 0.01 * (at.minute % 5 + at.second / 60)
        bad = at >= since
        found.append(
            look(
                at,
                requests=REQUESTS[key] / 2,
                p95_ms=P95_MS[key] * stray + (slower_ms if bad else 0.0),
                error_percent=failing_percent if bad else 0.0,
            )
        )
        at += STEP / 2
    return found


def bundle_of(samples: Mapping[str, Samples], affected: tuple[str, ...] = ("shop",)) -> Bundle:
    """Return what was measured as the facts of a run."""
    return with_services(Bundle(started_at=NOW, ended_at=NOW), SERVICES, samples, affected=affected, span=SPAN)


WELL = bundle_of({key: measured(key) for key in REQUESTS}).services
SLOW_BANK = bundle_of(
    {
        "shop": measured("shop", slower_ms=40),
        "payments": measured("payments", slower_ms=200),
        "bank": measured("bank", slower_ms=200),
        "search": measured("search"),
    }
).services
