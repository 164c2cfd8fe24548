"""One plain sentence for everything that can happen, the same on every surface."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from tocsin.domain import words
from tocsin.domain.incident import events as e
from tocsin.domain.incident.timeline.impact_words import impact_figures

Kind = Literal[
    "declared", "alert", "page", "person", "severity", "status", "task", "note", "finding", "decision", "action",
    "message", "impact", "milestone", "checklist", "answer", "link", "freeze", "diagnosis", "cause", "plan",
    "mitigation", "gate", "watch", "resolved", "reopened", "closed", "access", "followup", "postmortem", "timer",
    "correction", "runbook",
]  # fmt: skip

OUTCOMES: Final[Mapping[str, str]] = {
    "worked": "worked",
    "no_effect": "no effect",
    "worse": "made it worse",
    "unknown": "effect unknown",
}
STEP_RESULTS: Final[Mapping[str, str]] = {
    "open": "Step taken back",
    "begun": "Step begun",
    "done": "Step done",
    "failed": "Step failed",
    "skipped": "Step skipped",
}
_PLAN_ENDS: Final[Mapping[str, str]] = {
    "done": "Carried out",
    "failed": "Failed",
    "stale": "Not run, because the world had changed since it was drawn up",
    "unknown": "Lost mid-run, nobody knows what it did",
}
_TIMERS: Final[Mapping[str, str]] = {
    "escalate": "Nobody answered in time: the next level is paged",
    "page_again": "Nobody answered, the catch-all neither: paging begins again",
    "paging_ends": "Nobody answered, and nobody is paged any more",
    "snooze": "The pause of paging is over: paging begins again",
    "ack_timeout": "No update or status since it was acknowledged: paging begins again",
    "group_wait": "The wait for the rest of the group is over",
    "group_repeat": "Nobody has answered since: it is time to page again",
    "ack_by": "The time to acknowledge has passed",
    "commander_by": "The time to name a commander has passed",
    "resolve_by": "The target time for resolution has passed",
    "update_due": "An update was due and had not been posted",
    "review": "A deadline of the post-mortem has passed",
    "followup": "An action item is overdue",
    "phase": "A phase ran over its time",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What an event says: the kind (an icon's word), one line, further lines, and whether somebody pinned it."""

    kind: Kind
    text: str
    details: tuple[str, ...] = ()
    pinned: bool = False


def say(body: e.EventBody, names: Mapping[str, str]) -> Said:
    """Return the sentence for `body`.

    `names` turns a person's key into a name, another incident's id into its reference, and `task/KEY`, `plan/KEY` and `followup/KEY` into titles, where known.
    """
    said = _opening(body, names) or _people(body, names) or _facts(body, names) or _work(body, names)
    return said or _runbook(body) or _ending(body, names) or _machine(body, names)


def _opening(body: e.EventBody, names: Mapping[str, str]) -> Said | None:
    match body:
        case e.Declared(confirmed=confirmed):
            opened = "Declared" if confirmed else "Opened for triage"
            return Said(
                kind="declared", text=f"{opened} as {body.severity}: {body.title}", details=_given(body.summary)
            )
        case e.Accepted():
            return Said(kind="status", text="Triage: this is an incident")
        case e.Declined(reason=reason, route=route):
            return Said(
                kind="closed", text=f"Triage: not an incident: {reason}" + (f" (goes to {route})" if route else "")
            )
        case e.Cancelled(reason=reason):
            return Said(kind="closed", text=f"Cancelled: {reason}")
        case e.AlertFired(name=name, summary=summary, source=source):
            origin = f" from {source}" if source else ""
            return Said(kind="alert", text=f"Alert {name}{origin}" + (f": {summary}" if summary else " fired"))
        case e.AlertCleared(name=name):
            return Said(kind="alert", text=f"Alert {name} cleared at its source")
        case e.AlertsGrouped():
            return _grouped(body)
        case e.Acknowledged(person=person):
            return Said(kind="person", text=f"Acknowledged by {words.name(person, names)}")
        case e.Unacknowledged(person=person, reason=reason):
            return Said(kind="person", text=f"{words.name(person, names)} gave it back" + _because(reason))
        case e.Escalated() | e.Snoozed() | e.PagingHeld() | e.PagingRestarted() | e.PolicyAdded():
            return _paging(body)
        case e.Renamed(title=title, summary=summary):
            return Said(kind="note", text=f"Renamed: {title}", details=_given(summary))
        case _:
            return None


