"""A minor incident that comes back owes a review; the first one does not (R-PM-1)."""

from __future__ import annotations

from datetime import timedelta

from tests.fakes import ManualClock
from tests.flows.test_leases import _engine

from tocsin.domain.actor import Actor
from tocsin.domain.incident.events import Resolved
from tocsin.domain.visibility import Viewer
from tocsin.flows.declare import Declaration, declare
from tocsin.flows.respond import By, resolve

ADA = By(actor=Actor(kind="person", id="ada-lovelace"), viewer=Viewer(person="ada-lovelace"))


def test_the_second_within_thirty_days_owes_a_review() -> None:
    clock = ManualClock()
    engine = _engine(clock)
    owed = []
    for _ in range(3):
        opened = declare(engine, Declaration(title="export broken", severity="SEV3", services=("web",)), ADA.actor)
        over = resolve(engine, opened.ref, Resolved(resolution="mended"), ADA)
        owed.append(any(name.startswith("review/") for name in over.timers))
        clock.advance(timedelta(days=20) if len(owed) == 1 else timedelta(days=31))
    assert owed == [False, True, False]
