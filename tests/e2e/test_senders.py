"""Real senders and clients against a real server: a Prometheus, an Alertmanager, `amtool`, and PagerDuty's own client."""

from __future__ import annotations

import hashlib
import smtplib
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import httpx2
import pagerduty
import pytest
from bench.instance import Instance
from tests.support.senders import Amtool, alertmanager, prometheus
from tests.support.tls import tls_before, trust

from tocsin.drill.client import Client, wait_for
from tocsin.drill.servers.ports import free_port

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("senders")]

HOUR = timedelta(hours=1)
KINDS = {
    "prom": "alertmanager_v2",
    "tool": "alertmanager_v2",
    "hook": "alertmanager",
    "pd": "pagerduty",
    "client": "pagerduty",
    "genie": "opsgenie",
    "mail": "email",
}
SMTP_PORT = free_port()
CONFIGURATION = """
catch_all: ana
default_pack: platform
default_policy: default
people:
  ana: {{name: Ana, scopes: [admin], contacts: {{console: {{kind: console, address: ana, verified: true}}}}}}
teams:
  core: {{name: Core, pack: platform, policy: default, members: [ana]}}
policies:
  default: {{steps: [{{targets: ["person:ana"], wait: 5m}}]}}
services:
{services}
integrations:
{integrations}
"""
RULES = """
groups:
  - name: orders
    rules:
      - alert: TooManyErrors
        expr: vector(time()) < {until}
        labels: {{severity: critical, instance: a}}
        annotations: {{summary: 30 % of orders fail}}
"""
PROMETHEUS = """
global: {{evaluation_interval: 1s, scrape_interval: 1s}}
rule_files: [{rules}]
alerting:
  alertmanagers:
    - path_prefix: /v1/in/prom
      api_version: v2
      authorization: {{credentials: prom-key}}
      static_configs: [{{targets: ["{target}"]}}]
"""
ALERTMANAGER = """
route: {{receiver: tocsin, group_by: [alertname], group_wait: 0s, group_interval: 1s, repeat_interval: 1h}}
receivers:
  - name: tocsin
    webhook_configs:
      - url: {url}/v1/in/hook
        http_config: {{authorization: {{credentials: hook-key}}}}
    pagerduty_configs:
      - {{url: "{url}/v2/enqueue", routing_key: pd-key}}
    opsgenie_configs:
      - {{api_url: "{url}/", api_key: genie-key, update_alerts: true, message: "{{{{ len .Alerts.Firing }}}} disks full"}}
"""


def digest(key: str) -> str:
    return "sha256:" + hashlib.sha256(key.encode()).hexdigest()


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    """A Tocsin with one service and one integration for each sender; every key is the integration's name and `-key`."""
    services = "\n".join(f"  {name}: {{name: {name}, team: core}}" for name in KINDS)
    lines = [
        f'  {name}: {{kind: {kind}, service: {name}, keys: ["{digest(f"{name}-key")}"], silences: {str(name == "tool").lower()}}}'
        for name, kind in KINDS.items()
    ]
    text = CONFIGURATION.format(services=services, integrations="\n".join(lines))
    with Instance(tmp_path_factory.mktemp("senders") / "tocsin", text, admin="ana", smtp=SMTP_PORT) as running:
        yield running


@pytest.fixture
def api(instance: Instance) -> Iterator[Client]:
    with closing(Client(instance.context.url, instance.context.token)) as client:
        yield client


@pytest.fixture
def amtool(instance: Instance) -> Amtool:
    at = urlsplit(instance.context.url).netloc
    return Amtool(f"http://anybody:tool-key@{at}/v1/in/tool")


def alerts(api: Client, service: str) -> list[tuple[str, bool]]:
    """Return the names of the alerts of a service's incidents, and whether each fires."""
    found = [one for one in api.get("/v1/incidents")["items"] if one["services"] == [service]]
    seen: list[Any] = [alert for one in found for alert in api.get(f"/v1/incidents/{one['ref']}")["alerts"]]
    return [(alert["name"], alert["firing"]) for alert in seen]


def messages(instance: Instance, status: str) -> list[str]:
    """Return what the alerts of Opsgenie's API say."""
    headers = {"authorization": "GenieKey genie-key"}
    url = f"{instance.context.url}/v2/alerts"
    found = httpx2.get(url, params={"query": f"status:{status}"}, headers=headers, timeout=20).json()["data"]
    return [one["message"] for one in found]


def test_a_prometheus_lists_tocsin_among_its_alertmanagers(instance: Instance, api: Client, tmp_path: Path) -> None:
    rules = tmp_path / "rules.yml"
    rules.write_text(RULES.format(until=int(time.time()) + 15))
    target = urlsplit(instance.context.url).netloc

    with prometheus(tmp_path / "prometheus", PROMETHEUS.format(rules=rules, target=target)):
        wait_for("the alert", lambda: alerts(api, "prom") == [("TooManyErrors", True)], limit_s=60)
        wait_for("its end", lambda: alerts(api, "prom") == [("TooManyErrors", False)], limit_s=60)


