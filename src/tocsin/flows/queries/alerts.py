"""The alerts that fire, each with its incident, or with what holds it back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from tocsin.domain.alerts.explain import Rules, Situation, explain
from tocsin.domain.errors import InvalidError
from tocsin.domain.visibility import Viewer
from tocsin.flows.active import active_alerts
from tocsin.flows.alert_storage import KeptAlert
from tocsin.flows.engine import Engine
from tocsin.flows.ingest import Places, sender_named
from tocsin.flows.policies import catalogue
from tocsin.flows.routing import rules_of
from tocsin.flows.storage import Page, Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertView:
    """A firing alert: `subject` is what `why` asks for, `held_by` what keeps it from telling, when it has no incident."""

    subject: str
    name: str
    severity: str
    service: str
    summary: str
    labels: Mapping[str, str]
    starts_at: datetime
    last_seen_at: datetime
    incident: str
    held_by: tuple[str, ...]


def firing(
    engine: Engine, viewer: Viewer, *, held: bool = False, cursor: str = "", limit: int = 100
) -> Page[AlertView]:
    """Return firing alerts, the oldest known first; with `held`, only those that are held back.

    Raises:
        InvalidError: the cursor is none of this listing.
        NotConfiguredError: nothing is configured yet.
    """
    if cursor and not (cursor.isascii() and cursor.isdigit() and len(cursor) < len(str(1 << 63))):
        raise InvalidError("the cursor is not one of this listing", field="cursor", mend="Begin without a cursor.")
    with engine.store.reading() as tx:
        rows = tx.firing_rows(after=int(cursor or 0), limit=limit + 1, held=held)
        shown = _Shown(tx=tx, viewer=viewer)
        views = tuple(view for row in rows[:limit] if (view := shown.view(row)) is not None)
    return Page(items=views, next_cursor=str(rows[limit - 1].id) if len(rows) > limit else "")


class _Shown:
    """Shows alerts to one viewer, by the rules in force."""

    def __init__(self, *, tx: Tx, viewer: Viewer) -> None:
        self._tx, self._viewer = tx, viewer
        self._known = catalogue(tx)
        self._rules = rules_of(self._known)
        self._places: dict[str, tuple[Places, Rules]] = {}
        self._refs: dict[str, str | None] = {"": ""}
        self._situation: Situation | None = None

    def view(self, row: KeptAlert) -> AlertView | None:
        """Return an alert as it is shown, None for one of a hidden incident."""
        ref = self._ref(row.state.incident)
        if ref is None:
            return None
        places, rules = self._of(row.source)
        state = row.state
        return AlertView(
            subject=f"{row.source}/{state.fingerprint}",
            name=state.name,
            severity=state.severity,
            service=places.service_of(state.service),
            summary=state.summary,
            labels=state.labels,
            starts_at=state.starts_at,
            last_seen_at=state.last_seen_at,
            incident=ref,
            held_by=() if ref else self._held_by(places.labels_of(state), rules),
        )

    def _ref(self, incident: str) -> str | None:
        if incident not in self._refs:
            found = self._tx.see(self._viewer, incident)
            self._refs[incident] = found.ref if found else None
        return self._refs[incident]

    def _of(self, source: str) -> tuple[Places, Rules]:
        if source not in self._places:
            sender = sender_named(self._known, source)
            rules = replace(self._rules, default_team=sender.team)
            self._places[source] = (Places(known=self._known, sender=sender), rules)
        return self._places[source]

    def _held_by(self, labels: Mapping[str, str], rules: Rules) -> tuple[str, ...]:
        now = self._tx.now()
        if self._situation is None:
            active = active_alerts(self._tx, self._known, self._viewer)
            self._situation = Situation(silences=self._tx.silences(ending_after=now), active=active)
        found = explain(labels, rules, self._situation, now)
        sentences = (one.sentence for route in found.routes for one in route.decisions if one.holds_back)
        return tuple(dict.fromkeys(sentences))
