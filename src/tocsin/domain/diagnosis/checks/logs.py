"""What logs say by their numbers: what is new, what jumped, what fell silent, who failed first, which figure moved."""

from __future__ import annotations

from collections.abc import Iterable

from tocsin.domain.diagnosis.check import check
from tocsin.domain.diagnosis.facts import Bundle, LogFacts
from tocsin.domain.diagnosis.findings import Finding, Weight, weigh
from tocsin.domain.diagnosis.logs.changes import LogChanges, Shift, changes
from tocsin.domain.diagnosis.look import Look
from tocsin.domain.diagnosis.suspects import suspects

SHOWN = 5
_VOLUME = (2.0, 5.0)
_ENOUGH_LINES = 50


def of_logs(bundle: Bundle) -> Iterable[LogFacts]:
    """Return what logs said."""
    return bundle.logs


def compared(facts: LogFacts, look: Look) -> LogChanges | None:
    """Return what changed at the onset; None where the log holds no time before it or none after it."""
    found = changes(facts, look.onset)
    return found if found.comparable else None


def line_of(one: Shift) -> str:
    """Return a template with its counts, and an example."""
    before = f"{one.before} before, {one.after} after"
    example = next(iter(one.template.examples), "")
    return f"{one.template.called} ({before})" + (f": {example}" if example else "")


@check("logs.read", of_logs, "a log that refuses to be read is a finding: ours")
def read(facts: LogFacts, _look: Look) -> Finding:
    """See whether the logs could be read, and how much of them."""
    if facts.error:
        return Finding(
            verdict="warn",
            observed=f"the logs cannot be read: {facts.error_text or facts.error}",
            expected="readable logs",
            reproduce=facts.reproduce,
        )
    if not facts.lines:
        return Finding(verdict="unknown", observed="no line in the window", expected="lines", reproduce=facts.reproduce)
    span = f", {facts.start_at:%H:%M:%S} to {facts.end_at:%H:%M:%S} UTC" if facts.start_at and facts.end_at else ""
    return Finding(
        verdict="ok",
        observed=f"{facts.lines} lines of {len(facts.templates)} kinds{span}",
        reproduce=facts.reproduce,
    )


@check(
    "logs.new_errors", of_logs, "none before the onset and too many after it for chance (1 in 20 false at most): ours"
)
def new_errors(facts: LogFacts, look: Look) -> Finding | None:
    """Look for errors that were not written before the onset."""
    found = compared(facts, look)
    if found is None:
        return None
    fresh = [one for one in found.new if one.template.trouble]
    rare = list(found.first_seen)
    if not fresh and not rare:
        return Finding(
            verdict="ok",
            observed="no error that was not there before",
            expected="no new error",
            reproduce=facts.reproduce,
        )
    first = (fresh or rare)[0]
    sure = "new" if fresh else "seen for the first time, too rarely to be sure that it is new"
    return Finding(
        verdict="critical" if fresh else "warn",
        observed=f"{len(fresh or rare)} errors {sure}: {first.template.called} ({first.after} times)",
        expected="no new error",
        why="what fails in a new way began to fail lately",
        reproduce=facts.reproduce,
        evidence=tuple(line_of(one) for one in (*fresh, *rare)[:SHOWN]),
        supports=_of_release(look, fresh),
    )


@check("logs.new_traces", of_logs, "as logs.new_errors; the first frame that is not a library's: ours")
def new_traces(facts: LogFacts, look: Look) -> Finding | None:
    """Look for stack traces that were not written before the onset, and where they come from."""
    found = compared(facts, look)
    if found is None:
        return None
    fresh = [one for one in (*found.new, *found.first_seen) if one.template.kind == "trace"]
    if not fresh:
        return Finding(verdict="ok", observed="no new stack trace", expected="no new stack trace")
    first = fresh[0].template
    return Finding(
        verdict="warn",
        observed=f"{first.text} at {first.logger or '?'} ({fresh[0].after} times)",
        expected="no new stack trace",
        why="the first frame of our own is where to look",
        reproduce=facts.reproduce,
        evidence=tuple(line_of(one) for one in fresh[:SHOWN]),
        supports=_touched(look, fresh),
    )


