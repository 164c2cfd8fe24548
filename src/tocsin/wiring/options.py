"""What only the adapters can say of a configuration: whether their options hold."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial

import msgspec

from tocsin.adapters.actions.command import RollBack
from tocsin.adapters.actions.postgres import TerminateIdleInTransaction
from tocsin.adapters.channels import apprise, console, email, ntfy, sms, voice, way_back, webhook
from tocsin.adapters.channels.apprise import Apprise
from tocsin.adapters.channels.console import Console
from tocsin.adapters.channels.email import Email
from tocsin.adapters.channels.ntfy import Ntfy
from tocsin.adapters.channels.sms import SMS
from tocsin.adapters.channels.voice import Voice
from tocsin.adapters.channels.webhook import Webhook
from tocsin.adapters.monitors import http as http_monitor
from tocsin.adapters.monitors import metrics as metrics_monitor
from tocsin.adapters.monitors.http import HttpMonitor
from tocsin.adapters.monitors.metrics import MetricsMonitor
from tocsin.adapters.options import read_options
from tocsin.adapters.probes import deploys as deploys_probe
from tocsin.adapters.probes import dns as dns_probe
from tocsin.adapters.probes import docker as docker_probe
from tocsin.adapters.probes import git as git_probe
from tocsin.adapters.probes import host as host_probe
from tocsin.adapters.probes import http as http_probe
from tocsin.adapters.probes import kubernetes as kubernetes_probe
from tocsin.adapters.probes import logs as logs_probe
from tocsin.adapters.probes import pgbouncer as pgbouncer_probe
from tocsin.adapters.probes import postgres as postgres_probe
from tocsin.adapters.probes import prometheus as prometheus_probe
from tocsin.adapters.probes import prometheus_text as metrics_probe
from tocsin.adapters.probes import redis as redis_probe
from tocsin.adapters.probes import statuspage as statuspage_probe
from tocsin.adapters.probes import tls as tls_probe
from tocsin.adapters.sources import alertmanager_v2, github, grafana, heartbeat, mapped, opsgenie, sentry, sns
from tocsin.adapters.sources import email as email_source
from tocsin.adapters.sources.alertmanager import Alertmanager
from tocsin.adapters.sources.alertmanager_v2 import AlertmanagerV2
from tocsin.adapters.sources.datadog import Datadog
from tocsin.adapters.sources.deploys import Deploys
from tocsin.adapters.sources.email import Email as EmailSource
from tocsin.adapters.sources.generic import Generic
from tocsin.adapters.sources.github import GitHub
from tocsin.adapters.sources.grafana import Grafana
from tocsin.adapters.sources.heartbeat import Heartbeat
from tocsin.adapters.sources.mapped import Mapped
from tocsin.adapters.sources.opsgenie import Opsgenie
from tocsin.adapters.sources.pagerduty import PagerDuty
from tocsin.adapters.sources.post import NoOptions
from tocsin.adapters.sources.sentry import Sentry
from tocsin.adapters.sources.sns import SNS
from tocsin.adapters.sources.uptime_kuma import UptimeKuma
from tocsin.config.catalogue import Complaint
from tocsin.domain.catalogue import Catalogue, Integration
from tocsin.domain.errors import InvalidError
from tocsin.flows.circuits import carrier
from tocsin.flows.detection import judge_rules
from tocsin.wiring.sources import WAYS_BACK


def judge_options(catalogue: Catalogue) -> Iterator[Complaint]:
    """Say what is wrong with adapters' options: the part of a configuration that only the adapters can read."""
    for part, kinds in (("channels", CHANNEL_OPTIONS), ("monitors", MONITOR_OPTIONS)):
        for one in getattr(catalogue, part):
            options = {name: value for name, value in one.options.items() if name != "rules"}
            yield from _judged((part, one.key), one.kind, options, kinds)
    for monitor in catalogue.monitors:
        for wrong in judge_rules(monitor):
            where = ("monitors", monitor.key, "options", *_steps(wrong.field))
            yield Complaint(where=where, message=str(wrong), mend=wrong.mend)
    for route in catalogue.channels:
        if route.kind == Email.kind and not route.to and set(route.audiences) - {"people"}:
            mend = "List the addresses: `to: [everyone@example.com]`."
            yield Complaint(where=("channels", route.key), message="mail to an audience needs addresses", mend=mend)
    yield from _contacts(catalogue)
    for service in catalogue.services:
        for probe in service.probes:
            yield from _judged(("services", service.key, "probes", probe.key), probe.kind, probe.options, PROBE_OPTIONS)
        for action in service.actions:
            where = ("services", service.key, "actions", action.key)
            yield from _judged(where, action.kind, action.options, ACTION_OPTIONS)
    yield from _judged_runbooks(catalogue)
    for integration in catalogue.integrations:
        yield from _way_back(integration)
        if integration.kind in SOURCE_KINDS:
            yield from _judged(("integrations", integration.key), integration.kind, integration.options, SOURCE_OPTIONS)
        else:
            mend = f"Known: {', '.join(sorted(SOURCE_KINDS))}."
            at = ("integrations", integration.key, "kind")
            yield Complaint(where=at, message=f"no source is called {integration.kind!r}", mend=mend)


