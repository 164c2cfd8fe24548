"""What is missing after an incident: the watch, the review, its action items, the end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from tocsin.domain import words
from tocsin.domain.incident.missing.gap import Missing, Urgency, gap, since
from tocsin.domain.incident.phases import Phase
from tocsin.domain.incident.state import Incident
from tocsin.domain.policy.deadlines import ReviewDue, is_review_required, review_due
from tocsin.domain.policy.pack import Pack, Severity


def learning(incident: Incident, pack: Pack, now: datetime, names: Mapping[str, str]) -> Iterator[Missing]:
    """Yield the gaps of an incident that is resolved or closed."""
    level = pack.severity(incident.severity)
    owed = [*_review(incident, pack, level, now), *_followups(incident, now, names)] if incident.mode != "drill" else []
    yield from owed
    if incident.phase is not Phase.POST_INCIDENT:
        return
    watch = _watch(incident, now)
    yield from watch
    if level.review == "recommended" and incident.postmortem_state == "none" and incident.mode != "drill":
        # Advice is never in the way of closing.
        yield gap(incident, "postmortem", "A post-mortem is recommended", "postmortem", urgency=3)
    if not owed and not watch:
        yield gap(incident, "close", "Nothing is left to do: close it", "close", urgency=3)


def _watch(incident: Incident, now: datetime) -> list[Missing]:
    seen = incident.verification
    failing = [g for g in seen.gates if g.verdict == "fail"]
    gaps = [
        gap(
            incident,
            f"gate/{g.gate}",
            f"Resolved, but gate {g.gate} fails: {g.observed}, expected {g.expected}",
            "gates",
            urgency=1,
        )
        for g in failing
    ]
    if seen.watch_ends_at is None or seen.passed:
        return gaps
    if now < seen.watch_ends_at:
        text = f"Watch window until {words.clock(seen.watch_ends_at)}"
        gaps.append(gap(incident, "watch", text, "gates", urgency=3, past=now - seen.watch_ends_at))
    elif unclear := ", ".join(g.gate for g in seen.gates if g.verdict == "inconclusive"):
        text = f"The watch window is over, but nobody can tell of {unclear}: tick what you have seen yourself"
        gaps.append(gap(incident, "watch", text, "gates", urgency=3))
    return gaps


def _review(incident: Incident, pack: Pack, level: Severity, now: datetime) -> Iterator[Missing]:
    required = is_review_required(level, incident.recurrences)
    if not required or incident.phase is Phase.CLOSED or incident.postmortem_state == "published":
        return
    due = review_due(pack, incident.resolved_at) if incident.resolved_at else ReviewDue()
    if incident.postmortem_state == "none":
        past = since(due.draft_by or due.first, now)
        yield gap(
            incident, "postmortem", "The post-mortem has not been begun", "postmortem", urgency=_by(past), past=past
        )
        return
    past = since(due.last, now)
    yield gap(incident, "postmortem", "The post-mortem is not published", "publish", urgency=_by(past), past=past)


def _by(past: timedelta | None) -> Urgency:
    return 1 if past is not None and past > timedelta(0) else 2


def _followups(incident: Incident, now: datetime, names: Mapping[str, str]) -> Iterator[Missing]:
    for item in incident.followups:
        if item.status in {"done", "dropped"}:
            continue
        lacking = " and ".join(n for n, given in (("owner", item.owner), ("due date", item.due)) if not given)
        if lacking:
            text = f"Action item without {lacking}: {item.title}"
            yield gap(incident, f"followup/{item.key}", text, "followups", urgency=2)
        elif item.due is not None and item.due < now:
            text = f"Action item overdue: {item.title} ({words.name(item.owner, names)})"
            yield gap(incident, f"followup/{item.key}", text, "followups", urgency=2, past=now - item.due)
