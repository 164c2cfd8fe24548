"""What a pack must keep to beyond its types: words the code knows, levels without holes, templates that can be filled."""

from __future__ import annotations

import string
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import fields, is_dataclass
from datetime import timedelta
from typing import Final, get_args, get_type_hints

from tocsin.config.checker import Checker
from tocsin.config.problems import Problem
from tocsin.config.template_check import template_mistakes
from tocsin.config.tree import Tree, Where
from tocsin.domain.impact import Impact
from tocsin.domain.incident.phases import Status
from tocsin.domain.policy import vocabulary as words
from tocsin.domain.policy.pack import Condition, Pack, Severity

_FACT_TYPES: Final = get_type_hints(Impact)


def check_pack(pack: Pack, tree: Tree | None = None) -> list[Problem]:
    """Return everything that is wrong with `pack`; `tree` gives the file and line of each, where it came from a file."""
    checker = _Checker(pack, tree)
    for rule in _RULES:
        rule(checker)
    return sorted(set(checker.problems))


class _Checker(Checker):
    def __init__(self, pack: Pack, tree: Tree | None) -> None:
        super().__init__(tree, f"pack {pack.key}")
        self.pack = pack


def _levels(c: _Checker) -> None:
    ranks = sorted(level.rank for level in c.pack.severities)
    if not ranks:
        c.say(("severities",), "the pack has no severities", "Add at least one, or extend a preset.")
    elif ranks != list(range(1, len(ranks) + 1)):
        said = ", ".join(map(str, ranks))
        c.say(("severities",), f"ranks are {said}; they must count from 1 without holes", "1 is the most severe.")
    known = {level.key for level in c.pack.severities}
    if c.pack.default_severity:
        c.word(("default_severity",), c.pack.default_severity, known, "severity of this pack")
    for checklist in c.pack.checklists:
        for i, key in enumerate(checklist.severities):
            c.word(("checklists", checklist.key, "severities", i), key, known, "severity of this pack")


def _each_level(c: _Checker) -> None:
    for level in c.pack.severities:
        at: Where = ("severities", level.key)
        for criterion in level.criteria:
            for i, condition in enumerate(criterion.all):
                _condition(c, (*at, "criteria", criterion.key, "all", i), condition)
        for i, rule in enumerate(level.tell):
            c.word((*at, "tell", i, "to"), rule.to, words.AUDIENCES, "audience")
        _clocks_of(c, at, level)


def _clocks_of(c: _Checker, at: Where, level: Severity) -> None:
    clocked = level.cadence.kind in {"every", "daily"}
    if clocked and not level.cadence.every:
        c.say(
            (*at, "cadence"),
            f"a cadence of kind {level.cadence.kind} needs `every`",
            "Add `every: 15m`, or 24h for daily.",
        )
    if level.review == "if_recurring" and not level.review_recurring_within:
        c.say((*at, "review"), "a review on recurrence needs a span", "Add `review_recurring_within: 30d`.")


def _condition(c: _Checker, where: Where, condition: Condition) -> None:
    if condition.fact not in words.IMPACT_FACTS:
        c.word(where, condition.fact, words.IMPACT_FACTS, "fact of an impact")
        return
    hint = _FACT_TYPES[condition.fact]
    numeric = bool({int, float} & set(get_args(hint)))
    if numeric and (condition.op == "is" or isinstance(condition.value, bool | str)):
        c.say(where, f"{condition.fact} is a number", f"Compare it, such as `{condition.fact} > 5`.")
    elif not numeric and condition.op != "is":
        c.say(where, f"{condition.fact} cannot be compared by {condition.op}", f"Write `{condition.fact} is …`.")
    elif not numeric and (choices := _choices(hint)) and condition.value not in choices:
        said = ", ".join(str(x).lower() for x in choices)
        c.say(where, f"{condition.fact} is never {str(condition.value).lower()!r}", f"It can be: {said}.")


def _choices(hint: object) -> tuple[object, ...]:
    args = get_args(hint)
    return (True, False) if bool in args else tuple(args)


def _names(c: _Checker) -> None:
    if c.pack.id_format:
        _format(c, ("id_format",), c.pack.id_format, words.ID_PLACEHOLDERS)
        if not c.pack.id_format.endswith(("{n}", "{nnn}")):
            c.say(("id_format",), f"{c.pack.id_format!r} does not end with a number", "End it with {nnn} or {n}.")
    for name in ("channel_formats", "channel_aliases"):
        for i, text in enumerate(getattr(c.pack, name)):
            _format(c, (name, i), text, words.CHANNEL_PLACEHOLDERS)


def _format(c: _Checker, where: Where, text: str, known: Collection[str]) -> None:
    try:
        used = [name for _, name, _, _ in string.Formatter().parse(text) if name is not None]
    except ValueError as error:
        c.say(where, f"{text!r} is no format: {error}", "Write placeholders like {yyyy}.")
        return
    for name in used:
        c.word(where, name, known, "placeholder")


