"""Who can post, one source a kind; and how they are told what became of it."""

from __future__ import annotations

from tocsin.adapters.channels.alertmanager import Silences
from tocsin.adapters.channels.opsgenie import AlertAPI
from tocsin.adapters.channels.pagerduty import EventsAPI
from tocsin.adapters.sources.alertmanager import Alertmanager
from tocsin.adapters.sources.alertmanager_v2 import AlertmanagerV2
from tocsin.adapters.sources.datadog import Datadog
from tocsin.adapters.sources.deploys import Deploys
from tocsin.adapters.sources.email import Email
from tocsin.adapters.sources.generic import Generic
from tocsin.adapters.sources.github import GitHub
from tocsin.adapters.sources.grafana import Grafana
from tocsin.adapters.sources.heartbeat import Heartbeat
from tocsin.adapters.sources.mapped import Mapped
from tocsin.adapters.sources.opsgenie import Opsgenie
from tocsin.adapters.sources.pagerduty import PagerDuty
from tocsin.adapters.sources.sentry import Sentry
from tocsin.adapters.sources.sns import SNS
from tocsin.adapters.sources.sns.verification import Web
from tocsin.adapters.sources.uptime_kuma import UptimeKuma
from tocsin.flows.ports import Channel, Clock, Source
from tocsin.net.http import Http


def sources(web: Web) -> dict[str, Source]:
    """Return what reads posts, by kind; `web` is the guarded client, for what a signature needs."""
    every: tuple[Source, ...] = (
        Alertmanager(),
        AlertmanagerV2(),
        Datadog(),
        Deploys(),
        Email(),
        Generic(),
        GitHub(),
        Grafana(),
        Heartbeat(),
        Mapped(),
        Opsgenie(),
        PagerDuty(),
        Sentry(),
        SNS(web),
        UptimeKuma(),
    )
    return {source.kind: source for source in every}


WAYS_BACK = frozenset({EventsAPI.kind, AlertAPI.kind, Alertmanager.kind, AlertmanagerV2.kind})


def ways_back(http: Http, clock: Clock) -> dict[str, Channel]:
    """Return what tells a sender what became of its alerts, by the kind of its integration."""
    silences = Silences(http, clock)
    return {
        EventsAPI.kind: EventsAPI(http),
        AlertAPI.kind: AlertAPI(http),
        Alertmanager.kind: silences,
        AlertmanagerV2.kind: silences,
    }
