"""Writes the parts of the reference that follow from the code: `python -m docs.generate`, from the checkout.

A page marks such a part with `<!-- from the code: NAME -->` and `<!-- end -->`; `tests/docs` fails when it is stale.
"""  # noqa: INP001 (docs is no package)

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import timedelta
from pathlib import Path
from types import UnionType
from typing import Any, Final, Literal, Union, get_args, get_origin, get_type_hints

import msgspec
import re2
from docs.checks import rows as check_rows
from docs.meanings import KEYS, RUNBOOK_KEYS, SETTINGS

from tocsin import settings
from tocsin.adapters.actions.command import RollbackOptions
from tocsin.adapters.actions.postgres import TerminateOptions
from tocsin.adapters.channels.apprise import AppriseOptions
from tocsin.adapters.channels.console import ConsoleOptions
from tocsin.adapters.channels.email.submission import EmailOptions
from tocsin.adapters.channels.ntfy import NtfyOptions
from tocsin.adapters.channels.twilio import TwilioOptions
from tocsin.adapters.channels.webhook import WebhookOptions
from tocsin.adapters.monitors.http import HttpMonitorOptions
from tocsin.adapters.monitors.metrics import DEFAULT_GAUGES, MetricsMonitorOptions
from tocsin.adapters.probes.deploys import DeploysOptions
from tocsin.adapters.probes.dns import DnsOptions
from tocsin.adapters.probes.docker import DockerOptions
from tocsin.adapters.probes.git import GitOptions
from tocsin.adapters.probes.host import HostOptions
from tocsin.adapters.probes.http import HttpOptions
from tocsin.adapters.probes.kubernetes.options import KubernetesOptions
from tocsin.adapters.probes.logs.options import LogsOptions
from tocsin.adapters.probes.pgbouncer import PgbouncerOptions
from tocsin.adapters.probes.postgres import PostgresOptions
from tocsin.adapters.probes.prometheus.options import PrometheusOptions
from tocsin.adapters.probes.prometheus_text import MetricsOptions
from tocsin.adapters.probes.redis import RedisOptions
from tocsin.adapters.probes.statuspage import StatuspageOptions
from tocsin.adapters.probes.tls import TlsOptions
from tocsin.config.packs import list_packs, load_pack
from tocsin.config.routing_rules import ROUTING_LINES
from tocsin.config.runbook_check import FIELDS
from tocsin.config.runbooks import shipped_runbooks
from tocsin.domain import catalogue, notification, schedules
from tocsin.domain.alerts import intervals
from tocsin.domain.alerts.routing import Route
from tocsin.domain.comms.fields import FIELD_NAMES, PUBLIC_FIELDS, MessageFields
from tocsin.domain.diagnosis.hypotheses import HYPOTHESES
from tocsin.domain.diagnosis.hypothesis import FAMILIES
from tocsin.domain.durations import say_duration
from tocsin.domain.incident.codec import TYPES, VERSIONS
from tocsin.domain.incident.phases import PHASE_TABLE, WORKING_STATUSES, Phase, Status
from tocsin.domain.mitigation.runbook import Runbook, Step, When
from tocsin.domain.policy.pack import Pack, ResponseTarget, Severity

HERE: Final = Path(__file__).parent
_BLOCK: Final = re2.compile(r"(?s)(<!-- from the code: ([a-z-]+) -->\n).*?(<!-- end -->)")
ADAPTERS: Final[Mapping[str, tuple[tuple[str, type], ...]]] = {
    "channel-options": (
        ("console", ConsoleOptions),
        ("email", EmailOptions),
        ("webhook", WebhookOptions),
        ("ntfy", NtfyOptions),
        ("sms and voice", TwilioOptions),
        ("apprise", AppriseOptions),
    ),
    "monitor-options": (("http", HttpMonitorOptions), ("metrics", MetricsMonitorOptions)),
    "probe-options": (
        ("http", HttpOptions),
        ("postgres", PostgresOptions),
        ("pgbouncer", PgbouncerOptions),
        ("redis", RedisOptions),
        ("metrics", MetricsOptions),
        ("deploys", DeploysOptions),
        ("host", HostOptions),
        ("tls", TlsOptions),
        ("dns", DnsOptions),
        ("logs", LogsOptions),
        ("docker", DockerOptions),
        ("kubernetes", KubernetesOptions),
        ("prometheus", PrometheusOptions),
        ("statuspage", StatuspageOptions),
        ("git", GitOptions),
    ),
    "action-options": (
        ("postgres.terminate_idle_in_transaction", TerminateOptions),
        ("service.rollback", RollbackOptions),
    ),
}


HIDDEN: Final = {
    *(("Catalogue", name) for name in ("version", "pack_digests", "runbook_digests")),
    ("Schedule", "swaps"),  # asked for and agreed to by people, never written down
    ("EscalationStep", "beside"),  # what several policies make together
}


class StaleError(Exception):
    """The words in docs/meanings.py and the code do not name the same things."""


