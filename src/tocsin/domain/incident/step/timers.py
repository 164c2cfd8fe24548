"""What an elapsed timer means. A timer of an older generation, or one cleared since, changes nothing."""

from __future__ import annotations

from dataclasses import replace

from tocsin.domain.incident.events import Event, TimerElapsed
from tocsin.domain.incident.policy import Policy
from tocsin.domain.incident.state import Incident
from tocsin.domain.incident.step import ending, paging, telling
from tocsin.domain.incident.step.result import Step


def elapsed(incident: Incident, event: Event, body: TimerElapsed, policy: Policy) -> Step:
    """Escalate, tell, nag or remind, as the timer's name says."""
    if incident.timers.get(body.name) != body.generation:
        return Step(incident=incident)
    spent = replace(incident, timers={n: g for n, g in incident.timers.items() if n != body.name})
    kind, _, key = body.name.partition("/")
    match kind:
        case "escalate":
            return paging.escalate(spent, event, policy)
        case "update_due" | "update_nag" | "update_reminder":
            return telling.nag(spent, event, policy, "update_reminder" if kind == "update_reminder" else "update_due")
        case "tell":
            rules = policy.level(spent.severity).tell
            number = int(key)
            return (
                telling.say_first(spent, event, policy, rules[number]) if number < len(rules) else Step(incident=spent)
            )
        case "followup":
            return ending.followup_overdue(spent, event, key, policy)
        case "ack_by" | "commander_by" | "resolve_by" | "phase" | "review":
            nudges = paging.remind(spent, event, policy, template="reminder", about=body.name)
            return Step(incident=spent, effects=nudges)
        case _:
            return Step(incident=spent)