def _paging(body: e.Escalated | e.Snoozed | e.PagingHeld | e.PagingRestarted | e.PolicyAdded) -> Said:
    match body:
        case e.PolicyAdded(policy=key, reason=reason):
            return Said(kind="page", text=f"Escalation policy {key} pages as well" + _because(reason))
        case e.Escalated(reason=reason):
            return Said(kind="page", text="Escalated: the next level is paged" + _because(reason))
        case e.Snoozed(until=until, reason=reason):
            return Said(kind="page", text=f"Nobody is paged until {words.at(until)}" + _because(reason))
        case e.PagingHeld(because=because):
            return Said(kind="page", text=f"Paging is held back: {because}")
        case e.PagingRestarted(policy=policy, reason=reason):
            text = f"Paging restarted by policy {policy.key} as it is now" + _because(reason)
            return Said(kind="page", text=text)


def _beside(body: e.RespondersRequested | e.ResponderJoined, names: Mapping[str, str]) -> Said:
    if isinstance(body, e.ResponderJoined):
        return Said(kind="person", text=f"{words.name(body.person, names)} joined")
    whom = ", ".join(words.name(p, names) for p in body.people) or "nobody"
    lost = ", ".join(words.name(p, names) for p in body.unreachable)
    details = (f"No working contact: {lost}",) if lost else ()
    return Said(kind="page", text=f"Asked to join: {whom}" + _because(body.message), details=details)


def _grouped(body: e.AlertsGrouped) -> Said:
    moved = ", ".join(f"{n} {what}" for n, what in ((body.fired, "new"), (body.ended, "ended")) if n)
    groups = f" in {body.groups} groups" if body.groups > 1 else ""
    text = f"{body.total} alerts{groups}, {body.firing} firing" + (f" ({moved} since the last count)" if moved else "")
    details = tuple(f"{label.name}={label.value}: {label.count}" for label in body.top)
    return Said(kind="alert", text=text, details=details)


def _people(body: e.EventBody, names: Mapping[str, str]) -> Said | None:
    match body:
        case e.RespondersRequested() | e.ResponderJoined():
            return _beside(body, names)
        case e.RoleTaken(role=role, person=person, note=note):
            return Said(kind="person", text=f"{_role(role)}: {words.name(person, names)}", details=_given(note))
        case e.RoleLeft(role=role, person=person):
            return Said(kind="person", text=f"{words.name(person, names)} is no longer {_role(role).lower()}")
        case e.TaskGiven(title=title, owner=owner):
            return Said(kind="task", text=f"Task for {words.name(owner, names) if owner else 'anybody'}: {title}")
        case e.TaskDone(task=task, result=result):
            return Said(kind="task", text=f"Done: {_title('task', task, names)}" + _given_in(result))
        case e.Noted(text=text, kind=kind, pinned=pinned):
            first, rest = _lines(text)
            return Said(kind=kind, text=first, details=rest, pinned=pinned)
        case e.UpdatePosted():
            return _update(body)
        case e.MemberChanged(person=person, removed=removed):
            verb = "may no longer see" if removed else "may see"
            return Said(kind="access", text=f"{words.name(person, names)} {verb} this incident")
        case e.PrivacyChanged(private=private, reason=reason):
            return Said(kind="access", text=("Made private" if private else "No longer private") + _because(reason))
        case _:
            return None


def _facts(body: e.EventBody, _names: Mapping[str, str]) -> Said | None:
    match body:
        case e.SeverityChanged(severity=severity, reason=reason, matched=matched):
            return Said(kind="severity", text=f"Severity {severity}: {reason}", details=matched)
        case e.StatusChanged(status=status, note=note):
            return Said(kind="status", text=f"Status: {status}" + _given_in(note))
        case e.ImpactStated(impact=impact):
            more = (*_given(impact.reputation), *_given(impact.sla_note))
            return Said(
                kind="impact", text="Impact: " + (", ".join(impact_figures(impact)) or "no figures"), details=more
            )
        case e.ScopeChanged(services=services, endpoints=endpoints, functions=functions):
            touched = ", ".join((*services, *endpoints, *functions)) or "nothing"
            return Said(kind="impact", text=f"Affected: {touched}")
        case e.MilestoneReached(name=name, note=note):
            return Said(kind="milestone", text=name.replace("_", " ").capitalize() + _given_in(note))
        case e.ChecklistTicked(item=item, done=done):
            return Said(kind="checklist", text=f"Checklist: {item} {'done' if done else 'not done'}")
        case e.QuestionAnswered(question=question, answer=answer):
            return Said(kind="answer", text=f"{question}: {answer}")
        case e.FreezeChanged(frozen=frozen, note=note):
            text = "Asked everyone to hold deploys that can wait" if frozen else "Deploys may go on"
            return Said(kind="freeze", text=text, details=_given(note))
        case _:
            return None


