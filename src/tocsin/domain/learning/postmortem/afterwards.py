"""What is to be done and kept: action items, lessons, prevention, kin, questions, the appendix."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Final

from tocsin.domain import words
from tocsin.domain.incident import events as e
from tocsin.domain.incident.state import FollowUp
from tocsin.domain.learning.postmortem.markdown import bullets, code, inline, link, paragraphs, table
from tocsin.domain.learning.postmortem.record import Part, Record

HORIZONS: Final = (
    ("immediate", "Immediate", None),
    ("short", "Short term, within a week", timedelta(days=7)),
    ("long", "Long term, within a month", timedelta(days=31)),
    ("process", "Process", None),
)
STATUSES: Final = {"todo": "TODO", "doing": "DOING", "done": "DONE", "dropped": "DROPPED"}
# Words that say nothing one could see done.
VAGUE: Final = re.compile(
    r"\b(?:improve|look into|investigate|consider|think about|be more careful|try to|better|discuss|revisit)\b",
    re.IGNORECASE,
)
FEWEST_WORDS: Final = 3


def weaknesses(item: FollowUp, record: Record) -> tuple[str, ...]:
    """Return what an action item lacks to be specific, measurable, assigned and time-bound (R-PM-7)."""
    if item.status in {"done", "dropped"}:
        return ()
    found = []
    if len(item.title.split()) < FEWEST_WORDS or VAGUE.search(item.title):
        found.append(f"“{item.title}”: what exactly, and how will it be seen to be done?")
    if not item.owner:
        found.append(f"“{item.title}”: who owns it?")
    limit = next((span for key, _, span in HORIZONS if key == item.horizon), None)
    resolved = record.at("resolved")
    if item.due is None:
        found.append(f"“{item.title}”: due when?")
    elif limit and resolved and item.due > resolved + limit + timedelta(days=1):
        found.append(f"“{item.title}”: due {item.due:%Y-%m-%d} is beyond its {item.horizon} term")
    return tuple(found)


def actions(record: Record) -> Part:
    """Return the action items by horizon, with owner, due date, priority and status."""
    items = record.incident.followups
    parts: list[str] = []
    for key, title, _ in HORIZONS:
        rows = [_row(item, record) for item in items if item.horizon == key]
        if rows:
            parts.append(f"### {title}\n\n" + table(("Action", "Owner", "Due", "Priority", "Status"), rows))
    titles = {item.title.casefold() for item in items}
    loose = [inline(s) for s in record.incident.next_steps if s.casefold() not in titles]
    if loose:
        parts.append(f"Named as next steps at the resolution, not yet action items:\n\n{bullets(loose)}")
    asks = tuple(w for item in items for w in weaknesses(item, record))
    if not items:
        asks = ("Which change keeps it from coming back: whose is it, and due when?",)
    return Part(markdown=paragraphs(*parts), known=bool(items), asks=asks)


def _row(item: FollowUp, record: Record) -> tuple[str, ...]:
    due = f"{item.due:%Y-%m-%d}" if item.due else "none"
    return inline(item.title), inline(record.name(item.owner)) or "nobody", due, item.priority, STATUSES[item.status]


def lessons(_record: Record) -> Part:
    """Return the three questions: lessons are people's."""
    return Part(
        known=False,
        asks=(
            "Technical: what do you now know about the system?",
            "Process: what helped or hindered the response?",
            "Cultural: how did people work together, and what should be kept?",
        ),
    )


def prevention(record: Record) -> Part:
    """Return the action items that prevent or detect, and the pack's suggestions that nobody has taken up."""
    own = [
        inline(f.title) for f in record.incident.followups if f.kind in {"prevent", "detect"} and f.status != "dropped"
    ]
    ideas = [inline(p) for p in record.around.prevention]
    known = bullets(own)
    offered = f"Worth a thought:\n\n{bullets(ideas)}" if ideas else ""
    ask = "What keeps the whole kind of incident from coming back?"
    return Part(markdown=paragraphs(known, offered), known=bool(own), asks=() if own else (ask,))


