"""The application with an integration for each protocol of senders; every key is the integration's name and `-key`."""

from __future__ import annotations

from pathlib import Path

from tests.support.api import TOCSIN_YAML, kept
from tocsin.config.catalogue import check_text
from tocsin.flows.configure import apply
from tocsin.wiring import App

SENDERS = f"""\
integrations:
  prom: {{kind: alertmanager_v2, service: orders, keys: ["{kept("prom-key")}"]}}
  amtool: {{kind: alertmanager_v2, service: orders, keys: ["{kept("amtool-key")}"], silences: true}}
  slow: {{kind: alertmanager_v2, service: orders, keys: ["{kept("slow-key")}"], limit: {{per_minute: 1, burst: 1}}}}
  pd: {{kind: pagerduty, service: orders, keys: ["{kept("pd-key")}"]}}
  pd-slow: {{kind: pagerduty, service: orders, keys: ["{kept("pd-slow-key")}"], limit: {{per_minute: 1, burst: 1}}}}
  genie:
    kind: opsgenie
    service: orders
    keys: ["{kept("genie-key")}"]
    options: {{heartbeats: {{nightly: {{every: 1d}}}}}}
  genie-slow: {{kind: opsgenie, service: orders, keys: ["{kept("genie-slow-key")}"], limit: {{per_minute: 1, burst: 1}}}}
  mail: {{kind: email, service: orders, keys: ["{kept("mail-key")}"]}}
"""


def furnish(app: App, senders: str = SENDERS) -> None:
    """Let an application know senders, beside those of the shop."""
    catalogue, problems = check_text(TOCSIN_YAML.replace("integrations:\n", senders), "tocsin.yaml", Path())
    assert catalogue is not None, problems
    apply(app.engine, catalogue, "ana")
