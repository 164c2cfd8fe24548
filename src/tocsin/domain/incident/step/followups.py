"""What is learned and still to be done: action items with their reminders, and the post-mortem (R-PM-3, R-PM-6)."""

from __future__ import annotations

from datetime import timedelta

from tocsin.domain.errors import RefusedError
from tocsin.domain.incident.events import Event, FollowUpAdded, FollowUpChanged, PostmortemWritten
from tocsin.domain.incident.policy import Policy
from tocsin.domain.incident.state import FollowUp, Incident
from tocsin.domain.incident.step.result import Step, arm, disarm
from tocsin.domain.incident.step.waking import remind
from tocsin.domain.replacing import replace

SETTLED = frozenset({"done", "dropped"})
AGAIN = timedelta(days=1)
PROGRESS = ("none", "draft", "in_review", "published")


def add_followup(incident: Incident, event: Event, body: FollowUpAdded) -> Step:
    """Keep an action item, with a reminder when it becomes overdue; only a correction changes one that is there."""
    known = _find(incident, body.followup)
    if known and not event.supersedes:
        return Step(incident=incident)
    item = FollowUp(
        key=body.followup,
        title=body.title,
        owner=body.owner,
        due=body.due,
        priority=body.priority,
        horizon=body.horizon,
        kind=body.kind,
        status=known.status if known else "todo",
    )
    return _put(incident, event, item, was=known)


def change_followup(incident: Incident, event: Event, body: FollowUpChanged) -> Step:
    """Move an action item on; done and dropped ones remind nobody.

    Raises:
        RefusedError: there is no such item.
    """
    item = _find(incident, body.followup)
    if item is None:
        known = ", ".join(f.key for f in incident.followups) or "none"
        raise RefusedError(f"{incident.ref} has no follow-up {body.followup!r}", mend=f"Follow-ups: {known}.")
    changed = replace(
        item,
        status=body.status or item.status,
        owner=item.owner if body.owner is None else body.owner,
        due=item.due if body.due is None else body.due,
    )
    return _put(incident, event, changed, was=item)


def _find(incident: Incident, key: str) -> FollowUp | None:
    return next((f for f in incident.followups if f.key == key), None)


def _put(incident: Incident, event: Event, item: FollowUp, *, was: FollowUp | None) -> Step:
    there = any(f.key == item.key for f in incident.followups)
    items = tuple(item if f.key == item.key else f for f in incident.followups)
    moved = replace(incident, followups=items if there else (*items, item))
    timer = f"followup/{item.key}"
    if item.status in SETTLED or item.due is None:
        return disarm(moved, timer)
    running = timer in incident.timers and was is not None and was.due == item.due
    return Step(incident=moved) if running else arm(moved, timer, item.due, event)


def followup_overdue(incident: Incident, event: Event, key: str, policy: Policy) -> Step:
    """Remind the owner, and again every day until it is done."""
    item = _find(incident, key)
    if item is None or item.status in SETTLED:
        return Step(incident=incident)
    nudges = remind(incident, event, policy, about=f"followup/{key}", person=item.owner)
    return arm(incident, f"followup/{key}", event.recorded_at + AGAIN, event).also(*nudges)


def write_postmortem(incident: Incident, body: PostmortemWritten) -> Step:
    """Keep a section's text, or move the document on; a section written late takes no publication back.

    Deadlines that the document has met remind nobody.
    """
    furthest = max(body.state, incident.postmortem_state, key=PROGRESS.index)
    if body.section:
        sections = {**incident.sections, body.section: body.text}
        written = replace(incident, sections=sections, postmortem_state=furthest)
    else:
        written = replace(incident, postmortem_state=body.state)
    met = {"published": ("review/",), "in_review": ("review/draft",)}
    return disarm(written, *met.get(written.postmortem_state, ()))