def related(record: Record) -> Part:
    """Return linked, merged and similar incidents and the patterns they show (R-PM-4)."""
    refs = record.around.refs
    linked = [
        f"{kind.replace('_', ' ').capitalize()}: {refs.get(other, other)}" for other, kind in record.incident.related
    ]
    merged = [f"Merged in: {refs.get(other, other)}" for other in record.incident.absorbed]
    kin = [
        link(k.ref, k.url) + (f": {inline(k.title)}" if k.title else "") + (f" ({inline(k.why)})" if k.why else "")
        for k in record.around.kin
    ]
    patterns = [f"**Pattern**: {inline(p)}" for p in record.around.patterns]
    lines = [*(inline(x) for x in (*linked, *merged)), *kin, *patterns]
    asks = ("What do you recommend against the pattern?",) if patterns else ()
    if not lines:
        asks = ("Has something like it happened before?",)
    return Part(markdown=bullets(lines), known=bool(lines), asks=asks)


def questions(record: Record) -> Part:
    """Return the key questions with the answers given, what was weighed when fixing, and what is unanswered."""
    texts = {q.key: q.text for q in (*record.pack.assessment, *record.pack.questions)}
    answers = record.incident.answers
    given = [f"**Q: {inline(texts.get(key, key))}**\n\nA: {inline(answer)}" for key, answer in answers.items()]
    weighed = [
        f"**Q: Why “{inline(p.title)}”?**\n\nA: {inline('; '.join(p.advice))}"
        for p in record.incident.plans
        if p.advice
    ]
    backups = [
        f"**Q: What if “{inline(b.text)}” had not worked?**\n\nA: {inline(b.backup_plan)}"
        for b in record.bodies(e.MitigationJudged)
        if b.backup_plan
    ]
    asked = {*answers, *(key for key, text in texts.items() if text in answers)}
    asks = tuple(text for key, text in texts.items() if key not in asked)
    found = (*given, *weighed, *backups)
    return Part(markdown=paragraphs(*found), known=bool(found), asks=asks)


def appendix(record: Record) -> Part:
    """Return charts, bundles, gates, alerts and logs, as links and verbatim blocks."""
    incident = record.incident
    charts = [link(title, url) for title, url in (*record.around.charts, *incident.links.items()) if url]
    bundles = [
        link(f"Diagnosis {b.bundle}", _bundle(record, b.bundle)) + f": {b.checks} checks in {b.took_s:.1f} s"
        for b in record.bodies(e.Diagnosed)
    ]
    gates = [(inline(g.gate), inline(g.observed), inline(g.expected), g.verdict) for g in incident.verification.gates]
    alerts = [
        f"{inline(b.name)}" + (f": {inline(b.summary)}" if b.summary else "") for b in record.bodies(e.AlertFired)
    ]
    logs = [incident.initial_error] if incident.initial_error else []
    logs += ["\n".join(p.output) for p in incident.plans if p.output]
    parts = [
        _titled("Charts and links", bullets(charts)),
        _titled("Raw facts of the diagnoses", bullets(bundles)),
        _titled("Gates as last seen", table(("Gate", "Observed", "Expected", "Verdict"), gates) if gates else ""),
        _titled("Alerts", bullets(dict.fromkeys(alerts))),
        _titled("Logs", "\n\n".join(code(text) for text in logs)),
        _titled("Metrics", _metrics(record)),
    ]
    asks = () if charts else ("Which charts show it?",)
    return Part(markdown=paragraphs(*parts), known=any(parts), asks=asks)


def _bundle(record: Record, bundle: str) -> str:
    base = record.around.public_url
    return f"{base}/incidents/{record.incident.ref}/bundles/{bundle}" if base else ""


def _metrics(record: Record) -> str:
    facts = record.incident.impact
    rows = [
        ("Error rate", words.share(facts.error_percent, unknown=""), words.share(facts.error_percent_normal)),
        ("Latency", f"{facts.latency_multiple:g}x" if facts.latency_multiple is not None else "", "1x"),
    ]
    known = [row for row in rows if row[1]]
    return table(("Metric", "During the incident", "Normal"), known) if known else ""


def _titled(title: str, text: str) -> str:
    return f"### {title}\n\n{text}" if text else ""