def _vocabulary(c: _Checker) -> None:
    pack = c.pack
    for status in pack.status_names:
        c.word(("status_names", status), status, [s.value for s in Status], "status")
    for gate in pack.verification.gates:
        c.word(("verification", "gates", gate.key, "metric"), gate.metric, words.GATE_METRICS, "gate metric")
    for rule in pack.detection_rules:
        c.word(("detection_rules", rule.key, "metric"), rule.metric, words.DETECTION_METRICS, "detection metric")
    for objective in pack.objectives:
        where = ("objectives", objective.key, "metric")
        c.word(where, objective.metric, words.OBJECTIVE_METRICS, "objective metric")
    for section in pack.sections:
        c.word(("sections", section.key, "source"), section.source, words.SECTION_SOURCES, "section source")
    for i, cause in enumerate(pack.cause_order):
        c.word(("cause_order", i), cause, words.CAUSE_KINDS, "kind of cause")
    for i, kind in enumerate(pack.containment_order):
        c.word(("containment_order", i), kind, words.CONTAINMENT_KINDS, "kind of containment")


def _approvals(c: _Checker) -> None:
    for risk, count in c.pack.approvals.items():
        c.word(("approvals", risk), risk, words.RISKS, "risk")
        if count < 0:
            c.say(("approvals", risk), f"{count} approvals cannot be given", "Give 0 or more.")


def _checklists(c: _Checker) -> None:
    roles = {role.key for role in c.pack.roles}
    for checklist in c.pack.checklists:
        for item in checklist.items:
            where = ("checklists", checklist.key, "items", item.key, "ticked_by")
            fact, _, detail = item.ticked_by.partition(":")
            if fact == "told":
                c.word(where, detail, words.AUDIENCES, "audience")
            elif fact == "role":
                c.word(where, detail, roles, "role of this pack")
            elif item.ticked_by:
                c.word(where, item.ticked_by, words.TICK_FACTS | {"told:…", "role:…"}, "fact that ticks an item")


def _spans(c: _Checker) -> None:
    for clock in c.pack.phase_clocks:
        if clock.ends <= clock.starts:
            c.say(("phase_clocks", clock.key, "ends"), "the phase ends before it starts", "Count both from detection.")
    watch, most = c.pack.verification.watch, c.pack.verification.watch_max
    if watch is not None and most is not None and most < watch:
        c.say(("verification", "watch_max"), "the longest watch is shorter than the watch")
    for where, span in _durations(c.pack, ()):
        if span < timedelta(0):
            c.say(where, "a duration cannot be negative")


def _durations(value: object, where: Where) -> Iterable[tuple[Where, timedelta]]:
    if isinstance(value, timedelta):
        yield where, value
    elif isinstance(value, tuple):
        for i, child in enumerate(value):
            yield from _durations(child, (*where, getattr(child, "key", i)))
    elif is_dataclass(value) and not isinstance(value, type):
        for f in fields(value):
            yield from _durations(getattr(value, f.name), (*where, f.name.removesuffix("_")))


def _templates(c: _Checker) -> None:
    for template in c.pack.templates:
        outside = template.audience in {"customers", "public"}
        for part in ("subject", "body"):
            for mistake in template_mistakes(getattr(template, part), outside=outside):
                c.say(("templates", template.key, part), mistake.message, mistake.mend, below=mistake.line)
        if not template.body.strip():
            c.say(("templates", template.key, "body"), "the message is empty", "Write it, or set the template to null.")
    pairs = Counter((t.moment, t.audience) for t in c.pack.templates)
    for (moment, audience), count in pairs.items():
        if count > 1:
            keys = [t.key for t in c.pack.templates if (t.moment, t.audience) == (moment, audience)]
            c.say(("templates", keys[-1]), f"{' and '.join(keys)} are both for {moment} to {audience}", "Keep one.")
    for pair in words.REQUIRED_TEMPLATES:
        if pair not in pairs:
            c.say(("templates",), f"no template for {pair[0]} to {pair[1]}", "Add one, or extend a preset.")


def _keys(c: _Checker) -> None:
    _twice(c, c.pack, ())


def _twice(c: _Checker, value: object, where: Where) -> None:
    """Say which keys are given twice, in every list of items that have keys."""
    if isinstance(value, tuple):
        counts = Counter(key for child in value if (key := getattr(child, "key", None)) is not None)
        for key, count in counts.items():
            if count > 1:
                c.say((*where, key), f"{key} is given {count} times", "Keep one of them.")
        for i, child in enumerate(value):
            _twice(c, child, (*where, getattr(child, "key", i)))
    elif is_dataclass(value) and not isinstance(value, type):
        for f in fields(value):
            _twice(c, getattr(value, f.name), (*where, f.name))


_RULES: Final[tuple[Callable[[_Checker], None], ...]] = (
    _levels,
    _each_level,
    _names,
    _vocabulary,
    _approvals,
    _checklists,
    _spans,
    _templates,
    _keys,
)