def table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Return a Markdown table; a bar inside a cell is escaped."""
    lines = [list(heads), *(list(row) for row in rows)]
    cells = [" | ".join(" ".join(cell.replace("|", "\\|").split()) for cell in line) for line in lines]
    cells.insert(1, " | ".join("---" for _ in lines[0]))
    return "\n".join(f"| {line} |" for line in cells)


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
    for name, (default, meaning) in SETTINGS.items():
        file = f" or `{name}_FILE`" if f"{name}_FILE" in asked else ""
        rows.append((f"`{name}`{file}", default, meaning))
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


def said(hint: object) -> str:
    """Return a type as people read it."""
    origin, args = get_origin(hint), get_args(hint)
    if origin is Literal:
        return " or ".join(f"`{a}`" for a in args)
    if origin in {Union, UnionType}:
        return " or ".join(said(a) for a in args if a is not type(None))
    if hint == tuple[Pack, ...]:
        return "list of paths"
    if hint == tuple[Runbook, ...]:
        return "list of paths and runbooks"
    if origin is tuple and args[0] in ROUTING_LINES:
        return "list of text"
    if origin is tuple:
        keyed = is_dataclass(args[0]) and any(f.name == "key" and f.default is MISSING for f in fields(args[0]))
        return f"{said(args[0])}, by key" if keyed or args[0] is Route else f"list of {said(args[0])}"
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return "mapping"
    named = {
        "str": "text",
        "int": "whole number",
        "float": "number",
        "bool": "true or false",
        "timedelta": "duration",
        "datetime": "time",
        "time": "time of day",
    }
    name = getattr(hint, "__name__", str(hint))
    return named.get(name, name)


def _keyed(hint: object) -> bool:
    """Return whether items of a class are told apart by a key that each of them has."""
    return is_dataclass(hint) and any(f.name == "key" and f.default is MISSING for f in fields(hint))


def default(field: Field[Any]) -> str:
    """Return a field's default as it would be written in the file."""
    if field.default is MISSING and field.default_factory is MISSING:
        return "**required**"
    return written(field.default if field.default is not MISSING else None)


def written(value: object) -> str:
    """Return a value as it would be written in YAML; nothing for what is empty."""
    match value:
        case timedelta():
            return f"`{say_duration(value)}`"
        case bool():
            return f"`{str(value).lower()}`"
        case None | "" | () | {} | Route():
            return "none"
        case tuple() | list():
            return "`[" + ", ".join(str(v) for v in value) + "]`"
        case _:
            return f"`{value}`"


def options(name: str) -> str:
    """Return a table for each adapter of a kind, with its docstring."""
    return "\n\n".join(_option_table(kind, shape) for kind, shape in ADAPTERS[name])


def _option_table(kind: str, shape: type) -> str:
    hints = get_type_hints(shape)
    heading = f"#### `{kind}`\n\n{' '.join((shape.__doc__ or '').split())}\n\n"
    return heading + table(("option", "value", "default"), ((f"`{n}`", said(hints[n]), d) for n, d in _defaults(shape)))


def _defaults(shape: type) -> Iterator[tuple[str, str]]:
    if is_dataclass(shape):
        yield from ((f.name, default(f)) for f in fields(shape))
        return
    for f in msgspec.structs.fields(shape):
        needed = f.default is msgspec.NODEFAULT and f.default_factory is msgspec.NODEFAULT
        yield f.name, "**required**" if needed else written(f.default if f.default is not msgspec.NODEFAULT else None)


def gauges() -> str:
    """Return the gauges that a metrics monitor reads by default."""
    rows = (
        (f"`{n}`", f"`{g.metric}`", ", ".join(f"`{k}={v}`" for k, v in g.labels.items()) or "any")
        for n, g in DEFAULT_GAUGES.items()
    )
    return table(("gauge", "series", "labels"), rows)


def presets() -> str:
    """Return the presets' main figures: one table for each, and one that compares them."""
    packs = [load_pack(key) for key in list_packs()]
    return "\n\n".join([_compared(packs), *(_levels(pack) for pack in packs)])


def _compared(packs: list[Pack]) -> str:
    heads = (
        "preset",
        "incidents are called",
        "channel",
        "watch after a fix",
        "order",
        "review, counted from resolution",
    )
    rows = [
        (
            f"`{p.key}`",
            f"`{p.id_format or 'INC-{n}'}`",
            ", ".join(f"`{c}`" for c in p.channel_formats),
            span(p.verification.watch) + (f" to {span(p.verification.watch_max)}" if p.verification.watch_max else ""),
            p.verification.order.replace("_", " "),
            _review(p),
        )
        for p in packs
    ]
    return table(heads, rows)


def _review(pack: Pack) -> str:
    limits = pack.review_deadlines
    days = f"draft within {limits.draft_business_days} working days" if limits.draft_business_days else ""
    named = {
        "draft": limits.draft_within,
        "scheduled": limits.schedule_within,
        "held": limits.review_within,
        "published": limits.publish_within,
    }
    return ", ".join(filter(None, [days, *(f"{what} within {span(by)}" for what, by in named.items() if by)]))


def _levels(pack: Pack) -> str:
    heads = (
        "severity",
        "name",
        "first response",
        "update every",
        "pages",
        "commander within",
        "resolve within",
        "post-mortem",
    )
    return f"### `{pack.key}`: {pack.title}\n\n" + table(heads, (_level(one) for one in pack.severities))


def _level(level: Severity) -> tuple[str, ...]:
    cadence = level.cadence.kind.replace("_", " ") if level.cadence.every is None else span(level.cadence.every)
    return (
        f"`{level.key}`",
        level.name,
        "; ".join(_response(r) for r in level.responses) or "not stated",
        cadence,
        "yes" if level.pages else "no",
        span(level.commander_within),
        level.resolve_text or span(level.resolve_within),
        level.review.replace("_", " "),
    )


def _response(target: ResponseTarget) -> str:
    when = span(target.within) if target.within else target.text or ("at once" if target.within is not None else "")
    return f"{target.verb} {when}".strip()


def span(value: timedelta | None) -> str:
    """Return a duration as a pack writes it."""
    return "not stated" if value is None else say_duration(value)


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
