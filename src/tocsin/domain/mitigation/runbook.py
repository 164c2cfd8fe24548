"""What a runbook is and which ones fit: data that people read and follow, and nothing in it that runs by itself (R-RUN)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

import msgspec

StepKind = Literal["look", "do", "ask", "verify"]
Mark = Literal["open", "begun", "done", "failed", "skipped"]
Verdict = Literal["confirmed", "likely", "possible", "refuted", "unprovable"]

# What a match is worth. Evidence comes before names, and names before words; our own figures.
_CAUSE: Mapping[str, float] = {"confirmed": 8.0, "likely": 4.0, "possible": 1.0}
_ALERT, _LABELS, _SYMPTOM = 3.0, 2.0, 1.0
_MOST_SYMPTOMS = 2
_BEHIND = 0.5  # a runbook written first of all for a cause comes before one that also covers it


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """What a runbook is for: causes by their key, the main one first; alerts by name; labels of one alert; phrases.

    An alert's name may end in `*`. All `labels` must be those of one alert. `symptoms` are looked for in what people wrote.
    """

    causes: tuple[str, ...] = ()
    alerts: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    symptoms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step; `kind` says who acts and how.

    `look` runs the diagnosis and reads its `checks`; `do` draws up a plan for the `action`, which people approve as any
    other; `ask` is a person's decision; `verify` judges the pack's gates that measure `gates`. `command` is shown to be
    copied and never run by us. `expect` is what is seen when all is well, `otherwise` what to do when it is not.
    """

    key: str
    text: str
    kind: StepKind
    checks: tuple[str, ...] = ()
    action: str = ""
    params: Mapping[str, str] = field(default_factory=dict)
    gates: tuple[str, ...] = ()
    command: str = ""
    expect: str = ""
    otherwise: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Runbook:
    """A runbook. `severity` is a hint for people, in the words of no pack; `source` says where its figures come from."""

    key: str
    title: str
    summary: str = ""
    when: When = field(default_factory=When)
    severity: str = ""
    steps: tuple[Step, ...] = ()
    source: str = ""
    owner: str = ""

    def step(self, key: str) -> Step | None:
        """Return the step with that key, or with that number, counted from 1."""
        numbered = {str(number): step for number, step in enumerate(self.steps, start=1)}
        return next((s for s in self.steps if s.key == key), None) or numbered.get(key)


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspect:
    """A cause as the diagnosis ranked it."""

    key: str
    title: str
    state: Verdict
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """An alert of the incident."""

    name: str
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """What is known of an incident, as far as the choice of a runbook goes. `words` is what people wrote about it."""

    suspects: tuple[Suspect, ...] = ()
    alarms: tuple[Alarm, ...] = ()
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A runbook that fits, how well, and why."""

    runbook: Runbook
    score: float
    reasons: tuple[str, ...]


def matching(runbooks: Iterable[Runbook], trouble: Trouble) -> tuple[Match, ...]:
    """Return the runbooks that fit, the best first; equal ones by key, so that the order is always the same."""
    found = []
    for runbook in runbooks:
        points = [
            *_by_cause(runbook.when, trouble),
            *_by_alarm(runbook.when, trouble),
            *_by_words(runbook.when, trouble),
        ]
        if points:
            reasons = tuple(dict.fromkeys(reason for _, reason in points))
            found.append(Match(runbook=runbook, score=round(sum(p for p, _ in points), 3), reasons=reasons))
    return tuple(sorted(found, key=lambda m: (-m.score, m.runbook.key)))


def best_for_cause(runbooks: Iterable[Runbook], suspects: Iterable[Suspect]) -> tuple[Runbook, Suspect] | None:
    """Return the runbook for the leading cause with that cause; None while nothing supports any, or none is written.

    The leading cause is the first that the diagnosis calls confirmed or likely.
    """
    leading = next((s for s in suspects if s.state in {"confirmed", "likely"}), None)
    if leading is None:
        return None
    fitting = matching(runbooks, Trouble(suspects=(leading,)))
    return (fitting[0].runbook, leading) if fitting else None


def to_json(runbook: Runbook) -> bytes:
    """Return `runbook` as JSON; the same runbook always gives the same bytes."""
    return msgspec.json.encode(runbook, order="deterministic")


def from_json(data: bytes | str) -> Runbook:
    """Return the runbook that `to_json` wrote.

    Raises:
        msgspec.DecodeError: the data is not a runbook.
    """
    return msgspec.json.decode(data, type=Runbook)


def _by_cause(when: When, trouble: Trouble) -> Iterator[tuple[float, str]]:
    """Yield the strongest cause only: two causes of one fault are not twice the reason."""
    found = [
        (_CAUSE[s.state] + s.score - _BEHIND * when.causes.index(s.key), f"cause {s.key}: {s.state} ({s.score:.0%})")
        for s in trouble.suspects
        if s.key in when.causes and s.state in _CAUSE
    ]
    if found:
        yield max(found)


def _by_alarm(when: When, trouble: Trouble) -> Iterator[tuple[float, str]]:
    named = next((a for a in trouble.alarms if any(_named(a.name, pattern) for pattern in when.alerts)), None)
    if named is not None:
        yield _ALERT, f"alert {named.name}"
    wanted = when.labels.items()
    labelled = next((a for a in trouble.alarms if wanted and wanted <= a.labels.items()), None)
    if labelled is not None:
        yield _LABELS, f"alert {labelled.name} with " + ", ".join(f"{k}={v}" for k, v in sorted(wanted))


def _named(name: str, pattern: str) -> bool:
    if pattern.endswith("*"):
        return name.casefold().startswith(pattern[:-1].casefold())
    return name.casefold() == pattern.casefold()


def _by_words(when: When, trouble: Trouble) -> Iterator[tuple[float, str]]:
    text = "\n".join(trouble.words).casefold()
    for phrase in [p for p in when.symptoms if _written(p.casefold(), text)][:_MOST_SYMPTOMS]:
        yield _SYMPTOM, f"it is written: {phrase}"


def _written(phrase: str, text: str) -> bool:
    """Return whether a phrase begins a word somewhere in the text; a number is not part of a longer one."""
    at = text.find(phrase)
    while at >= 0:
        before, after = text[at - 1 : at], text[at + len(phrase) :][:1]
        if not before.isalnum() and not (phrase[-1:].isdigit() and after.isdigit()):
            return True
        at = text.find(phrase, at + 1)
    return False
