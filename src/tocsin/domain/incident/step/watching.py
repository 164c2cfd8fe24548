"""The watch window itself: when it begins and how long it runs (R-VER-2, R-VER-4)."""

from __future__ import annotations

from datetime import timedelta

from tocsin.domain.incident.events import Event
from tocsin.domain.incident.policy import Policy
from tocsin.domain.incident.state import Incident
from tocsin.domain.incident.step.clocks import look_at_gates
from tocsin.domain.incident.step.result import Step, arm
from tocsin.domain.replacing import replace


def announces_first(policy: Policy) -> bool:
    """Return whether the pack gives the all-clear first and watches afterwards."""
    return policy.pack.verification.order in {"announce_then_watch", "close_after"}


def begin_watch(incident: Incident, event: Event, policy: Policy) -> Step:
    """Watch from now for the pack's window, and go on looking at the gates."""
    ends = event.recorded_at + (policy.pack.verification.watch or timedelta(0))
    seen = replace(incident.verification, watch_began_at=event.recorded_at, watch_ends_at=ends, passed=False)
    result = arm(replace(incident, verification=seen), "watch", ends, event)
    return result.then(look_at_gates(result.incident, event))