def _work(body: e.EventBody, names: Mapping[str, str]) -> Said | None:
    match body:
        case e.Diagnosed():
            return _diagnosed(body)
        case e.CauseNamed(text=text, confirmed=confirmed):
            label = "Root cause" if confirmed else "Probable cause"
            more = _given(f"Trigger: {body.trigger}" if body.trigger else "")
            return Said(kind="cause", text=f"{label}: {text}", details=(*more, *body.factors, *body.evidence))
        case e.PlanProposed(title=title, steps=steps):
            return Said(kind="plan", text=f"Planned: {title}", details=steps)
        case e.PlanApproved(plan=plan, person=person, hash=digest):
            text = f"{words.name(person, names)} approved: {_title('plan', plan, names)}"
            return Said(kind="plan", text=text, details=(f"hash {digest[:12]}",))
        case e.PlanRefused(plan=plan, person=person, reason=reason):
            return Said(
                kind="plan",
                text=f"{words.name(person, names)} refused: {_title('plan', plan, names)}{_given_in(reason)}",
            )
        case e.PlanStarted(plan=plan):
            return Said(kind="plan", text=f"Started: {_title('plan', plan, names)}")
        case e.PlanEnded(plan=plan, result=result, output=output):
            return Said(kind="plan", text=f"{_PLAN_ENDS[result]}: {_title('plan', plan, names)}", details=output)
        case e.MitigationJudged():
            return _judged(body)
        case e.GatesChecked(gates=gates):
            return Said(kind="gate", text=_gates(gates), details=tuple(_gate(g) for g in gates))
        case e.WatchEnded(result=result, reason=reason):
            return Said(kind="watch", text=f"Watch window {result}" + _because(reason))
        case _:
            return None


def _runbook(body: e.EventBody) -> Said | None:
    match body:
        case e.RunbookStarted(title=title, reasons=reasons):
            return Said(kind="runbook", text=f"Runbook started: {title}", details=reasons)
        case e.RunbookStepped(text=text, result=result, note=note):
            return Said(kind="runbook", text=f"{STEP_RESULTS[result]}: {text}", details=_given(note))
        case _:
            return None


def _ending(body: e.EventBody, names: Mapping[str, str]) -> Said | None:
    match body:
        case e.Resolved(resolution=resolution, root_cause=cause, next_steps=steps):
            more = (*_given(f"Root cause: {cause}" if cause else ""), *(f"Next: {s}" for s in steps))
            return Said(kind="resolved", text=f"Resolved: {resolution}", details=more)
        case e.Reopened(reason=reason):
            return Said(kind="reopened", text=f"Reopened: {reason}")
        case e.Closed(reason=reason):
            return Said(kind="closed", text="Closed" + _because(reason))
        case e.Related(other=other, kind=kind, removed=removed):
            verb = "No longer linked to" if removed else f"{kind.replace('_', ' ').capitalize()}:"
            return Said(kind="link", text=f"{verb} {names.get(other, other)}")
        case e.Merged(into=into, reason=reason):
            return Said(kind="link", text=f"Goes on in {names.get(into, into)}" + _because(reason))
        case e.Unmerged(reason=reason):
            return Said(kind="link", text=f"Taken out of the merge: {reason}")
        case e.Absorbed(other=other, undone=undone, services=services):
            along = f", and with it {', '.join(services)}" if services else ""
            return Said(
                kind="link", text=f"{names.get(other, other)} {'left again' if undone else 'was merged in'}{along}"
            )
        case e.FollowUpAdded(title=title, owner=owner, due=due):
            by = f", due {due:%Y-%m-%d}" if due else ""
            return Said(
                kind="followup", text=f"Action item: {title} ({words.name(owner, names) if owner else 'no owner'}{by})"
            )
        case e.FollowUpChanged():
            return _followup(body, names)
        case e.PostmortemWritten(section=section, state=state):
            wrote = f"Post-mortem: {section} written" if section else f"Post-mortem: {state.replace('_', ' ')}"
            return Said(kind="postmortem", text=wrote)
        case _:
            return None


