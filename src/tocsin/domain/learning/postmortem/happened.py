"""What happened: metadata, summary, impact, the minutes, detection and response."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from tocsin.domain import words
from tocsin.domain.impact import Impact
from tocsin.domain.incident import events as e
from tocsin.domain.incident.timeline import Entry, errors, warnings
from tocsin.domain.incident.timeline.sentences import OUTCOMES
from tocsin.domain.learning.durations import Duration
from tocsin.domain.learning.postmortem.markdown import bullets, inline, paragraphs, table
from tocsin.domain.learning.postmortem.record import Part, Record
from tocsin.domain.learning.postmortem.runbooks import runbook_steps

UNKNOWN: Final = "unknown"
# Entries about the paperwork afterwards; the timeline is about the incident.
AFTERWARDS: Final = frozenset({"postmortem", "followup", "checklist", "access"})
LONGEST_TIMELINE: Final = 400

ASKED: Final = {
    "impact_started": "When did users begin to be affected?",
    "detected": "What detected it, and when?",
    "notified": "When was somebody first notified?",
    "acknowledged": "Who acknowledged it, and when?",
    "mitigated": "When did the impact end?",
    "resolved": "When was it resolved?",
}


def metadata(record: Record) -> Part:
    """Return who, what and when in a table."""
    incident = record.incident
    commander = record.name(incident.holder("commander"))
    start, end = record.at("impact_started"), record.at("resolved")
    rows = [
        ("Incident", f"{incident.ref}: {incident.title}"),
        ("Date", f"{record.began:%Y-%m-%d}"),
        ("Severity", f"{incident.severity} ({record.level.name})"),
        ("Status", f"{incident.phase.replace('_', ' ')}"),
        ("Duration", str(record.spans.resolve)),
        ("Services", ", ".join(incident.services) or UNKNOWN),
        *([("Endpoints", ", ".join(incident.endpoints))] if incident.endpoints else []),
        ("Incident commander", commander or UNKNOWN),
        ("Responders", ", ".join(responders(record)) or UNKNOWN),
        ("Authors", ", ".join(authors(record)) or UNKNOWN),
    ]
    drill = "**This was a drill.**" if incident.mode == "drill" else ""
    asks = (
        *(() if incident.services else ("Which services were affected?",)),
        *(() if commander else ("Who was in command?",)),
        *(() if start else (ASKED["impact_started"],)),
        *(() if end else (ASKED["resolved"],)),
    )
    return Part(markdown=paragraphs(drill, table(("", ""), ((k, inline(v)) for k, v in rows))), asks=asks)


def responders(record: Record) -> list[str]:
    """Return everybody who held a role, a task or the page, or acted, by first appearance."""
    people: list[str] = []
    for event in record.events:
        match event.body:
            case e.Acknowledged(person=person) | e.RoleTaken(person=person):
                people.append(person)
            case e.TaskGiven(owner=owner):
                people.append(owner)
            case e.PostmortemWritten() | e.FollowUpAdded() | e.FollowUpChanged():
                pass
            case _ if record.incident.mode != "backfill":
                people.append(event.actor.person)
            case _:
                pass  # Whoever wrote history down afterwards need not have been there.
    return [record.name(p) for p in dict.fromkeys(people) if p]


def authors(record: Record) -> list[str]:
    """Return who wrote in the post-mortem."""
    wrote = [ev.actor.person for ev in record.events if isinstance(ev.body, e.PostmortemWritten) and ev.body.section]
    return [record.name(p) for p in dict.fromkeys(wrote) if p]


def summary(record: Record) -> Part:
    """Return two or three sentences: what and when, to whom, why and what ended it."""
    incident = record.incident
    what = incident.summary.strip() or incident.title
    sentences = [f"{_when(record)}: {what.rstrip('.')}.", _whom(incident.impact), _why(record)]
    asks = () if incident.root_cause else ("What was the root cause, in one sentence?",)
    return Part(markdown=" ".join(inline(s) for s in sentences if s), asks=asks)


def _when(record: Record) -> str:
    end = record.at("resolved")
    start = record.at("impact_started")
    label = "" if start else " (first known stamp; the start of the impact is unknown)"
    until = f"until {_until(record.began, end)}" if end else "and not resolved yet"
    return f"From {words.at(record.began)}{label} {until}"


def _until(start: datetime, end: datetime) -> str:
    return f"{end:%H:%M} UTC" if start.date() == end.date() else words.at(end)


def _whom(impact: Impact) -> str:
    users, requests = users_text(impact), requests_text(impact)
    if users == UNKNOWN and requests == UNKNOWN:
        return "How many users were affected is unknown."
    hurt = f"Affected users: {users}" if users != UNKNOWN else ""
    failed = f"failed requests: {requests}" if requests != UNKNOWN else ""
    said = "; ".join(p for p in (hurt, failed) if p)
    return f"{said[0].upper()}{said[1:]}."


def _why(record: Record) -> str:
    incident = record.incident
    label = "Root cause" if incident.root_cause_confirmed else "Probable cause, not confirmed"
    cause = f"{label}: {incident.root_cause.rstrip('.')}" if incident.root_cause else "The root cause is unknown"
    ended = f"; resolution: {incident.resolution.rstrip('.')}" if incident.resolution else ""
    return f"{cause}{ended}."


def users_text(impact: Impact) -> str:
    """Return `about 500 (10 %)`."""
    share = words.share(impact.users_percent, unknown="")
    if impact.users_affected is None:
        return share or UNKNOWN
    return f"about {words.count(impact.users_affected)}" + (f" ({share})" if share else "")


def requests_text(impact: Impact) -> str:
    """Return `374 of 124,589 (0.3 %)`."""
    failed, total = impact.failed_requests, impact.total_requests
    if failed is None:
        return UNKNOWN
    of = f" of {words.count(total)} ({words.share(100 * failed / total)})" if total else ""
    return f"{words.count(failed)}{of}"


def impact(record: Record) -> Part:
    """Return the impact on users, business and data, each known or asked for."""
    facts = record.incident.impact
    normal = f" (normally {words.share(facts.error_percent_normal)})" if facts.error_percent_normal is not None else ""
    lost = words.count(facts.revenue_lost)
    data = UNKNOWN if facts.data_loss is None else ("data was lost" if facts.data_loss else "no data lost")
    rows = [
        ("Users affected", users_text(facts), "How many users were affected?"),
        ("Failed requests", requests_text(facts), "How many requests failed, of how many?"),
        ("Error rate", words.share(facts.error_percent) + normal, "What was the error rate, and what is normal?"),
        ("Revenue", facts.revenue_note or lost, "What did it cost in revenue?"),
        ("Support tickets", words.count(facts.tickets), "How many support tickets came in?"),
        ("Data", data, "Was any data lost or wrong?"),
        ("Service level", facts.sla_note or UNKNOWN, "How much of the service level's allowance was spent?"),
        ("Reputation", facts.reputation or UNKNOWN, "What did users say in public?"),
    ]
    extra = [
        ("Functions affected", ", ".join(record.incident.functions)),
        ("Still worked", facts.still_works),
        ("Security", "a breach" if facts.breach else ""),
    ]
    lines = [f"**{label}**: {inline(value)}" for label, value, _ in rows]
    lines += [f"**{label}**: {inline(value)}" for label, value in extra if value]
    asks = tuple(ask for _, value, ask in rows if value == UNKNOWN)
    return Part(markdown=bullets(lines), known=len(asks) < len(rows), asks=asks)


def user_timeline(record: Record) -> Part:
    """Return what users went through, as far as impact was stated with a time."""
    told = {
        "impact_started": "Users are affected",
        "mitigated": "The impact is mitigated",
        "impact_ended": "Back to normal",
    }
    rows = [(line.at, line.text) for line in record.lines if line.kind == "impact"]
    rows += [(stamp.at, told[name]) for name, stamp in record.stamps.items() if name in told]
    asks = ("What could users not do, from when to when?",)
    if len(rows) <= 1:
        return Part(markdown=_minutes(rows), known=False, asks=asks)
    return Part(markdown=_minutes(rows), asks=() if record.at("impact_started") else asks)


def _minutes(rows: list[tuple[datetime, str]]) -> str:
    return bullets(f"{words.at(when)}: {inline(text)}" for when, text in sorted(rows))


def timeline(record: Record) -> Part:
    """Return the incident minute by minute, with corrections visible."""
    lines = [line for line in record.lines if line.kind not in AFTERWARDS and not line.withdrawn]
    day = None
    rows: list[tuple[str, str, str]] = []
    for line in lines[:LONGEST_TIMELINE]:
        when = f"{line.at:%H:%M:%S}" if line.at.date() == day else f"{line.at:%Y-%m-%d %H:%M:%S}"
        day = line.at.date()
        rows.append((when, f"{inline(line.text)}{_corrected(line)}", inline(line.who)))
    more = f"{len(lines) - LONGEST_TIMELINE} further entries are in the log." if len(lines) > LONGEST_TIMELINE else ""
    return Part(markdown=paragraphs("All times are UTC.", table(("Time", "What", "Recorded by"), rows), more))


def _corrected(line: Entry) -> str:
    former = line.corrected_from
    if former is None:
        return ""
    was = f"{former.at:%H:%M:%S}" if former.at != line.at else f"“{inline(former.text)}”"
    return f" (first entered as {was})"


def detection(record: Record) -> Part:
    """Return what noticed it and after how long."""
    alerts = [ev for ev in record.events if isinstance(ev.body, e.AlertFired)]
    first = alerts[0] if alerts else None
    if first is not None and isinstance(first.body, e.AlertFired):
        by = f"by alert {first.body.name}" + (f" from {first.body.source}" if first.body.source else "")
    else:
        by = f"by a report ({record.name(record.incident.reporter) or record.incident.source})"
    lines = [
        f"Detected at {words.at(record.at('detected'))} {inline(by)}.",
        f"Time to detect: {inline(str(record.spans.detect))}.",
    ]
    asks = (*_unstamped(record.spans.detect), "Could it have been seen sooner, and by what?")
    return Part(markdown=bullets(lines), asks=asks)


def _unstamped(span: Duration) -> tuple[str, ...]:
    return tuple(ASKED[name] for name in span.missing if name in ASKED)


def response(record: Record) -> Part:
    """Return the response times with both their ends, and what was tried."""
    spans = record.spans
    rows = [
        ("Time to acknowledge", spans.acknowledge),
        ("Time to identify", spans.identify),
        ("Time to mitigate", spans.mitigate),
        ("Time to resolve", spans.resolve),
        ("Declared to resolved", spans.respond),
        ("Start to closed", spans.close),
    ]
    cells = [(label, words.span(s.value), _end(s.begins, s.begin_at), _end(s.ends, s.end_at)) for label, s in rows]
    tried = [
        f"{inline(b.text)}: {OUTCOMES[b.outcome]}" + (f", {round(b.spent_s / 60)} min" if b.spent_s else "")
        for b in record.bodies(e.MitigationJudged)
    ]
    ended = [f"Resolved: {inline(record.incident.resolution)}"] if record.incident.resolution else []
    asks = tuple(dict.fromkeys(a for s in (spans.acknowledge, spans.mitigate, spans.resolve) for a in _unstamped(s)))
    shown = table(("Measure", "Length", "From", "To"), cells)
    doubts = [f"Check the stamps: {inline(text)}." for text in (*errors(record.stamps), *warnings(record.stamps))]
    taken = runbook_steps(record)
    return Part(markdown=paragraphs(shown, bullets((*tried, *ended)), *taken, bullets(doubts)), asks=asks)


def _end(name: str, moment: datetime | None) -> str:
    return f"{name.replace('_', ' ')} {words.clock(moment)}"