def _contacts(catalogue: Catalogue) -> Iterator[Complaint]:
    """Say which contacts nothing could ever reach: of a kind that is none, or that needs a channel which is not there."""
    for person in catalogue.people:
        for contact in person.contacts:
            where = ("people", person.key, "contacts", contact.key)
            validate = CHANNEL_OPTIONS.get(contact.kind)
            if validate is None:
                mend = f"Known: {', '.join(CHANNEL_OPTIONS)}."
                yield Complaint(where=(*where, "kind"), message=f"no channel is called {contact.kind!r}", mend=mend)
            elif carrier(catalogue, contact.kind, contact.channel) is None and not _holds(validate):
                message = f"there is no channel that carries {contact.kind} to people"
                mend = f"Add one under `channels`, with `kind: {contact.kind}` and `people` among its audiences."
                yield Complaint(where=where, message=message, mend=mend)


def _holds(validate: Validate) -> bool:
    """Return whether a channel works without any option."""
    try:
        validate({})
    except InvalidError:
        return False
    return True


def _steps(field: str) -> Iterator[str | int]:
    """Yield the steps of a path such as `rules[0].metric`."""
    for part in field.replace("[", ".").replace("]", "").split("."):
        yield int(part) if part.isdecimal() else part


def _way_back(integration: Integration) -> Iterator[Complaint]:
    to = integration.write_back
    if to is None:
        return
    at = ("integrations", integration.key, "write_back")
    if integration.kind not in WAYS_BACK:
        mend = f"Leave it out. Known: {', '.join(sorted(WAYS_BACK))}."
        yield Complaint(where=at, message=f"senders of kind {integration.kind!r} cannot be told anything", mend=mend)
        return
    try:
        way_back.validate_options({"url": to.url, "key": to.key})
    except InvalidError as error:
        yield Complaint(where=(*at, error.field), message=str(error), mend=error.mend)


Validate = Callable[[Mapping[str, object]], object]
SOURCE_OPTIONS: dict[str, Validate] = {
    AlertmanagerV2.kind: alertmanager_v2.validate_options,
    EmailSource.kind: email_source.validate_options,
    GitHub.kind: github.validate_options,
    Grafana.kind: grafana.validate_options,
    Heartbeat.kind: heartbeat.validate_options,
    Mapped.kind: mapped.validate_options,
    Opsgenie.kind: opsgenie.validate_options,
    Sentry.kind: sentry.validate_options,
    SNS.kind: sns.validate_options,
    **{
        source.kind: partial(read_options, source.kind, shape=NoOptions)
        for source in (Alertmanager, Datadog, Deploys, Generic, PagerDuty, UptimeKuma)
    },
}
SOURCE_KINDS = frozenset(SOURCE_OPTIONS)
CHANNEL_OPTIONS: dict[str, Validate] = {
    Console.kind: console.validate_options,
    Email.kind: email.validate_options,
    Webhook.kind: webhook.validate_options,
    Ntfy.kind: ntfy.validate_options,
    SMS.kind: sms.validate_options,
    Voice.kind: voice.validate_options,
    Apprise.kind: apprise.validate_options,
}
MONITOR_OPTIONS: dict[str, Validate] = {
    HttpMonitor.kind: http_monitor.validate_options,
    MetricsMonitor.kind: metrics_monitor.validate_options,
}
PROBE_OPTIONS: dict[str, Validate] = {
    "http": http_probe.validate_options,
    "postgres": postgres_probe.validate_options,
    "pgbouncer": pgbouncer_probe.validate_options,
    "redis": redis_probe.validate_options,
    "host": host_probe.validate_options,
    "deploys": deploys_probe.validate_options,
    "metrics": metrics_probe.validate_options,
    "tls": tls_probe.validate_options,
    "dns": dns_probe.validate_options,
    "logs": logs_probe.validate_options,
    "docker": docker_probe.validate_options,
    "kubernetes": kubernetes_probe.validate_options,
    "prometheus": prometheus_probe.validate_options,
    "statuspage": statuspage_probe.validate_options,
    "git": git_probe.validate_options,
}
ACTION_OPTIONS: dict[str, Validate] = {
    TerminateIdleInTransaction.kind: partial(msgspec.convert, type=TerminateIdleInTransaction.options),
    RollBack.kind: partial(msgspec.convert, type=RollBack.options),
}


def _judged_runbooks(catalogue: Catalogue) -> Iterator[Complaint]:
    for runbook in catalogue.runbooks:
        for step in runbook.steps:
            if step.action and step.action not in ACTION_OPTIONS:
                where = ("runbooks", runbook.key, "steps", step.key, "action")
                mend = f"Known: {', '.join(ACTION_OPTIONS)}. For what a person does by hand, give a `command` instead."
                yield Complaint(where=where, message=f"no action is called {step.action!r}", mend=mend)


def _judged(
    where: tuple[str, ...], kind: str, options: Mapping[str, object], kinds: Mapping[str, Validate]
) -> Iterator[Complaint]:
    validate = kinds.get(kind)
    if validate is None:
        yield Complaint(
            where=(*where, "kind"), message=f"no adapter is called {kind!r}", mend=f"Known: {', '.join(kinds)}."
        )
        return
    try:
        validate(dict(options))
    except InvalidError as error:
        at = (*where, "options", error.field) if error.field in options else (*where, "options")
        yield Complaint(where=at, message=str(error), mend=error.mend)
    except msgspec.ValidationError as error:
        yield Complaint(where=(*where, "options"), message=str(error), mend="See docs/reference/configuration.md.")
