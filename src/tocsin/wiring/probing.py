"""What can look at the world. Whoever only asks for a look need not load it."""

from __future__ import annotations

from tocsin.adapters.probes import http as http_probe
from tocsin.adapters.probes.deploys import Deploys
from tocsin.adapters.probes.dns import Dns
from tocsin.adapters.probes.docker import Docker
from tocsin.adapters.probes.git import Git
from tocsin.adapters.probes.host import Host
from tocsin.adapters.probes.kubernetes import Kubernetes
from tocsin.adapters.probes.logs import Logs
from tocsin.adapters.probes.pgbouncer import Pgbouncer
from tocsin.adapters.probes.postgres import Postgres
from tocsin.adapters.probes.prometheus import Prometheus
from tocsin.adapters.probes.prometheus_text import Metrics
from tocsin.adapters.probes.redis import Redis
from tocsin.adapters.probes.statuspage import Statuspage
from tocsin.adapters.probes.tls import Tls
from tocsin.flows.diagnosis import Probe
from tocsin.net.http import Http
from tocsin.wiring.app import now


def probes() -> dict[str, Probe]:
    """Return what can look at the world, by kind."""
    found: tuple[Probe, ...] = (
        http_probe.Http(now),
        Postgres(now),
        Pgbouncer(now),
        Redis(now),
        Host(now),
        Deploys(now),
        Metrics(now, Http()),
        Tls(now, Http()),
        Dns(now),
        Logs(now, Http()),
        Docker(now, Http()),
        Kubernetes(now, Http()),
        Prometheus(now, Http()),
        Statuspage(now, Http()),
        Git(now),
    )
    return {probe.kind: probe for probe in found}
