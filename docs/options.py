"""The options of every adapter for the reference, from their types."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Final, get_type_hints

import msgspec
from docs.tables import table
from docs.values import default, said, written

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
