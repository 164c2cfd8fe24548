"""Why it happened, as far as the record knows; the rest is asked, never made up."""

from __future__ import annotations

from typing import Final

from tocsin.domain.incident import events as e
from tocsin.domain.learning.postmortem.markdown import bullets, inline, paragraphs
from tocsin.domain.learning.postmortem.record import Part, Record

WHYS: Final = 5


def symptom(record: Record) -> str:
    """Return what people or alerts saw first."""
    incident = record.incident
    alert = next(iter(record.bodies(e.AlertFired)), None)
    said = (
        *incident.symptoms,
        incident.initial_error,
        f"{alert.name}: {alert.summary}" if alert and alert.summary else "",
    )
    return "; ".join(dict.fromkeys(s for s in said if s))


def immediate(record: Record) -> str:
    """Return the best proven cause of the diagnosis that stands."""
    proven = [c for c in record.incident.causes if c.state in {"confirmed", "likely"}]
    return f"{proven[0].title} ({proven[0].state} by the diagnosis)" if proven else ""


def trigger(record: Record) -> str:
    """Return what set it off."""
    return next((b.trigger for b in reversed(record.bodies(e.CauseNamed)) if b.trigger), "")


def contributing(record: Record) -> list[str]:
    """Return the factors people named, once each."""
    return list(dict.fromkeys(f for b in record.bodies(e.CauseNamed) for f in b.factors))


def causes(record: Record) -> Part:
    """Return symptom, trigger, immediate cause, factors and root cause, each known or asked for (R-PM-2, R-PM-7)."""
    incident = record.incident
    doubt = "" if incident.root_cause_confirmed else " (a hypothesis, not confirmed)"
    rows = [
        ("Symptom", symptom(record), "What did it look like from outside?"),
        ("Trigger", trigger(record), "What set it off: a deploy, traffic, a change, a third party?"),
        ("Immediate cause", immediate(record), "What broke, technically?"),
        ("Contributing factors", "; ".join(contributing(record)), "What made it more likely or worse?"),
        ("Root cause", f"{incident.root_cause}{doubt}" if incident.root_cause else "", "What lies beneath it?"),
    ]
    lines = [f"**{label}**: {inline(text) if text else 'unknown'}" for label, text, _ in rows]
    asks = tuple(ask for _, text, ask in rows if not text)
    evidence = [inline(x) for b in record.bodies(e.CauseNamed) for x in b.evidence]
    evidence += [inline(x) for c in incident.causes if c.state == "confirmed" for x in c.supports]
    refuted = [
        f"{inline(c.title)}" + (f": {inline(c.refutes[0])}" if c.refutes else "")
        for c in incident.causes
        if c.state == "refuted"
    ]
    shown = paragraphs(
        bullets(lines),
        f"Evidence:\n\n{bullets(dict.fromkeys(evidence))}" if evidence else "",
        f"Ruled out:\n\n{bullets(refuted)}" if refuted else "",
    )
    return Part(markdown=shown, known=bool(incident.root_cause), asks=asks)


def five_whys(record: Record) -> Part:
    """Return the chain as far as the record reaches; the deeper whys are people's."""
    chain = [why for why in (immediate(record), record.incident.root_cause) if why]
    seen = symptom(record) or record.incident.title
    lines: list[str] = []
    for number in range(1, WHYS + 1):
        asked = seen if number == 1 else chain[number - 2] if number - 2 < len(chain) else ""
        answer = f"Because: {inline(chain[number - 1])}" if number <= len(chain) else "*Not answered yet.*"
        lines.append(f"{number}. {f'Why “{inline(asked)}”?' if asked else 'Why was that so?'} {answer}")
    open_at = len(chain) + 1
    asks = (f"Why number {open_at} and the ones after it: what lies beneath?",) if open_at <= WHYS else ()
    return Part(markdown="\n".join(lines), known=bool(chain), asks=asks)


def factors(record: Record) -> Part:
    """Return the contributing factors, and what the diagnosis could not see."""
    named = [inline(f) for f in contributing(record)]
    blind = [f"Could not be seen while diagnosing: {inline(b)}" for b in record.incident.blind_spots]
    ask = "Which monitoring was missing, which runbook out of date, which test absent?"
    return Part(markdown=bullets((*named, *blind)), known=bool(named), asks=() if named else (ask,))


def missed_in_testing(_record: Record) -> Part:
    """Return the question: the record of an incident does not hold what the tests did."""
    return Part(known=False, asks=("Why did no test catch it: how did load, data or configuration differ?",))
