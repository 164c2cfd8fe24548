"""Writes the parts of the reference that follow from the code: `python -m docs.generate`, from the checkout.

A page marks such a part with `<!-- from the code: NAME -->` and `<!-- end -->`; `tests/docs` fails when it is stale.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, Final, get_type_hints

import re2
from docs.checks import rows as check_rows
from docs.meanings import KEYS, RUNBOOK_KEYS, SETTINGS
from docs.options import gauges, options
from docs.presets import presets
from docs.tables import table
from docs.values import default, said

from tocsin import settings
from tocsin.config.runbook_check import FIELDS
from tocsin.config.runbooks import shipped_runbooks
from tocsin.domain import catalogue, notification, schedules
from tocsin.domain.alerts import intervals
from tocsin.domain.comms.fields import FIELD_NAMES, PUBLIC_FIELDS, MessageFields
from tocsin.domain.diagnosis.hypotheses import HYPOTHESES
from tocsin.domain.diagnosis.hypothesis import FAMILIES
from tocsin.domain.incident.codec import TYPES, VERSIONS
from tocsin.domain.incident.phases import PHASE_TABLE, WORKING_STATUSES, Phase, Status
from tocsin.domain.mitigation.runbook import Runbook, Step, When

HERE: Final = Path(__file__).parent
_BLOCK: Final = re2.compile(r"(?s)(<!-- from the code: ([a-z-]+) -->\n).*?(<!-- end -->)")
HIDDEN: Final = {
    *(("Catalogue", name) for name in ("version", "pack_digests", "runbook_digests")),
    ("Schedule", "swaps"),  # asked for and agreed to by people, never written down
    ("EscalationStep", "beside"),  # what several policies make together
}


class StaleError(Exception):
    """The words in docs/meanings.py and the code do not name the same things."""


def phases() -> str:
    """Return what leads from each phase where."""
    rows = ((f"`{phase}`", f"`{verb}`", f"`{to}`") for (phase, verb), to in PHASE_TABLE.items())
    return table(("phase", "verb", "leads to"), rows)


def statuses() -> str:
    """Return the statuses in their usual order."""
    rows = ((f"`{s}`", "yes" if s in WORKING_STATUSES else "no, `resolve` sets it") for s in Status)
    return table(("status", "set by hand"), rows)


def phase_words() -> str:
    """Return the phases with the verbs each one allows."""
    rows = ((f"`{p}`", ", ".join(f"`{v}`" for (of, v) in PHASE_TABLE if of is p) or "nothing") for p in Phase)
    return table(("phase", "allows"), rows)


class _Asked(dict[str, str]):
    """An environment that remembers which variables were asked for."""

    def get(self, name: str, default: Any = None) -> Any:  # noqa: ANN401 (a dict's own signature)
        self[name] = ""
        return default


def asked_variables() -> list[str]:
    """Return every environment variable that `settings.read` looks at."""
    asked = _Asked()
    settings.read(asked)
    return sorted(asked)


def settings_table() -> str:
    """Return every setting, as `settings.read` asks for it."""
    asked = asked_variables()
    plain = {name for name in asked if f"{name.removesuffix('_FILE')}_FILE" != name}
    _same("SETTINGS", plain, SETTINGS)
    rows = []
    for name, (unset, meaning) in SETTINGS.items():
        file = f" or `{name}_FILE`" if f"{name}_FILE" in asked else ""
        rows.append((f"`{name}`{file}", unset, meaning))
    return table(("variable", "default", "meaning"), rows)


def configuration_keys() -> str:
    """Return a table for each class of tocsin.yaml."""
    return "\n\n".join(f"### {_titled(name)}\n\n{_keys(_class(name))}" for name in KEYS)


def _class(name: str) -> type:
    homes = (catalogue, notification, schedules, intervals)
    found: type = next(getattr(home, name) for home in homes if hasattr(home, name))
    return found


def _titled(name: str) -> str:
    return {
        "Catalogue": "The file itself",
        "ChannelRoute": "Channel",
        "ProbeTarget": "Probe target",
        "NotificationRules": "Notification rules",
    }.get(name, name)


def runbook_keys() -> str:
    """Return a table for each class of a runbook's file."""
    shapes = (Runbook, When, Step)
    named = {"Runbook": "The runbook", "When": "`when`", "Step": "A step"}
    return "\n\n".join(f"### {named[c.__name__]}\n\n{_keys(c, RUNBOOK_KEYS)}" for c in shapes)


