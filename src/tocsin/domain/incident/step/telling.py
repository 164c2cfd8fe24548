"""Who is told what, and that everyone who heard of the beginning hears of the end (R-COM-1, R-COM-5, R-COM-8)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from tocsin.domain import words
from tocsin.domain.catalogue import ChannelRoute
from tocsin.domain.effects import Effect, Tell
from tocsin.domain.incident.events import OUTWARD, Event, UpdatePosted
from tocsin.domain.incident.phases import Phase, Status
from tocsin.domain.incident.policy import Policy
from tocsin.domain.incident.state import Incident
from tocsin.domain.incident.step.clocks import plan_updates
from tocsin.domain.incident.step.result import Step, arm, disarm, require_open
from tocsin.domain.incident.step.waking import LEADERSHIP, call_key, page, remind
from tocsin.domain.policy.pack import TellRule
from tocsin.domain.replacing import replace

# The names the packs use for whom to tell, and the audience whose channels carry it.
AUDIENCES = {
    "leadership": "leadership",
    "customers": "customers",
    "public": "public",
    "status_page": "public",
    "team": "responders",
    "responders": "responders",
}
MISSING = {"resolving": "no fix is under way", "progress": "there is no progress", "resolved": "it is not resolved"}


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
    facts: Mapping[str, object] | None = None,
) -> Step:
    """Post the `moment` template to every channel that takes this audience at this severity; leaders hear it in person.

    A private incident goes to nobody who was not named for it: channels are rooms full of people.
    """
    if incident.private or incident.mode == "backfill":
        return Step(incident=incident)
    routes = [r for r in policy.catalogue.channels if audience in r.audiences and _takes(r, incident)]
    effects: list[Effect] = [
        Tell(
            key="/".join(
                (incident.id, "tell", str(event.seq), moment, audience, r.key, *([address] if address else []))
            ),
            channel=r.key,
            address=address,
            audience=audience,
            template=moment,
            fields=facts or {},
        )
        for r in routes
        for address in r.to or ("",)
    ]
    if audience == "leadership":
        effects += [
            replace(nudge, template=moment, fields={**(facts or {}), **nudge.fields})
            for person in _leaders(incident, policy)
            for nudge in remind(incident, event, policy, about="leadership", person=person)
        ]
    if not effects:
        return Step(incident=incident)
    told = tuple(dict.fromkeys((*incident.told, audience)))
    via = tuple(dict.fromkeys((*incident.told_via, *(r.key for r in routes))))
    return Step(incident=replace(incident, told=told, told_via=via), effects=tuple(effects))


def inform(incident: Incident, event: Event, policy: Policy, *, channels: Sequence[str], text: str) -> Step:
    """Post words to channels by their names, whatever audiences they take; they hear of the end as well."""
    if incident.private or incident.mode == "backfill" or not channels:
        return Step(incident=incident)
    routes = [r for r in policy.catalogue.channels if r.key in channels and r.drill == (incident.mode == "drill")]
    effects = [
        Tell(
            key="/".join((incident.id, "inform", str(event.seq), r.key, *([address] if address else []))),
            channel=r.key,
            address=address,
            audience="responders",
            template="update",
            fields={"text": text},
        )
        for r in routes
        for address in r.to or ("",)
    ]
    known = tuple(dict.fromkeys((*incident.informed, *(r.key for r in routes))))
    return Step(incident=replace(incident, informed=known), effects=tuple(effects))


def inform_again(incident: Incident, event: Event, policy: Policy, *, text: str) -> Step:
    """Let the channels that only the escalation policy told hear the news too."""
    only = [key for key in incident.informed if key not in incident.told_via]
    return inform(incident, event, policy, channels=only, text=text)


def _takes(route: ChannelRoute, incident: Incident) -> bool:
    if route.drill != (incident.mode == "drill"):
        return False
    return route.max_rank is None or incident.rank <= route.max_rank or route.key in incident.told_via


def _leaders(incident: Incident, policy: Policy) -> tuple[str, ...]:
    team = policy.catalogue.team(incident.team)
    return team.leadership if team else ()


def tell_again(incident: Incident, event: Event, policy: Policy, *, news: str, outside: str = "") -> Step:
    """Tell everyone inside who has been told of it before the `news`.

    Customers and the public get their own words for the moment `outside` instead; without one it is none of theirs.
    """
    result = Step(incident=incident)
    for audience in incident.told:
        if audience not in OUTWARD:
            told = tell(result.incident, event, policy, moment="update", audience=audience, facts={"text": news})
            result = result.then(told)
        elif outside:
            result = result.then(tell(result.incident, event, policy, moment=outside, audience=audience))
    return result.then(inform_again(result.incident, event, policy, text=news))


def open_conversation(incident: Incident, event: Event, policy: Policy) -> Step:
    """Tell the responders and everyone the severity names, now or by timer, if they do not know yet; plan the updates."""
    level = policy.level(incident.severity)
    result = disarm(incident, "tell/")
    if incident.phase is not Phase.ACTIVE or incident.mode == "backfill":
        return result
    result = result.then(_tell_first(result.incident, event, policy, "responders"))
    for number, rule in enumerate(level.tell):
        if rule.after <= timedelta(0):
            result = result.then(_tell_first(result.incident, event, policy, audience_of(rule)))
        elif rule.unless or audience_of(rule) not in result.incident.told:
            result = result.then(arm(result.incident, f"tell/{number}", event.recorded_at + rule.after, event))
    if level.customers_mailed:
        result = result.then(_tell_first(result.incident, event, policy, "customers"))
    return result.then(plan_updates(result.incident, event, policy))


def _tell_first(incident: Incident, event: Event, policy: Policy, audience: str) -> Step:
    if audience in incident.told:
        return Step(incident=incident)
    moment = "declared" if audience == "responders" else "initial"
    return tell(incident, event, policy, moment=moment, audience=audience)


def tell_late(incident: Incident, event: Event, policy: Policy, number: int) -> Step:
    """Carry out the severity's tell rule `number`, whose delay is over, unless what it waits for has happened.

    Whoever knows already hears of it again only where the rule waits for something that did not come, and only inside.
    """
    rules = policy.level(incident.severity).tell
    silent = not incident.open or incident.private or incident.mode == "backfill"
    if silent or number >= len(rules) or _moot(rules[number], incident):
        return Step(incident=incident)
    rule, audience = rules[number], audience_of(rules[number])
    if audience not in incident.told:
        told = _tell_first(incident, event, policy, audience)
    elif rule.unless and audience not in OUTWARD:
        facts = {"text": f"After {words.span(rule.after)} {MISSING[rule.unless]}."}
        told = tell(incident, event, policy, moment="update", audience=audience, facts=facts)
    else:
        return Step(incident=incident)
    if rule.how != "page" or audience != "leadership":
        return told
    call = call_key(incident, LEADERSHIP, event.seq)
    return told.also(*(p for who in _leaders(incident, policy) for p in page(incident, policy, call=call, person=who)))


def _moot(rule: TellRule, incident: Incident) -> bool:
    return {
        "": False,
        "resolving": incident.status in {Status.FIXING, Status.MONITORING},
        "progress": incident.progress_at is not None,
        "resolved": False,
    }[rule.unless]


def post_update(incident: Incident, event: Event, body: UpdatePosted, policy: Policy) -> Step:
    """Tell the audiences and restart the cadence; 'nothing new' counts (R-COM-1)."""
    require_open(incident, "post an update to")
    posted = replace(
        incident,
        updates=incident.updates + 1,
        last_update_at=event.recorded_at,
        progress_at=incident.progress_at if body.nothing_new else event.recorded_at,
    )
    result = Step(incident=posted)
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
    nudges = remind(incident, event, policy, about=about)
    if about == "update_reminder":
        return Step(incident=incident, effects=nudges)
    every = policy.level(incident.severity).cadence.nag_every
    return arm(incident, "update_nag", event.recorded_at + every, event).also(*nudges)