def _machine(body: e.EventBody, names: Mapping[str, str]) -> Said:
    match body:
        case e.Delivered(kind=kind, to=to, via=via):
            return Said(
                kind="page" if kind == "page" else "message",
                text=f"{kind.capitalize()} to {words.name(to, names)} by {via}",
            )
        case e.DeliveryFailed(kind=kind, to=to, via=via, reason=reason):
            shown: Kind = "page" if kind == "page" else "message"
            return Said(kind=shown, text=f"{kind.capitalize()} to {words.name(to, names)} by {via} failed: {reason}")
        case e.Resent(kind=kind, to=to):
            what = kind.replace("_", " ").capitalize()
            return Said(kind="message", text=f"{what} to {words.name(to, names)} is sent again")
        case e.TimerElapsed(name=name) if name.startswith("notify/"):
            person = words.name(name.rpartition("/")[2], names)
            return Said(kind="timer", text=f"Nobody has answered: the next way to reach {person} is due")
        case e.TimerElapsed(name=name):
            what, _, about = name.partition("/")
            text = _TIMERS.get(what, f"Timer {what.replace('_', ' ')} came due")
            return Said(kind="timer", text=text + (f" ({about.replace('_', ' ')})" if about else ""))
        case e.Retracted(reason=reason):
            return Said(kind="correction", text=f"Withdrawn: {reason}")
        case _:
            return Said(kind="note", text=f"Something this version does not know: {type(body).__name__}")


def _update(body: e.UpdatePosted) -> Said:
    first, rest = _lines(body.text)
    more = [
        *rest,
        *(f"Now: {a}" for a in body.current_actions),
        *_given(f"Expected: {body.eta}" if body.eta else ""),
        *_given(f"Workaround: {body.workaround}" if body.workaround else ""),
        f"For: {', '.join(body.audiences)}",
    ]
    text = f"Update: {first}" if first else "Update: nothing new"
    return Said(kind="message", text=text, details=tuple(more))


def _diagnosed(body: e.Diagnosed) -> Said:
    best = body.causes[0] if body.causes else None
    found = f"{best.title} ({best.state})" if best else "no cause found"
    causes = tuple(f"{c.title}: {c.state}, {round(100 * c.score)} %" for c in body.causes)
    blind = tuple(f"Not seen: {b}" for b in body.blind_spots)
    ran = f"{body.checks} checks in {body.took_s:.1f} s, bundle {body.bundle}"
    again = "Diagnosed again" if body.changed else "Diagnosed"
    return Said(kind="diagnosis", text=f"{again}: {found}", details=(*body.changed, *causes, *blind, ran))


def _judged(body: e.MitigationJudged) -> Said:
    spent = f", {round(body.spent_s / words.MINUTE)} min spent" if body.spent_s >= words.MINUTE else ""
    more = _given(f"Backup plan: {body.backup_plan}" if body.backup_plan else "")
    return Said(kind="mitigation", text=f"{body.text}: {OUTCOMES[body.outcome]}{spent}", details=more)


def _gates(gates: tuple[e.GateSeen, ...]) -> str:
    failing = [g for g in gates if g.verdict == "fail"]
    if failing:
        return "Not back to normal: " + "; ".join(f"{g.gate} {g.observed}, expected {g.expected}" for g in failing)
    unclear = [g.gate for g in gates if g.verdict == "inconclusive"]
    return f"Cannot tell yet: {', '.join(unclear)}" if unclear else "Back to normal: all gates pass"


def _gate(gate: e.GateSeen) -> str:
    return f"{gate.gate}: {gate.verdict} ({gate.observed}, expected {gate.expected})"


def _followup(body: e.FollowUpChanged, names: Mapping[str, str]) -> Said:
    parts = [
        body.status or "",
        f"owner {words.name(body.owner, names)}" if body.owner else "",
        f"due {body.due:%Y-%m-%d}" if body.due else "",
    ]
    changed = ", ".join(p for p in parts if p) or "changed"
    title = _title("followup", body.followup, names)
    return Said(kind="followup", text=f"Action item {title}: {changed}", details=_given(body.note))


def _role(role: str) -> str:
    return "Incident commander" if role == "commander" else role.replace("_", " ").capitalize()


def _title(kind: str, key: str, names: Mapping[str, str]) -> str:
    """Return what a task, plan or action item is called where that is known, else its key."""
    return names.get(f"{kind}/{key}", key)


def _lines(text: str) -> tuple[str, tuple[str, ...]]:
    first, *rest = [line for line in text.strip().splitlines() if line.strip()] or [""]
    return first, tuple(rest)


def _given(text: str) -> tuple[str, ...]:
    return (text,) if text else ()


def _given_in(reason: str) -> str:
    return f" ({reason})" if reason else ""


def _because(reason: str) -> str:
    return f": {reason}" if reason else ""
