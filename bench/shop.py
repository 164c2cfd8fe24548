"""What Tocsin is told when its ingest is measured: one service for the flood, and many that break one after another."""

from __future__ import annotations

import hashlib

KEY = "bench-key"
SERVICES = 150
CONFIGURATION = """
bundle: 0s
catch_all: ana
default_pack: platform
default_policy: default
people:
  ana: {{name: Ana, email: ana@example.com, scopes: [admin], contacts: {{pager: {{kind: webhook, address: "{sink}/ana", verified: true}}}}}}
teams:
  core: {{name: Core, pack: platform, policy: default, members: [ana], leadership: [ana]}}
policies:
  default: {{steps: [{{targets: ["person:ana"], wait: 30m}}]}}
services:
  shop: {{name: Shop, team: core}}
{services}
integrations:
  prometheus: {{kind: alertmanager_v2, team: core, keys: ["sha256:{digest}"]}}
channels:
  people: {{kind: webhook, audiences: [people], options: {{trusted: true}}}}
  room: {{kind: webhook, audiences: [responders, stakeholders], options: {{url: "{sink}/room", trusted: true}}}}
routing: {{group_by: [{group_by}]}}
"""


def configuration(sink: str, group_by: str) -> str:
    """Return a `tocsin.yaml` whose every message goes to the sink."""
    services = "\n".join(f"  s{number}: {{name: Service {number}, team: core}}" for number in range(SERVICES))
    digest = hashlib.sha256(KEY.encode()).hexdigest()
    return CONFIGURATION.format(sink=sink, services=services, digest=digest, group_by=group_by)
