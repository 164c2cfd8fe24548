"""A mail server that cannot be reached costs a second, not a page."""

from __future__ import annotations

import socket
from contextlib import closing
from pathlib import Path

import pytest
from bench.instance import Instance

from tocsin.drill.client import Client, wait_for
from tocsin.drill.servers.sink import WebhookSink

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("senders")]

CONFIGURATION = """
catch_all: ana
default_pack: platform
default_policy: default
people:
  ana:
    name: Ana
    email: ana@example.com
    scopes: [admin]
    contacts:
      mail: {{kind: email, address: ana@example.com, verified: true}}
      pager: {{kind: webhook, address: "{sink}/ana", verified: true}}
teams:
  core: {{name: Core, pack: platform, policy: default, members: [ana]}}
policies:
  default: {{steps: [{{targets: ["person:ana"], wait: 5m}}]}}
services:
  web: {{name: Web, team: core}}
channels:
  mail:
    kind: email
    audiences: [people, stakeholders]
    to: [all@example.com]
    options: {{host: 127.0.0.1, port: {port}, security: none, sender: tocsin@example.com}}
  people: {{kind: webhook, audiences: [people], options: {{trusted: true}}}}
"""


def closed_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def test_a_page_whose_mail_server_is_away_goes_by_the_next_method_and_the_mail_is_kept(
    tmp_path: Path, webhook_sink: WebhookSink
) -> None:
    text = CONFIGURATION.format(sink=webhook_sink.url, port=closed_port())
    with (
        Instance(tmp_path / "tocsin", text, admin="ana") as instance,
        closing(Client(instance.context.url, instance.context.token)) as api,
    ):
        made = api.post("/v1/incidents", {"title": "Orders fail", "severity": "SEV2", "services": ["web"]})
        # The worker may still be loading: the server alone was waited for.
        wait_for("the page", lambda: [r for r in webhook_sink.received() if r.path == "/ana"], limit_s=90)
        jobs = api.get(f"/v1/outbox?incident={made['ref']}")

    (mail,) = [j for j in jobs if j["kind"] == "page" and "/mail" in j["key"]]
    assert mail["state"] == "dead"
    assert "127.0.0.1" in mail["result"]
    waiting = [j for j in jobs if j["kind"] == "message"]
    assert waiting
    assert {j["state"] for j in waiting} <= {"waiting", "held"}
