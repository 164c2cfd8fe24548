"""What a runbook must keep to beyond its types: names the code knows, steps that can be followed, a proof at the end."""

from __future__ import annotations

from collections import Counter
from typing import Final

from jinja2 import nodes
from jinja2.sandbox import SandboxedEnvironment

from tocsin.config.checker import Checker
from tocsin.config.problems import Problem, did_you_mean
from tocsin.config.template_check import Mistake, template_mistakes
from tocsin.config.tree import Tree, Where
from tocsin.domain.diagnosis.checks.catalogue import CHECKS
from tocsin.domain.diagnosis.hypotheses import HYPOTHESES
from tocsin.domain.mitigation.runbook import Runbook, Step
from tocsin.domain.policy.vocabulary import GATE_METRICS

FIELDS: Final[dict[str, tuple[str, ...]]] = {
    "service": ("key", "name", "team", "owner", "endpoints"),
    "incident": ("ref", "severity", "url"),
    "links": (),
}
_TEMPLATES: Final = ("text", "command", "expect", "otherwise")
# kind -> the fields of a step that belong to it alone
_OWN: Final = {"look": ("checks",), "do": ("action", "params"), "ask": (), "verify": ("gates",)}
_CAUSES: Final = frozenset(h.key for h in HYPOTHESES)
_CHECKS: Final = frozenset(check.id for check in CHECKS)
_KEY_SIGNS: Final = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-_")


def check_runbook(runbook: Runbook, tree: Tree | None = None) -> list[Problem]:
    """Return everything that is wrong with `runbook`; `tree` gives the file and line of each, where it came from a file."""
    c = Checker(tree, f"runbook {runbook.key}")
    _whole(c, runbook)
    _when(c, runbook)
    for step in runbook.steps:
        at: Where = ("steps", step.key)
        _kind(c, at, step)
        for i, check in enumerate(step.checks):
            c.word((*at, "checks", i), check, _CHECKS, "check")
        for i, gate in enumerate(step.gates):
            c.word((*at, "gates", i), gate, GATE_METRICS, "measure of a gate")
        _templates(c, at, step)
    return sorted(set(c.problems))


def _whole(c: Checker, runbook: Runbook) -> None:
    for key, where in ((runbook.key, ("key",)), *((s.key, ("steps", s.key)) for s in runbook.steps)):
        if key and (not set(key) <= _KEY_SIGNS or not key[0].isalnum()):
            c.say(
                where,
                f"{key!r} cannot be a key",
                "Use small letters, digits, `-` and `_`; begin with a letter or digit.",
            )
        if key.isdecimal():
            c.say(where, f"{key!r} cannot be a key", "A number alone means the step's place: begin with a letter.")
    for key, times in Counter(s.key for s in runbook.steps).items():
        if times > 1:
            c.say(("steps",), f"{key} is given {times} times", "Give each step a key of its own.")
    if not runbook.steps:
        c.say(("steps",), "the runbook has no steps", "Add at least a look and a verify.")
    elif runbook.steps[-1].kind != "verify":
        mend = "End with a step of kind `verify`: nobody is done before it is proven."
        c.say(("steps", runbook.steps[-1].key, "kind"), "the last step proves nothing", mend)


def _when(c: Checker, runbook: Runbook) -> None:
    when = runbook.when
    if not (when.causes or when.alerts or when.labels or when.symptoms):
        mend = "Give `when` causes, alerts, labels or symptoms; else it is never offered."
        c.say(("when",), "nothing says when the runbook fits", mend)
    for i, cause in enumerate(when.causes):
        c.word(("when", "causes", i), cause, _CAUSES, "cause that is diagnosed")
    for i, alert in enumerate(when.alerts):
        if "*" in alert[:-1] or alert == "*":
            c.say(("when", "alerts", i), f"{alert!r} cannot be matched", "One `*`, at the end of a name.")
    for i, phrase in enumerate(when.symptoms):
        if len(phrase.strip()) < len("oom"):
            c.say(("when", "symptoms", i), f"{phrase!r} is too short to mean anything", "Write a word or a phrase.")


def _kind(c: Checker, at: Where, step: Step) -> None:
    for kind, names in _OWN.items():
        for name in names:
            if kind != step.kind and getattr(step, name):
                c.say(
                    (*at, name), f"{name} means nothing in a step of kind {step.kind}", f"It belongs to `kind: {kind}`."
                )
    if step.kind == "look" and not (step.checks or step.command):
        c.say(at, "the step says nothing to look at", "Give `checks`, or a `command` to copy.")
    if step.kind == "do" and not (step.action or step.command):
        c.say(at, "the step says nothing to do", "Give an `action`, or a `command` for a person to run.")
    if step.kind == "verify" and not step.gates:
        c.say(at, "the step proves nothing", f"Give `gates`: {', '.join(sorted(GATE_METRICS))}.")
    if step.kind in {"do", "verify"} and not step.otherwise:
        c.say(at, "nobody is told what to do when it fails", "Add `otherwise:`.")


def _templates(c: Checker, at: Where, step: Step) -> None:
    for name in _TEMPLATES:
        source = str(getattr(step, name))
        broken = template_mistakes(source, known=FIELDS, kind="runbook")
        for mistake in broken or _parts(source):
            c.say((*at, name), mistake.message, mistake.mend, below=mistake.line)


def _parts(source: str) -> list[Mistake]:
    """Return the parts of the service and the incident that a template names and that there are not."""
    tree = SandboxedEnvironment(autoescape=False).parse(source)
    return [
        Mistake(
            line=node.lineno,
            message=f"{node.node.name} has no {node.attr!r}",
            mend=did_you_mean(node.attr, FIELDS[node.node.name]),
        )
        for node in tree.find_all(nodes.Getattr)
        if isinstance(node.node, nodes.Name) and FIELDS.get(node.node.name) and node.attr not in FIELDS[node.node.name]
    ]