@check("logs.new_lines", of_logs, "as logs.new_errors, for lines that are no errors: ours")
def new_lines(facts: LogFacts, look: Look) -> Finding | None:
    """Tell what else is written that was not before: a new release or a path that was not taken talks in new words."""
    found = compared(facts, look)
    if found is None:
        return None
    fresh = [one for one in found.new if not one.template.trouble]
    if not fresh:
        return Finding(verdict="ok", observed="no new kind of line", expected="the same kinds of lines")
    return Finding(
        verdict="warn",
        observed=f"{len(fresh)} new kinds of lines: {fresh[0].template.called} ({fresh[0].after} times)",
        expected="the same kinds of lines",
        evidence=tuple(line_of(one) for one in fresh[:SHOWN]),
        reproduce=facts.reproduce,
    )


@check("logs.rate_jump", of_logs, "twice the rate before and 5 standard deviations (G test, bursts allowed for): ours")
def rate_jump(facts: LogFacts, look: Look) -> Finding | None:
    """Look for lines that come far more often than before."""
    found = compared(facts, look)
    if found is None:
        return None
    if not found.jumped:
        return Finding(verdict="ok", observed="every kind of line comes as often as before", expected="under twice")
    first = found.jumped[0]
    return Finding(
        verdict="critical" if first.template.trouble else "warn",
        observed=f"{first.template.called}: {first.ratio:.1f} times as often as before",
        expected="under twice the rate before",
        evidence=tuple(f"{one.ratio:.1f} times: {line_of(one)}" for one in found.jumped[:SHOWN]),
        reproduce=facts.reproduce,
        supports=_of_release(look, [one for one in found.jumped if one.template.trouble]),
    )


@check("logs.vanished", of_logs, "regular before the onset, at least 10 expected after it and none came: ours")
def vanished(facts: LogFacts, look: Look) -> Finding | None:
    """Look for lines that came all the time and stopped: a job, a heartbeat, a consumer."""
    found = compared(facts, look)
    if found is None:
        return None
    if not found.vanished:
        return Finding(verdict="ok", observed="nothing that is regular fell silent", expected="no silence")
    first = found.vanished[0]
    return Finding(
        verdict="warn",
        observed=f"{first.template.called}: {first.before} times before, then never",
        expected=f"about {first.expected:.0f} times",
        why="what stopped writing may have stopped running",
        evidence=tuple(line_of(one) for one in found.vanished[:SHOWN]),
        reproduce=facts.reproduce,
        supports=(weigh("application_down", 0.5, because=f"{first.template.called} stopped"),),
    )


@check("logs.first_error", of_logs, "the order of first new errors between services: ours")
def first_error(facts: LogFacts, look: Look) -> Finding | None:
    """Tell which service failed first: in a cascade the others follow."""
    found = compared(facts, look)
    if found is None:
        return None
    if not found.first_errors:
        return Finding(verdict="ok", observed="no service writes new errors", expected="no new error anywhere")
    first, *others = found.first_errors
    evidence = tuple(f"{one.at:%H:%M:%S} {one.template.called}" for one in found.first_errors[:SHOWN])
    if not others:
        observed = f"only {first.service} writes new errors, since {first.at:%H:%M:%S} UTC"
        expected = "no new error anywhere"
        return Finding(
            verdict="warn", observed=observed, expected=expected, evidence=evidence, reproduce=facts.reproduce
        )
    lead_s = (others[0].at - first.at).total_seconds()
    elsewhere = bool(facts.service) and first.service != facts.service
    said = f"{first.service} failed first, {lead_s:.0f} s before {others[0].service}"
    return Finding(
        verdict="warn",
        observed=said,
        expected="no new error anywhere",
        why="in a cascade the cause is where errors came first",
        evidence=evidence,
        reproduce=facts.reproduce,
        supports=(weigh("dependency_outage", 1.0, "correlation", said),) if elsewhere else (),
    )


