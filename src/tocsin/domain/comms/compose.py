"""What a message will say: the pack's template for a moment and audience, and the incident as words (R-COM-2).

Three kinds of reader, three measures: people inside read everything; customers and the public read only what is meant
for the outside, whatever the template names; who is no member of a private incident reads that there is one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tocsin.domain import words
from tocsin.domain.comms.fields import FIELD_NAMES, NO_SERVICE, OUR_SERVICE, PUBLIC_FIELDS, MessageFields
from tocsin.domain.comms.known import fields_of
from tocsin.domain.incident.events import OUTWARD, Event
from tocsin.domain.incident.policy import Policy
from tocsin.domain.incident.state import Incident
from tocsin.domain.policy.choose import choose_template
from tocsin.domain.replacing import replace

ASKED = {
    "update_due": "an update is due",
    "update_reminder": "an update is due soon",
    "ack_by": "nobody has acknowledged in time",
    "commander_by": "there is no incident commander",
    "resolve_by": "the target time for resolution has passed",
    "plan_failed": "a mitigation did not end well",
    "regression": "a gate fails again after the fix",
    "gates_pass": "every gate passes: the all-clear can be given, the watch begins with it",
    "watch_passed": "the watch window passed: the all-clear can be given",
    "watch_undecided": "the watch window is over, but not every gate can be judged: tick what you have seen yourself",
    "informed": "people are being paged; you are told as the escalation policy says, nobody waits for you",
    "leadership": "you are told because of its severity",
    "review/draft": "the post-mortem's draft is due",
    "review/meeting": "the review meeting is due",
    "review/publish": "the post-mortem should be published by now",
}
SUBJECT = "[{{ severity }}] {{ ref }} {{ title }}"
# Before a page's own words, where somebody asks for its person beside the escalation.
ASKED_SUBJECT = "You are asked to join: "
ASKED_BODY = "{{ reason }}\n"
PLAIN = "{{ ref }}: {{ title }}\n{{ progress }}"
PUBLIC_SUBJECT = "{{ service }} - {{ status }}"
PUBLIC_PLAIN = "{{ service }}: {{ status }}. {{ public_update }}\nPosted {{ now }}."
# Where a person's words for the outside go in a template that has no place of their own for them.
RELEASED = {"findings": "public_cause", "resolved": "public_summary"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Template sources and the fields that fill them; `moment` and `audience` are what was asked for."""

    moment: str
    audience: str
    subject: str
    body: str
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which message for whom; `to` is a person, `extra` holds what the event itself said."""

    moment: str
    audience: str
    public_url: str
    to: str = ""
    extra: Mapping[str, object] | None = None


def compose(asked: Asked, incident: Incident, event: Event, policy: Policy) -> Note:
    """Return the message to render."""
    outward = asked.audience in OUTWARD
    found = choose_template(policy.pack, asked.moment, asked.audience)
    body = found.body if found else (PUBLIC_PLAIN if outward else PLAIN)
    known = fields_of(incident, policy, now=event.recorded_at, public_url=asked.public_url)
    known = _with_extra(known, asked, incident)
    if incident.private and asked.to not in incident.members:
        return _veiled(asked, known)
    subject = (found.subject if found else "") or (PUBLIC_SUBJECT if outward else SUBJECT)
    if (asked.extra or {}).get("asked"):
        subject, body = ASKED_SUBJECT + subject, ASKED_BODY + body
    return Note(
        moment=asked.moment,
        audience=asked.audience,
        subject=subject,
        body=body,
        fields=_for_outside(known, asked, body) if outward else known.as_mapping(),
    )


def _for_outside(known: MessageFields, asked: Asked, body: str) -> dict[str, str]:
    """Return the fields that the outside may read, with what a person released in the update; all others as unsaid."""
    blank = MessageFields(service=OUR_SERVICE).as_mapping()
    text = str((asked.extra or {}).get("text", ""))
    released = "public_update" if "public_update" in body else RELEASED.get(asked.moment, "public_impact")
    said = known.as_mapping() | ({released: text} if text else {})
    told = PUBLIC_FIELDS if known.service != NO_SERVICE else PUBLIC_FIELDS - {"service"}
    return {name: value if name in told else blank[name] for name, value in said.items()}


def _veiled(asked: Asked, known: MessageFields) -> Note:
    body = "A private incident needs you. Log in to see whether you may read it: {{ incident_url }}"
    bare = MessageFields(ref=known.ref, incident_url=known.incident_url)
    if asked.extra and asked.extra.get("ack_how"):  # it was given to this person, and says nothing of the incident
        body += "\nTo take it: {{ ack_how }}"
        bare = replace(bare, ack_how=known.ack_how)
    return Note(moment=asked.moment, audience=asked.audience, subject="{{ ref }}", body=body, fields=bare.as_mapping())


def _with_extra(known: MessageFields, asked: Asked, incident: Incident) -> MessageFields:
    extra = asked.extra or {}
    changes: dict[str, str] = {}
    for name, value in extra.items():
        if name in FIELD_NAMES and value:
            changes[name] = words.bullets(value) if isinstance(value, list | tuple) else str(value)
    if extra.get("text"):
        changes["progress"] = str(extra["text"])
        changes["findings"] = str(extra["text"])
        changes["current_focus"] = changes.get("current_actions", known.current_focus)
    if reason := str(extra.get("asked") or ""):
        changes["reason"] = reason
    if about := str(extra.get("about", "")):
        changes |= _asked_about(about, known, incident)
    if asked.to:
        changes["person"] = asked.to
    return replace(known, **changes)


def _asked_about(about: str, known: MessageFields, incident: Incident) -> dict[str, str]:
    """Return why somebody is reminded and since when it is due: a clock that ran out is due now."""
    kind, _, key = about.partition("/")
    if kind == "followup":
        item = next((f for f in incident.followups if f.key == key), None)
        title = item.title if item else key
        return {"reason": f"overdue action: {title}", "due_at": words.at(item.due if item else None)}
    if kind == "phase":
        return {"reason": f"the phase {key.replace('_', ' ')} takes longer than planned", "due_at": known.now}
    late = about.startswith("update")
    return {
        "reason": ASKED.get(about, about.replace("/", " ").replace("_", " ")),
        "due_at": words.at(incident.update_due_at) if late else known.now,
    }