def test_an_alertmanager_sends_by_webhook_as_to_pagerduty_and_as_to_opsgenie(
    instance: Instance, api: Client, tmp_path: Path
) -> None:
    with alertmanager(tmp_path / "alertmanager", ALERTMANAGER.format(url=instance.context.url)) as url:
        sender = Amtool(url)
        sender("alert", "add", "alertname=DiskFull", "severity=critical", "--annotation=summary=97 % of /var")
        for name in ("hook", "pd", "genie"):
            wait_for(f"the alert by {name}", lambda name=name: [f for _, f in alerts(api, name)] == [True], limit_s=60)
        wait_for("the alert's own words", lambda: "1 disks full" in messages(instance, "open"), limit_s=60)
        sender("alert", "add", "alertname=DiskFull", "severity=critical", "instance=b")
        wait_for("its new words", lambda: "2 disks full" in messages(instance, "open"), limit_s=60)
        over = datetime.now(tz=UTC).isoformat()
        for one in ([], ["instance=b"]):
            sender("alert", "add", "alertname=DiskFull", "severity=critical", *one, f"--end={over}")
        for name in ("hook", "pd", "genie"):
            wait_for(f"its end by {name}", lambda name=name: {f for _, f in alerts(api, name)} == {False}, limit_s=60)


def test_amtool_adds_and_finds_alerts(amtool: Amtool, api: Client) -> None:
    amtool("alert", "add", "alertname=Hot", "instance=a", "severity=warning", "--annotation=summary=too hot")
    assert ("Hot", True) in alerts(api, "tool")

    (found,) = amtool.json("alert", "query", "alertname=Hot", 'instance=~"a|b"')
    assert found["labels"] == {"alertname": "Hot", "instance": "a", "severity": "warning"}
    assert found["status"]["state"] == "active"
    assert amtool.json("alert", "query", "alertname=Cold") == []
    assert "too hot" in amtool("alert", "query", "Hot")


def test_amtool_makes_finds_edits_and_ends_silences(amtool: Amtool) -> None:
    amtool("alert", "add", "alertname=Loud")
    silence = amtool("silence", "add", "alertname=Loud", "--comment=known", "--duration=1h", "--author=ana").strip()

    (found,) = amtool.json("silence", "query", "alertname=Loud")
    assert (found["id"], found["comment"], found["status"]["state"]) == (silence, "known", "active")
    assert amtool.json("alert", "query", "alertname=Loud") == []
    (held,) = amtool.json("alert", "query", "--silenced", "alertname=Loud")
    assert held["status"]["silencedBy"] == [silence]

    amtool("silence", "update", "--duration=2h", silence)
    (edited,) = amtool.json("silence", "query", "alertname=Loud", "--created-by=ana")
    assert (edited["id"], edited["endsAt"] > found["endsAt"]) == (silence, True)
    amtool("silence", "expire", silence)
    assert amtool.json("silence", "query", "alertname=Loud") == []
    assert {one["id"] for one in amtool.json("silence", "query", "--expired", "--within=1h")} >= {silence}
    assert len(amtool.json("alert", "query", "alertname=Loud")) == 1

    others = amtool("silence", "add", "team!=core", "--no-require-comment", "--author=ana").strip()
    assert [one["id"] for one in amtool.json("silence", "query", "--created-by=ana")] == [others]
    amtool("silence", "expire", others)
    assert "404" in amtool("silence", "expire", str(UUID(int=0)), code=1)


def test_amtool_shows_the_server(amtool: Amtool) -> None:
    assert "disabled" in amtool("cluster", "show")
    assert "receiver" in amtool("config", "show")
    assert "default" in amtool("config", "routes", "show")


def test_amtool_with_a_wrong_key_is_refused(instance: Instance) -> None:
    at = urlsplit(instance.context.url).netloc
    assert "401" in Amtool(f"http://anybody:wrong@{at}/v1/in/tool")("alert", "query", code=1)


def test_a_mail_server_hands_over_a_mail(instance: Instance, api: Client) -> None:
    assert instance.answers()
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "nagios@example.com", "mail@tocsin.example.com", "PROBLEM: disk full"
    mail["X-Tocsin-Integration-Key"] = "mail-key"
    with smtplib.SMTP("127.0.0.1", SMTP_PORT, timeout=20) as client:
        client.send_message(mail)
    assert alerts(api, "mail") == [("disk full", True)]