@check("logs.level_mix", of_logs, "1.5 times the share of errors and 5 standard deviations: ours")
def level_mix(facts: LogFacts, look: Look) -> Finding | None:
    """Compare the share of error lines with the period before."""
    found = compared(facts, look)
    if found is None or facts.lines < _ENOUGH_LINES:
        return None
    if found.mix is None:
        return Finding(verdict="ok", observed="errors are as large a share as before", expected="the same share")
    observed = f"{found.mix.after:.1%} of lines are errors, before {found.mix.before:.1%}"
    return Finding(verdict="warn", observed=observed, expected="the share before", reproduce=facts.reproduce)


@check("logs.volume", of_logs, "2 and 5 times the lines before, or half of them: ours")
def volume(facts: LogFacts, look: Look) -> Finding | None:
    """Compare how much is written with the period before: a surge writes more, what stands still less."""
    found = compared(facts, look)
    if found is None or facts.lines < _ENOUGH_LINES:
        return None
    ratio = found.volume_ratio
    observed = f"{ratio:.1f} times as many lines as before"
    if ratio >= _VOLUME[0]:
        verdict = "critical" if ratio >= _VOLUME[1] else "warn"
        surge = not any(one.template.trouble for one in (*found.new, *found.jumped))
        supports = (weigh("traffic_spike", 0.8, because=f"{observed}, without new errors"),) if surge else ()
        return Finding(verdict=verdict, observed=observed, expected="under twice", supports=supports)  # type: ignore[arg-type]  # one of two literals
    quiet = ratio <= 1 / _VOLUME[0]
    return Finding(verdict="warn" if quiet else "ok", observed=observed, expected="between half and twice")


@check("logs.drift", of_logs, "medians of first and last fifth 4 spreads (MAD) and a quarter apart: ours")
def drift(facts: LogFacts, _look: Look) -> Finding | None:
    """Look for figures in lines whose usual value moved: durations, sizes, rates, a changed setting."""
    if not facts.templates:
        return None
    if not facts.drifts:
        return Finding(verdict="ok", observed="no figure in the lines moved", expected="steady figures")
    first = facts.drifts[0]
    return Finding(
        verdict="warn",
        observed=f"{first.field} went from {first.first:g} to {first.last:g} in {first.template}",
        expected="steady figures",
        why="a figure that moved is what changed, or the first to feel it",
        evidence=tuple(
            f"{one.service + ': ' if one.service else ''}{one.field} {one.first:g} to {one.last:g}: {one.template}"
            for one in facts.drifts[:SHOWN]
        ),
        reproduce=facts.reproduce,
    )


def _of_release(look: Look, fresh: Iterable[Shift]) -> tuple[Weight, ...]:
    """Hold new errors for a release shortly before them: they came after it, and never before."""
    one = next(iter(fresh), None)
    suspect = next(iter(suspects(look)), None)
    if one is None or suspect is None or suspect.against or one.template.first_at < suspect.deploy.at:
        return ()
    because = f"first written after {suspect.deploy.service} {suspect.deploy.version} went out: {one.template.called}"
    return (weigh("bad_deploy", 1.2, because=because),)


def _touched(look: Look, fresh: Iterable[Shift]) -> tuple[Weight, ...]:
    """Hold a trace for a release that changed the very file its first frame is in."""
    for one in fresh:
        path = one.template.logger.partition(":")[0]
        name = path.rpartition("/")[2]
        for suspect in suspects(look):
            touched = name and any(name in change for change in suspect.deploy.changes)
            if touched and not suspect.against and one.template.first_at >= suspect.deploy.at:
                version = suspect.deploy.version
                return (weigh("bad_deploy", 2.0, because=f"{one.template.text} in {path}, which {version} changed"),)
    return ()