def runbook_fields() -> str:
    """Return what a runbook's texts may name."""
    parts = {name: ", ".join(f"`{name}.{part}`" for part in of) or f"`{name}.NAME`" for name, of in FIELDS.items()}
    meant = {
        "service": "the incident's first service, as configured",
        "incident": "the incident",
        "links": "the service's `links`, by name",
    }
    return table(("field", "of"), ((fields, meant[name]) for name, fields in parts.items()))


def shipped() -> str:
    """Return the runbooks that ship."""
    rows = (
        (f"`{r.key}`", r.title, ", ".join(f"`{c}`" for c in r.when.causes) or "none", str(len(r.steps)), _actions(r))
        for r in shipped_runbooks()
    )
    return table(("runbook", "title", "causes", "steps", "plans"), rows)


def _actions(runbook: Runbook) -> str:
    return ", ".join(f"`{a}`" for a in dict.fromkeys(s.action for s in runbook.steps if s.action)) or "none"


def _keys(cls: type, meanings: Mapping[str, Mapping[str, str]] = KEYS) -> str:
    words = meanings[cls.__name__]
    shown = [f for f in fields(cls) if (cls.__name__, f.name) not in HIDDEN]
    _same(cls.__name__, {f.name.removesuffix("_") for f in shown}, words)
    hints = get_type_hints(cls)
    rows = ((f"`{n}`", said(hints[f.name]), default(f), words[n]) for f in shown if (n := f.name.removesuffix("_")))
    return table(("key", "value", "default", "meaning"), rows)


def _same(what: str, found: set[str], written: Mapping[str, object]) -> None:
    if found != set(written):
        raise StaleError(
            f"{what}: in the code only {sorted(found - set(written))}, in docs/meanings.py only {sorted(set(written) - found)}"
        )


def events() -> str:
    """Return every event's name, meaning and fields."""
    rows = []
    for name, body in TYPES.items():
        meaning = (body.__doc__ or "").split("\n\n", maxsplit=1)[0]
        rows.append(
            (f"`{name}`", str(VERSIONS[name]), meaning, ", ".join(f"`{f.name}`" for f in fields(body)) or "none")
        )
    return table(("event", "version", "meaning", "fields"), rows)


def template_fields() -> str:
    """Return every field a template may name."""
    blank = MessageFields()
    rows = ((f"`{n}`", getattr(blank, n) or "(empty)", "yes" if n in PUBLIC_FIELDS else "") for n in FIELD_NAMES)
    return table(("field", "until somebody says", "customers and public"), rows)


def hypotheses() -> str:
    """Return every cause that is tried."""
    questions = dict(FAMILIES)
    rows = (
        (f"`{h.key}`", questions[h.family], h.title, ", ".join(h.needs), h.decided_by, h.runbook) for h in HYPOTHESES
    )
    return table(("cause", "question", "title", "needs", "decided by", "runbook"), rows)


def checks() -> str:
    """Return every check, with the causes it speaks for and against."""
    return table(("check", "what", "thresholds and their source", "speaks for", "speaks against"), check_rows())


BLOCKS: Final[Mapping[str, Callable[[], str]]] = {
    "phases": phases,
    "phase-words": phase_words,
    "statuses": statuses,
    "settings": settings_table,
    "configuration-keys": configuration_keys,
    "channel-options": lambda: options("channel-options"),
    "monitor-options": lambda: options("monitor-options"),
    "probe-options": lambda: options("probe-options"),
    "action-options": lambda: options("action-options"),
    "gauges": gauges,
    "presets": presets,
    "events": events,
    "template-fields": template_fields,
    "hypotheses": hypotheses,
    "checks": checks,
    "runbook-keys": runbook_keys,
    "runbook-fields": runbook_fields,
    "shipped-runbooks": shipped,
}


def refreshed(page: str) -> str:
    """Return a page with its marked parts written anew.

    Raises:
        KeyError: a mark names nothing that can be written.
    """
    return str(_BLOCK.sub(lambda found: f"{found.group(1)}{BLOCKS[found.group(2)]()}\n{found.group(3)}", page))


def named_blocks(page: str) -> list[str]:
    """Return the names of a page's marked parts."""
    return [found.group(2) for found in _BLOCK.finditer(page)]


def main() -> int:
    """Write every stale page, and say which."""
    for path in sorted(HERE.rglob("*.md")):
        before = path.read_text(encoding="utf-8")
        after = refreshed(before)
        if after != before:
            path.write_text(after, encoding="utf-8")
            sys.stdout.write(f"{path.relative_to(HERE.parent)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