def edits(url: str, key: str = "none") -> list[tuple[int, bool, str]]:
    """Return what becomes of silences that are edited in each way: the status, whether it stays the same one, and its state."""
    now = datetime.now(tz=UTC)
    said = {"createdBy": "ana", "comment": "x", "matchers": [{"name": "a", "value": "b", "isRegex": False}]}
    said |= {"startsAt": now.isoformat(), "endsAt": (now + HOUR).isoformat()}
    later, past = (now + HOUR / 2).isoformat(), (now - HOUR).isoformat()
    ways: list[tuple[dict[str, Any], dict[str, Any]]] = [
        ({}, {"endsAt": (now + 2 * HOUR).isoformat()}),
        ({}, {"comment": "y", "createdBy": "ben"}),
        ({}, {"startsAt": past}),
        ({}, {"endsAt": past}),
        ({}, {"matchers": []}),
        ({}, {"matchers": [{"name": "a", "value": "c", "isRegex": False}]}),
        ({"startsAt": later}, {"startsAt": (now + HOUR / 4).isoformat()}),
        ({"startsAt": later}, {"startsAt": past}),
        ({"startsAt": later}, {"endsAt": (now + HOUR / 4).isoformat()}),
        ({}, {"id": "nobody"}),
    ]
    found = []
    with httpx2.Client(base_url=f"{url}/api/v2", headers={"authorization": f"Bearer {key}"}, timeout=20) as api:
        for first, more in ways:
            made = api.post("silences", json={**said, **first}).json()["silenceID"]
            kept = api.get(f"silence/{made}").json()
            body = {"id": made, **{name: kept[name] for name in said}, **more}
            answer = api.post("silences", json=body)
            same = answer.is_success and answer.json()["silenceID"] == made
            found.append((answer.status_code, same, api.get(f"silence/{made}").json()["status"]["state"]))
            api.delete(f"silence/{made}")
            if answer.is_success:
                api.delete(f"silence/{answer.json()['silenceID']}")
    return found


def test_silences_are_edited_as_a_real_alertmanager_edits_them(instance: Instance, tmp_path: Path) -> None:
    with alertmanager(tmp_path / "alertmanager", SILENT) as there:
        assert edits(f"{instance.context.url}/v1/in/tool", "tool-key") == edits(there)


SILENT = """
route: {receiver: nobody}
receivers: [{name: nobody}]
"""


def test_acknowledging_silences_a_real_alertmanager_until_the_end(tmp_path: Path) -> None:
    with alertmanager(tmp_path / "alertmanager", SILENT) as url:
        there = Amtool(url)
        text = CONFIGURATION.format(
            services="  web: {name: Web, team: core}",
            integrations=f'  tool: {{kind: alertmanager_v2, service: web, keys: ["{digest("tool-key")}"], write_back: {{url: "{url}"}}}}',
        )
        with (
            Instance(tmp_path / "tocsin", text, admin="ana") as instance,
            closing(Client(instance.context.url, instance.context.token)) as api,
        ):
            here = Amtool(f"http://me:tool-key@127.0.0.1:{instance.port}/v1/in/tool")
            for one in (here, there):
                one("alert", "add", "alertname=Hot", "instance=a")
            ref = api.get("/v1/incidents")["items"][0]["ref"]
            api.post(f"/v1/incidents/{ref}/acknowledge")

            def held() -> list[Any]:
                found: list[Any] = there.json("alert", "query", "--silenced", "alertname=Hot")
                return [one for one in found if one["status"]["silencedBy"]]

            wait_for("the silence", held, limit_s=30)
            api.post(f"/v1/incidents/{ref}/decline", {"reason": "it was warm outside"})
            wait_for("its end", lambda: there.json("silence", "query", "alertname=Hot") == [], limit_s=30)


@pytest.fixture
def secured(instance: Instance) -> Iterator[str]:
    """The same server with TLS before it, without which PagerDuty's client goes nowhere."""
    with tls_before(instance.port) as url:
        yield url


def test_pagerdutys_own_client_triggers_acknowledges_and_resolves(secured: str, api: Client) -> None:
    with closing(pagerduty.EventsApiV2Client("client-key", base_url=secured, verify=trust())) as client:
        key = client.trigger("disk full on db1", "db1", severity="critical", custom_details={"team": "db"})
        assert key
        assert [firing for _, firing in alerts(api, "client")] == [True]
        assert client.trigger("disk full on db1", "db1", dedup_key=key) == key
        assert client.acknowledge(key) == key
        (seen,) = [one for one in api.get("/v1/incidents")["items"] if one["services"] == ["client"]]
        told = api.get(f"/v1/incidents/{seen['ref']}/timeline")["entries"]
        assert any("acknowledged" in line["text"].lower() for line in told)
        assert client.resolve(key) == key
        assert [firing for _, firing in alerts(api, "client")] == [False]
        client.send_change_event(payload={"summary": "deploy 7", "source": "ci"})


def test_pagerdutys_own_client_is_told_why_its_key_does_not_fit(secured: str) -> None:
    with (
        closing(pagerduty.EventsApiV2Client("wrong", base_url=f"{secured}/v1/in/client", verify=trust())) as client,
        pytest.raises(pagerduty.HttpError, match="400"),
    ):
        client.trigger("disk full", "db1")
