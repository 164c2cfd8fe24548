"""The pack's checklists with what the record has already ticked, so that people tick only the rest (R-CHK)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from tocsin.domain.impact import Impact
from tocsin.domain.incident.events import Event, UpdatePosted
from tocsin.domain.incident.phases import Phase
from tocsin.domain.incident.state import Incident
from tocsin.domain.incident.timeline import effective
from tocsin.domain.policy.pack import Checklist, Pack


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemView:
    """One line. `key` is `checklist/item`, which `ChecklistTicked.item` takes; `by` says what ticked or unticked it."""

    key: str
    text: str
    done: bool
    by: Literal["event", "hand", ""]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChecklistView:
    """One checklist as it stands."""

    key: str
    title: str
    items: tuple[ItemView, ...]

    @property
    def done(self) -> int:
        """How many items are ticked."""
        return sum(item.done for item in self.items)


def checklists(incident: Incident, pack: Pack, events: Iterable[Event] = ()) -> list[ChecklistView]:
    """Return the pack's checklists for the incident's severity; a tick by hand counts before what events say.

    With `events`, updates count as telling their audiences even where no channel carried them (a backfilled incident).
    """
    said = {a for e in effective(events) if isinstance(e.body, UpdatePosted) for a in e.body.audiences}
    wanted = [c for c in pack.checklists if not c.severities or incident.severity in c.severities]
    bare = Counter(item.key for checklist in pack.checklists for item in checklist.items)
    unique = {key for key, times in bare.items() if times == 1}
    return [_view(c, incident, pack, told=frozenset((*incident.told, *said)), unique=unique) for c in wanted]


def _view(
    checklist: Checklist, incident: Incident, pack: Pack, *, told: frozenset[str], unique: set[str]
) -> ChecklistView:
    items: list[ItemView] = []
    for item in checklist.items:
        key = f"{checklist.key}/{item.key}"
        by_hand = incident.ticks.get(key, incident.ticks.get(item.key) if item.key in unique else None)
        facts = item.ticked_by.replace(",", " ").split()
        by_event = bool(facts) and all(holds(fact, incident, pack, told) for fact in facts)
        done = by_event if by_hand is None else by_hand
        by: Literal["event", "hand", ""] = "hand" if by_hand is not None else ("event" if by_event else "")
        items.append(ItemView(key=key, text=item.text, done=done, by=by))
    return ChecklistView(key=checklist.key, title=checklist.title, items=tuple(items))


def holds(fact: str, incident: Incident, pack: Pack, told: frozenset[str]) -> bool:
    """Return whether the record shows `fact` (see `ChecklistItem`); a fact nobody knows never holds."""
    kind, _, what = fact.partition(":")
    if kind == "told":
        return what in told
    if kind == "role":
        return bool(incident.holder(what))
    rule = _FACTS.get(kind)
    return rule is not None and rule(incident, pack)


def _verified(incident: Incident) -> bool:
    gates = incident.verification.gates
    return incident.verification.passed or (bool(gates) and all(g.verdict == "pass" for g in gates))


def _all_clear(incident: Incident, pack: Pack) -> bool:
    """Resolving tells everyone who was told; where the pack watches afterwards, the watch must have passed as well."""
    if "resolved" not in incident.milestones:
        return False
    watches_after = pack.verification.order in {"announce_then_watch", "close_after"} and pack.verification.watch
    return not watches_after or incident.verification.passed or incident.phase is Phase.CLOSED


_FACTS: Final[Mapping[str, Callable[[Incident, Pack], bool]]] = {
    "acknowledged": lambda i, _: "acknowledged" in i.milestones and (bool(i.paging.acknowledged_by) or not i.open),
    "severity": lambda i, _: i.phase is not Phase.TRIAGE,
    "commander": lambda i, _: bool(i.holder("commander")),
    "channel": lambda i, _: bool(i.links.get("channel")),
    "paged": lambda i, _: bool(i.paging.paged) or "notified" in i.milestones,
    "diagnosed": lambda i, _: i.diagnosed_at is not None,
    "cause": lambda i, _: bool(i.root_cause),
    "plan": lambda i, _: bool(i.plans),
    "mitigated": lambda i, _: "mitigated" in i.milestones,
    "verified": lambda i, _: _verified(i),
    "resolved": lambda i, _: "resolved" in i.milestones,
    "all_clear": _all_clear,
    "update": lambda i, _: i.updates > 0,
    "impact": lambda i, _: i.impact != Impact(),
    "postmortem": lambda i, _: i.postmortem_state != "none",
    "followups": lambda i, _: bool(i.followups) and all(f.owner for f in i.followups if f.status != "dropped"),
    "task": lambda i, _: bool(i.tasks),
    # The record is the ticket: it has the number, the exact start, the severity and the services.
    "ticket": lambda i, _: i.phase is not Phase.TRIAGE or bool(i.links.get("ticket")),
}
FACTS: Final = frozenset(_FACTS)
