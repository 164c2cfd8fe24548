"""Gates and the watch window: whether it is over, and whether it stays so (R-VER-1, R-VER-2, R-VER-4)."""

from __future__ import annotations

from tocsin.domain.effects import Remind
from tocsin.domain.errors import RefusedError
from tocsin.domain.incident.events import Event, GatesChecked, GateSeen, WatchEnded
from tocsin.domain.incident.phases import Phase, Status
from tocsin.domain.incident.policy import Policy
from tocsin.domain.incident.state import Incident, Verification
from tocsin.domain.incident.step.clocks import VERIFYING_TIMERS, look_at_gates
from tocsin.domain.incident.step.result import Step, disarm, stamp, unstamp
from tocsin.domain.incident.step.telling import tell
from tocsin.domain.incident.step.waking import remind
from tocsin.domain.incident.step.watching import announces_first, begin_watch
from tocsin.domain.replacing import replace

VERIFIED_PHASES = frozenset({Phase.ACTIVE, Phase.POST_INCIDENT})


def gates_checked(incident: Incident, event: Event, body: GatesChecked, policy: Policy) -> Step:
    """Begin the watch when all automatic gates pass; break it off when one fails again.

    A window that ended while a gate could not be judged passes as soon as they all can, and do.
    """
    if incident.phase not in VERIFIED_PHASES:
        return Step(incident=incident)
    seen = replace(incident, verification=replace(incident.verification, gates=body.gates))
    if incident.mode == "backfill":
        return Step(incident=seen)
    watching = incident.verification.watch_began_at is not None
    if watching and any(g.verdict == "fail" for g in body.gates):
        return _regress(seen, event, policy)
    if not _all_pass(body.gates, policy):
        return Step(incident=seen)
    if watching:
        return _pass(seen, event, policy) if _is_over(seen, event) else Step(incident=seen)
    if seen.phase is not Phase.ACTIVE:
        return begin_watch(seen, event, policy)
    fixed = replace(stamp(seen, "mitigated", event), status=Status.MONITORING)
    if not announces_first(policy):
        return begin_watch(fixed, event, policy)
    began = replace(fixed, verification=replace(fixed.verification, watch_began_at=event.recorded_at))
    return Step(incident=began, effects=remind(began, event, policy, about="gates_pass"))


def _all_pass(gates: tuple[GateSeen, ...], policy: Policy) -> bool:
    """Return whether every gate that is checked by machine passes, and none that people check fails."""
    manual = _manual(policy)
    checked = [g for g in gates if g.gate not in manual]
    return bool(checked) and all(g.verdict == "pass" for g in checked) and all(g.verdict != "fail" for g in gates)


def _manual(policy: Policy) -> frozenset[str]:
    return frozenset(g.key for g in policy.pack.verification.gates if not g.automatic)


def _regress(incident: Incident, event: Event, policy: Policy) -> Step:
    """The fix did not hold: back to fixing. What was resolved already is brought back by a `Reopened` of its own."""
    broken = replace(incident, verification=Verification(gates=incident.verification.gates))
    if incident.phase is Phase.POST_INCIDENT:
        return disarm(broken, "watch", "close_after")
    back = unstamp(replace(broken, status=Status.FIXING), "mitigated")
    result = disarm(back, "watch").also(*remind(back, event, policy, about="regression"))
    return result.then(look_at_gates(result.incident, event))


def watch_ended(incident: Incident, event: Event, body: WatchEnded, policy: Policy) -> Step:
    """The window passed, ended undecided, was shortened with a reason, or was broken; one that never ran cannot pass.

    Raises:
        RefusedError: shortened without a reason, or where there is nothing to verify any more.
    """
    seen = incident.verification
    if body.result == "regressed":
        broken = seen.watch_began_at is not None and incident.phase in VERIFIED_PHASES
        return _regress(incident, event, policy) if broken else Step(incident=incident)
    if body.result == "shortened":
        _require_shortenable(incident, body)
        return Step(incident=incident) if seen.passed else _verified(incident)
    if not _is_over(incident, event):
        return Step(incident=incident)
    if body.result == "passed":
        return _pass(incident, event, policy)
    return disarm(incident, "watch").also(*_asked(incident, event, policy) if "watch" in incident.timers else ())


def watch_elapsed(incident: Incident, event: Event, policy: Policy) -> Step:
    """Pass the window whose timer is spent, or ask for a person where a gate cannot be judged."""
    if not _is_over(incident, event):
        return Step(incident=incident)
    if window_over(incident, policy).result == "passed":
        return _pass(incident, event, policy)
    return Step(incident=incident, effects=_asked(incident, event, policy))


def _asked(incident: Incident, event: Event, policy: Policy) -> tuple[Remind, ...]:
    return remind(incident, event, policy, about="watch_undecided")


def window_over(incident: Incident, policy: Policy) -> WatchEnded:
    """Return what the end of the window means: it has passed, unless a gate that is checked by machine cannot be judged."""
    manual = _manual(policy)
    unclear = [g for g in incident.verification.gates if g.gate not in manual and g.verdict != "pass"]
    if not unclear:
        return WatchEnded(result="passed")
    names = ", ".join(g.gate for g in unclear)
    return WatchEnded(result="undecided", reason=f"cannot be judged: {names}")


def _is_over(incident: Incident, event: Event) -> bool:
    """Return whether the window has come to its end and nobody has said yet what that means."""
    seen = incident.verification
    return seen.watch_ends_at is not None and event.recorded_at >= seen.watch_ends_at and not seen.passed


def _pass(incident: Incident, event: Event, policy: Policy) -> Step:
    result = _verified(incident)
    if incident.open:
        return result.also(*remind(result.incident, event, policy, about="watch_passed"))
    return result.then(tell(result.incident, event, policy, moment="all_clear", audience="responders"))


def _verified(incident: Incident) -> Step:
    return disarm(replace(incident, verification=replace(incident.verification, passed=True)), *VERIFYING_TIMERS)


def _require_shortenable(incident: Incident, body: WatchEnded) -> None:
    if incident.phase not in VERIFIED_PHASES:
        raise RefusedError(f"cannot shorten the watch of an incident that is {incident.phase}", mend="Accept it first.")
    if not body.reason.strip():
        raise RefusedError("shortening the watch window needs a reason", mend="Say why: --reason '…'.")
