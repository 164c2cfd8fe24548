"""What an elapsed timer means. A timer of an older generation, or one cleared since, changes nothing."""

from __future__ import annotations

from tocsin.domain.errors import RefusedError
from tocsin.domain.incident.events import Closed, Event, TimerElapsed
from tocsin.domain.incident.policy import Policy
from tocsin.domain.incident.state import Incident
from tocsin.domain.incident.step import calling, ending, escalating, followups, holding, pacing, telling, verifying
from tocsin.domain.incident.step.clocks import PAGING_TIMERS, phase_is_over
from tocsin.domain.incident.step.result import Step
from tocsin.domain.incident.step.waking import remind
from tocsin.domain.replacing import replace


def elapsed(incident: Incident, event: Event, body: TimerElapsed, policy: Policy) -> Step:  # noqa: C901, PLR0912 (one line a case)
    """Escalate, tell, nag or remind, as the timer's name says."""
    if incident.timers.get(body.name) != body.generation:
        return Step(incident=incident)
    spent = replace(incident, timers={n: g for n, g in incident.timers.items() if n != body.name})
    spent = holding.goes_on(spent, body.name)
    kind, _, key = body.name.partition("/")
    match kind:
        case name if name in PAGING_TIMERS:
            return escalating.clock(spent, event, name, policy)
        case calling.TIMER:
            return calling.go_on(spent, event, key, policy)
        case pacing.WAIT:
            return pacing.waited(spent, event, policy)
        case pacing.REPEAT:
            return pacing.repeat(spent, event, policy)
        case "update_due" | "update_nag":
            return telling.nag(spent, event, policy, "update_due")
        case "update_reminder":
            return telling.nag(spent, event, policy, "update_reminder")
        case "tell":
            return telling.tell_late(spent, event, policy, int(key))
        case "followup":
            return followups.followup_overdue(spent, event, key, policy)
        case "gates":
            return Step(incident=spent)  # whoever looks at the world arms it anew
        case "watch":
            return verifying.watch_elapsed(spent, event, policy)
        case "close_after":
            return _close(spent, event, policy)
        case _:
            return _deadline(spent, event, body.name, policy)


def _close(incident: Incident, event: Event, policy: Policy) -> Step:
    try:
        return ending.close(incident, event, Closed(reason="by the pack's clock"), policy)
    except RefusedError:
        # A clock is not refused: something that is still owed keeps the incident where it is.
        return Step(incident=incident)


def _deadline(incident: Incident, event: Event, name: str, policy: Policy) -> Step:
    """Say that a deadline passed: the on-call manager hears of a page nobody answered, whoever leads of the rest."""
    kind, _, key = name.partition("/")
    if kind == "phase" and phase_is_over(incident, key):
        return Step(incident=incident)
    person = incident.holder("oncall_manager") if kind == "ack_by" else ""
    return Step(incident=incident, effects=remind(incident, event, policy, about=name, person=person))
