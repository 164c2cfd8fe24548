"""The draft of a post-mortem: every section the requirements name, in the pack's order, filled from the log."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Final

from tocsin.domain.incident.events import Event
from tocsin.domain.incident.state import Incident
from tocsin.domain.learning.postmortem import afterwards, happened, judgement, reasons
from tocsin.domain.learning.postmortem.document import Postmortem, Section
from tocsin.domain.learning.postmortem.front_matter import Value
from tocsin.domain.learning.postmortem.markdown import block
from tocsin.domain.learning.postmortem.record import Part, Record, Surroundings, read
from tocsin.domain.policy.pack import Pack
from tocsin.domain.policy.pack import Section as SectionRule

# The sections every post-mortem has (R-PM-2, R-PM-7), in the order of a pack that gives none: source, title, writer.
SECTIONS: Final[tuple[tuple[str, str, Callable[[Record], Part]], ...]] = (
    ("metadata", "Incident", happened.metadata),
    ("summary", "Summary", happened.summary),
    ("impact", "Impact", happened.impact),
    ("user_timeline", "What users saw", happened.user_timeline),
    ("timeline", "Timeline", happened.timeline),
    ("detection", "Detection", happened.detection),
    ("response", "Response times", happened.response),
    ("five_whys", "Five whys", reasons.five_whys),
    ("causes", "Root cause", reasons.causes),
    ("factors", "Contributing factors", reasons.factors),
    ("missed_in_testing", "Why tests did not catch it", reasons.missed_in_testing),
    ("went_well", "What went well", judgement.went_well),
    ("went_poorly", "What went poorly", judgement.went_poorly),
    ("actions", "Action items", afterwards.actions),
    ("lessons", "Lessons", afterwards.lessons),
    ("prevention", "Prevention", afterwards.prevention),
    ("related", "Related incidents", afterwards.related),
    ("questions", "Questions and answers", afterwards.questions),
    ("appendix", "Appendix", afterwards.appendix),
)
WRITERS: Final[Mapping[str, Callable[[Record], Part]]] = {source: write for source, _, write in SECTIONS}
STATES: Final = {"none": "draft", "draft": "draft", "in_review": "review", "published": "published"}
NOT_KNOWN: Final = "*Not known yet.*"


def draft(
    incident: Incident,
    events: Iterable[Event],
    pack: Pack,
    *,
    now: datetime,
    around: Surroundings | None = None,
) -> Postmortem:
    """Return the post-mortem as the record gives it at `now`.

    A section a person wrote (`incident.sections`, by the pack's section key) counts before the generated one. What is
    unknown says so and asks; nothing is made up.

    Raises:
        KeyError: the pack has no such severity (it is not the incident's own).
    """
    record = read(incident, events, pack, now=now, around=around or Surroundings())
    return Postmortem(
        title=f"Post-mortem {incident.ref}: {incident.title}",
        front_matter=_front_matter(record),
        sections=tuple(_section(rule, record) for rule in order(pack)),
    )


def order(pack: Pack) -> Iterator[SectionRule]:
    """Yield the pack's sections, then those it lacks; an appendix stays last."""
    covered = {rule.source for rule in pack.sections}
    keys = {rule.key for rule in pack.sections}
    lacking = [
        SectionRule(key=source if source not in keys else f"{source}-default", title=title, source=source)
        for source, title, _ in SECTIONS
        if source not in covered
    ]
    last = [rule for rule in (*pack.sections, *lacking) if rule.source == "appendix"]
    yield from (rule for rule in (*pack.sections, *lacking) if rule.source != "appendix")
    yield from last


def _section(rule: SectionRule, record: Record) -> Section:
    written = record.incident.sections.get(rule.key, "").strip()
    if written:
        return Section(key=rule.key, title=rule.title, markdown=block(written), known=True)
    write = WRITERS.get(rule.source)
    part = write(record) if write else Part(known=False)
    asks = part.asks if part.known or not rule.ask else (rule.ask, *part.asks)
    return Section(
        key=rule.key,
        title=rule.title,
        markdown=part.markdown or NOT_KNOWN,
        known=part.known and bool(part.markdown),
        asks=tuple(dict.fromkeys(asks)),
    )


def _front_matter(record: Record) -> dict[str, Value]:
    incident = record.incident
    users = happened.users_text(incident.impact)
    requests = happened.requests_text(incident.impact)
    impact = "; ".join(
        part
        for part in (
            f"users: {users}" if users != happened.UNKNOWN else "",
            f"failed requests: {requests}" if requests != happened.UNKNOWN else "",
        )
        if part
    )
    return {
        "id": incident.ref,
        "title": incident.title,
        "severity": incident.severity,
        "status": STATES[incident.postmortem_state],
        "started_at": record.at("impact_started"),
        "detected_at": record.at("detected"),
        "acknowledged_at": record.at("acknowledged"),
        "mitigated_at": record.at("mitigated"),
        "resolved_at": record.at("resolved"),
        "services": list(incident.services),
        "impact": impact,
        "contributing_factors": reasons.contributing(record),
        "authors": happened.authors(record),
        "reviewers": [],
        "action_items": [
            {
                "id": item.key,
                "title": item.title,
                "type": item.kind,
                "owner": item.owner,
                "due": f"{item.due:%Y-%m-%d}" if item.due else None,
                "url": None,
                "state": item.status,
            }
            for item in incident.followups
        ],
        "slo": [{"name": name, "budget_spent_percent": percent} for name, percent in record.around.slo],
        "drill": incident.mode == "drill",
        "tags": [],
    }
