"""Where paging stands and what comes next: who was paged, who is next and when, the same words on every surface (R-ONC-2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal

from tocsin.domain import words
from tocsin.domain.incident.policy import Policy
from tocsin.domain.incident.state import Incident
from tocsin.domain.incident.step.clocks import PAGING_TIMERS
from tocsin.domain.incident.step.paging import concern_of, ladder_now, ladder_of
from tocsin.domain.oncall.escalation import rung

Standing = Literal["off", "paging", "acknowledged", "snoozed", "held", "ended"]
Following = Literal["", "level", "catch_all", "again", "end"]
_FOLLOWING: Final[Mapping[str, Following]] = {"page_again": "again", "snooze": "again", "ack_timeout": "again"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """Where paging stands.

    `call` names the present paging: a button carries it, so that it does nothing once another is under way. `level` counts
    from 1 over all repeats, `round` how often all has begun again. `next_people` are paged at `next_at` unless somebody
    acknowledges. `changed` says that the configuration has another policy now than the one that is followed. `text` says
    all of it in a sentence or two.
    """

    state: Standing
    policy: str
    changed: bool
    call: int
    level: int
    round: int
    people: tuple[str, ...]
    passed: tuple[int, ...]
    following: Following
    next_people: tuple[str, ...]
    next_at: datetime | None
    text: str


def outlook(incident: Incident, policy: Policy) -> Outlook:
    """Return where the paging of an incident stands."""
    paging = incident.paging
    state = _state(incident)
    timer = next((name for name in PAGING_TIMERS if name in incident.timers), "") if incident.open else ""
    due = incident.paging_due_at if timer else None
    following, people = _following(incident, policy, timer, due)
    ladder = paging.ladder
    plain = Outlook(
        state=state,
        policy=ladder_of(incident, policy).key,
        changed=incident.open and ladder is not None and ladder != ladder_now(incident, policy),
        call=paging.call,
        level=paging.level + 1,
        round=paging.round,
        people=paging.called if state in {"paging", "held", "ended"} else (),
        passed=tuple(n + 1 for n in paging.passed),
        following=following,
        next_people=people,
        next_at=due,
        text="",
    )
    return replace(plain, text=_text(plain, incident, policy.catalogue.names))


def _state(incident: Incident) -> Standing:
    if not incident.open or incident.mode == "backfill":
        return "off"
    if incident.paging.held and not incident.paging.acknowledged_by:
        return "held"
    if "snooze" in incident.timers:
        return "snoozed"
    if incident.paging.acknowledged_by:
        return "acknowledged"
    if incident.paging.ended:
        return "ended"
    return "paging" if incident.paging.level >= 0 and incident.paging_due_at else "off"


def _following(
    incident: Incident, policy: Policy, timer: str, due: datetime | None
) -> tuple[Following, tuple[str, ...]]:
    if due is None:
        return "", ()
    if timer == "paging_ends":
        return "end", ()
    paging = incident.paging
    level = paging.level + 1
    if timer != "escalate":
        # All begins again: where people take turns, with the next of them.
        rounds, begun = (1, 0) if timer == "page_again" else (0, 1)
        turned = replace(paging, round=paging.round + rounds, begun=paging.begun + begun)
        incident, level = replace(incident, paging=turned), 0
    found = rung(ladder_of(incident, policy), policy.catalogue, level, due, concern_of(incident))
    return _FOLLOWING.get(timer, "catch_all" if found.last else "level"), found.people


def _text(seen: Outlook, incident: Incident, names: Mapping[str, str]) -> str:
    whom, at = _named(seen.next_people, names), words.clock(seen.next_at)
    match seen.state:
        case "snoozed":
            return f"Snoozed until {words.at(seen.next_at)}; then {whom} is paged."
        case "acknowledged":
            name = words.name(incident.paging.acknowledged_by, names)
            has = f"{name} has it."
            if incident.paging.asked_anew:
                has = f"{name} acknowledged before an alert made it worse, and is asked anew."
            return f"{has} Without an update or status by {at} {whom} is paged." if seen.next_at else has
        case "held":
            return f"Paging stands still: {incident.paging.held}. It goes on as soon as that is over."
        case "ended":
            return "Nobody acknowledged, and nobody is paged any more."
        case "paging":
            return f"{_present(seen, incident, names)} {_coming(seen, whom, at)}"
        case _:
            return ""


def _present(seen: Outlook, incident: Incident, names: Mapping[str, str]) -> str:
    reached = [p for p in seen.people if p not in incident.paging.unreached]
    if not reached:
        return f"Nobody can be reached: {_named(seen.people, names)} has no working contact."
    last = " (the catch-all)" if incident.paging.exhausted else ""
    return f"Paged: {_named(reached, names)}{last}."


def _coming(seen: Outlook, whom: str, at: str) -> str:
    if seen.following == "end":
        return f"At {at} paging ends."
    what = {"catch_all": " (the catch-all)", "again": ", from the first level again"}.get(seen.following, "")
    return f"Next at {at}: {whom}{what}."


def _named(people: Sequence[str], names: Mapping[str, str]) -> str:
    return ", ".join(words.name(p, names) for p in people) or "nobody"
