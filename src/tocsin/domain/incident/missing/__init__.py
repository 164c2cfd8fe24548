"""`missing(incident, pack, now, names=…)`: what is missing now, the same answer for people and agents on every surface."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from tocsin.domain import words
from tocsin.domain.incident.missing.gap import COMMANDS, Missing
from tocsin.domain.incident.missing.learning import learning
from tocsin.domain.incident.missing.responding import responding
from tocsin.domain.incident.missing.runbooks import runbook_gaps
from tocsin.domain.incident.phases import Phase
from tocsin.domain.incident.runbooks import Shelf
from tocsin.domain.incident.state import Incident
from tocsin.domain.policy.pack import Pack

__all__ = ["COMMANDS", "Missing", "missing"]

NO_SHELF: Final = Shelf()


def missing(
    incident: Incident,
    pack: Pack,
    now: datetime,
    shelf: Shelf = NO_SHELF,
    *,
    names: Mapping[str, str] = words.NOBODY,
) -> tuple[Missing, ...]:
    """Return the gaps, most urgent first, then the latest; empty when nothing is missing.

    `shelf` holds the runbooks that could be followed and those that are.

    A backfilled incident is history: nobody is asked to answer it, only to learn from it. Declined, cancelled and merged
    incidents lack nothing. `names` turns people's keys into names where they are known.
    """
    if incident.open:
        gaps = (
            ()
            if incident.mode == "backfill"
            else (*responding(incident, pack, now, names), *_runbooks(incident, shelf))
        )
    elif incident.phase in {Phase.POST_INCIDENT, Phase.CLOSED}:
        gaps = tuple(learning(incident, pack, now, names))
    else:
        gaps = ()
    return tuple(sorted(gaps, key=_order))


def _runbooks(incident: Incident, shelf: Shelf) -> tuple[Missing, ...]:
    """Triage asks one thing only: whether this is an incident."""
    return () if incident.phase is Phase.TRIAGE else tuple(runbook_gaps(incident, shelf))


def _order(gap: Missing) -> tuple[int, timedelta]:
    # Without a deadline comes after what is late and before what is due some time from now.
    return gap.urgency, gap.due_in or -(gap.late or timedelta(0))
