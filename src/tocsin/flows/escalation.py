"""The escalation by hand: the next level now, a pause, or all from the beginning by the policy in force."""

from __future__ import annotations

from datetime import datetime, timedelta

from tocsin.domain.errors import InvalidError, RefusedError
from tocsin.domain.incident.events import Escalated, PagingRestarted, Snoozed
from tocsin.domain.incident.state import Incident
from tocsin.domain.incident.step.paging import ladder_now
from tocsin.flows.engine import Engine
from tocsin.flows.handle import Change, find, record
from tocsin.flows.policies import policy_of
from tocsin.flows.respond import By
from tocsin.flows.storage import Tx
from tocsin.flows.transact import transact
from tocsin.flows.turns import next_turn


def escalate(engine: Engine, ref: str, by: By, *, call: int | None = None, reason: str = "") -> Incident:
    """Page the next level now. `call` is the paging that whoever asks has seen; of another one nothing is done.

    Raises:
        RefusedError: another level has been paged since, or nobody works on it any more.
    """

    def go(tx: Tx) -> Incident:
        incident = find(tx, ref, by.viewer)
        _require_present(incident, call)
        change = Change(body=Escalated(call=incident.paging.call, reason=reason), actor=by.actor)
        return record(engine, tx, incident, [change])

    return transact(engine, go)


def snooze(
    engine: Engine,
    ref: str,
    by: By,
    *,
    until: datetime | None = None,
    lasting: timedelta | None = None,
    reason: str = "",
) -> Incident:
    """Page nobody until a time, or for so long; paging begins again then.

    Raises:
        InvalidError: neither or both were given, or the time is past or too far away.
        RefusedError: nobody works on it any more, or nobody is paged for it.
    """
    if (until is None) == (lasting is None):
        raise InvalidError("give either until when or for how long", field="until", mend="Give one of the two.")

    def go(tx: Tx) -> Incident:
        incident = find(tx, ref, by.viewer)
        end = until if until is not None else tx.now() + (lasting or timedelta(0))
        return record(engine, tx, incident, [Change(body=Snoozed(until=end, reason=reason), actor=by.actor)])

    return transact(engine, go)


def restart_paging(engine: Engine, ref: str, by: By, *, call: int | None = None, reason: str = "") -> Incident:
    """Page by the policy in force now, from its first step; whoever has the incident keeps it.

    Raises:
        RefusedError: another level has been paged since, or nobody works on it any more.
    """

    def go(tx: Tx) -> Incident:
        incident = find(tx, ref, by.viewer)
        _require_present(incident, call)
        ladder = ladder_now(incident, policy_of(tx, incident.pack))
        body = PagingRestarted(policy=ladder, call=incident.paging.call, turn=next_turn(tx, ladder), reason=reason)
        return record(engine, tx, incident, [Change(body=body, actor=by.actor)])

    return transact(engine, go)


def _require_present(incident: Incident, call: int | None) -> None:
    if call is not None and call != incident.paging.call:
        who = ", ".join(incident.paging.called) or "nobody"
        raise RefusedError(
            f"{incident.ref} has been paged anew since you looked ({who}): nothing was done", mend="Look again."
        )
