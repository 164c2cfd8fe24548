"""Who is told what and when the next update is due (R-COM-1, R-COM-5, R-COM-8)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from tocsin.domain.catalogue import ChannelRoute
from tocsin.domain.effects import Effect, Tell
from tocsin.domain.incident.events import Event, UpdatePosted
from tocsin.domain.incident.phases import Status
from tocsin.domain.incident.policy import Policy
from tocsin.domain.incident.state import Incident
from tocsin.domain.incident.step.paging import remind
from tocsin.domain.incident.step.result import Step, arm, disarm, require_open
from tocsin.domain.policy.pack import TellRule

# The names the packs use for whom to tell, and the audience whose channels carry it.
AUDIENCES = {
    "leadership": "leadership",
    "customers": "customers",
    "public": "public",
    "status_page": "public",
    "team": "responders",
    "responders": "responders",
}


def audience_of(rule: TellRule) -> str:
    """Return the audience a tell rule speaks to; unnamed ones are stakeholders."""
    if rule.how == "status_page":
        return "public"
    return AUDIENCES.get(rule.to, "stakeholders")


def tell(
    incident: Incident,
    event: Event,
    policy: Policy,
    *,
    moment: str,
    audience: str,
    facts: dict[str, object] | None = None,
) -> Step:
    """Post the `moment` template to every channel that takes this audience at this severity, once a channel."""
    routes = [r for r in policy.catalogue.channels if audience in r.audiences and _takes(r, incident)]
    effects: list[Effect] = [
        Tell(
            key=f"{incident.id}/tell/{event.seq}/{moment}/{audience}/{r.key}",
            channel=r.key,
            audience=audience,
            template=moment,
            fields=facts or {},
        )
        for r in routes
    ]
    if not routes or audience in incident.told:
        return Step(incident=incident, effects=tuple(effects))
    return Step(incident=replace(incident, told=(*incident.told, audience)), effects=tuple(effects))


def _takes(route: ChannelRoute, incident: Incident) -> bool:
    if route.max_rank is not None and incident.rank > route.max_rank:
        return False
    if route.drill != (incident.mode == "drill"):
        return False
    # A private incident goes to nobody who was not named for it: channels are rooms full of people.
    return not incident.private


def open_conversation(incident: Incident, event: Event, policy: Policy) -> Step:
    """Tell the responders, then everyone the severity names, now or by timer."""
    result = tell(incident, event, policy, moment="declared", audience="responders")
    level = policy.level(incident.severity)
    for number, rule in enumerate(level.tell):
        if rule.after > timedelta(0):
            result = result.then(arm(result.incident, f"tell/{number}", event.recorded_at + rule.after, event))
        else:
            result = result.then(say_first(result.incident, event, policy, rule))
    if level.customers_mailed:
        result = result.then(tell(result.incident, event, policy, moment="initial", audience="customers"))
    return result.then(plan_updates(result.incident, event, policy))


def say_first(incident: Incident, event: Event, policy: Policy, rule: TellRule) -> Step:
    """Carry out one tell rule, unless what it waits for has happened."""
    audience = audience_of(rule)
    if audience in incident.told and audience != "stakeholders":
        return Step(incident=incident)
    moot = {
        "": False,
        "resolving": incident.status in {Status.FIXING, Status.MONITORING, Status.RESOLVED},
        "progress": incident.updates > 0 or bool(incident.root_cause),
        "resolved": not incident.open,
    }
    if moot[rule.unless] or not incident.open:
        return Step(incident=incident)
    moment = "declared" if audience == "responders" else "initial"
    told = tell(incident, event, policy, moment=moment, audience=audience)
    if audience != "leadership" or incident.private:
        return told
    team = policy.catalogue.team(incident.team)
    leaders = team.leadership if team else ()
    nudges = [
        n for p in leaders for n in remind(incident, event, policy, template="initial", about="leadership", person=p)
    ]
    reached = told.incident if "leadership" in told.incident.told or not nudges else _mark(told.incident, "leadership")
    return Step(incident=reached, effects=(*told.effects, *nudges))


def _mark(incident: Incident, audience: str) -> Incident:
    return replace(incident, told=(*incident.told, audience))


def plan_updates(incident: Incident, event: Event, policy: Policy) -> Step:
    """Set when the next update is due, with a reminder before it; a severity without a cadence has none."""
    cadence = policy.level(incident.severity).cadence
    cleared = disarm(incident, "update_due", "update_reminder", "update_nag")
    if cadence.every is None or not incident.open:
        return cleared.then(Step(incident=replace(cleared.incident, update_due_at=None)))
    due = event.recorded_at + cadence.every
    planned = arm(replace(cleared.incident, update_due_at=due), "update_due", due, event)
    lead = min(cadence.reminder_before, cadence.every / 2)
    return cleared.then(planned).then(arm(planned.incident, "update_reminder", due - lead, event))


def post_update(incident: Incident, event: Event, body: UpdatePosted, policy: Policy) -> Step:
    """Tell the audiences and restart the cadence; 'nothing new' counts (R-COM-1)."""
    require_open(incident, "post an update to")
    result = Step(incident=replace(incident, updates=incident.updates + 1, last_update_at=event.recorded_at))
    facts: dict[str, object] = {
        "text": body.text,
        "eta": body.eta,
        "workaround": body.workaround,
        "current_actions": list(body.current_actions),
    }
    for audience in body.audiences:
        told = tell(result.incident, event, policy, moment=body.template, audience=audience, facts=facts)
        result = result.then(told)
    return result.then(plan_updates(result.incident, event, policy))


def nag(incident: Incident, event: Event, policy: Policy, about: str) -> Step:
    """Remind whoever leads that an update is due, and again until one is posted."""
    if not incident.open:
        return Step(incident=incident)
    nudges = remind(incident, event, policy, template="reminder", about=about)
    if about == "update_reminder":
        return Step(incident=incident, effects=nudges)
    every = policy.level(incident.severity).cadence.nag_every
    return arm(incident, "update_nag", event.recorded_at + every, event).also(*nudges)
