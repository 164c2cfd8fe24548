"""Whom else an incident concerns: the policies of the routes that further alerts came by."""

from __future__ import annotations

from tocsin.domain.incident.events import Event, PolicyAdded
from tocsin.domain.incident.policy import Policy
from tocsin.domain.incident.state import Incident
from tocsin.domain.incident.step.paging import concern_of
from tocsin.domain.incident.step.result import Step
from tocsin.domain.incident.step.waking import ESCALATION, LEADERSHIP, call_key, page
from tocsin.domain.oncall.escalation import rung
from tocsin.domain.oncall.together import laid_together
from tocsin.domain.replacing import replace


def add_policy(incident: Incident, event: Event, body: PolicyAdded, policy: Policy) -> Step:
    """Page the first level of a further policy, once, and go by it at the next levels as well.

    Whom it names never heard of this, so they do although somebody else has acknowledged; nobody is paged twice. A policy
    that there is no longer, or that pages already, changes nothing.
    """
    now = incident.policies or tuple(key for key in (policy.policy_of(incident.team),) if key)
    if body.policy in now or policy.catalogue.policy(body.policy) is None:
        return Step(incident=incident)
    joined = _followed(replace(incident, policies=(*now, body.policy)), policy, body.policy)
    waits = incident.paging.level < 0 and not incident.paging.acknowledged_by
    if waits or not incident.open or incident.mode == "backfill" or not policy.level(incident.severity).pages:
        return Step(incident=joined)
    first = rung(policy.ladder("", (body.policy,)), policy.catalogue, 0, event.recorded_at, concern_of(incident))
    people = () if first.last else tuple(p for p in first.people if p not in incident.paging.paged)
    called = incident.paging.called if incident.paging.acknowledged_by else (*incident.paging.called, *people)
    paging = replace(joined.paging, paged=(*incident.paging.paged, *people), called=called)
    paged = replace(joined, paging=paging)
    road, call = (LEADERSHIP, event.seq) if paging.acknowledged_by else (ESCALATION, paging.call)
    key = call_key(incident, road, call)
    return Step(
        incident=paged, effects=tuple(p for person in people for p in page(paged, policy, call=key, person=person))
    )


def _followed(incident: Incident, policy: Policy, added: str) -> Incident:
    """Lay the further policy over the one that is followed since paging began; before that there is none."""
    further, ladder = policy.catalogue.policy(added), incident.paging.ladder
    if ladder is None or further is None:
        return incident
    return replace(incident, paging=replace(incident.paging, ladder=laid_together([ladder, further])))
