"""Where senders are told: only those that can be, with a credential that is kept elsewhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from tocsin.config.catalogue import check_text
from tocsin.domain.catalogue import WriteBack
from tocsin.wiring import judge_options

TEXT = """\
catch_all: ana
default_policy: core
people:
  ana: {name: Ana, contacts: {console: {kind: console, address: ana, verified: true}}}
teams:
  core: {name: Core, pack: platform, policy: core, members: [ana]}
policies:
  core: {steps: [{targets: ["person:ana"], wait: 5m}]}
services:
  shop: {name: Shop, team: core}
integrations:
  pd:
    kind: pagerduty
    service: shop
    keys: ["env:PD_KEY"]
    write_back: {url: "https://events.pagerduty.com", key: "env:PD_ROUTING_KEY"}
"""


def test_a_way_back_is_an_address_and_a_reference() -> None:
    catalogue, problems = check_text(TEXT, "tocsin.yaml", Path(), judge_options)
    assert problems == []
    assert catalogue is not None
    (integration,) = catalogue.integrations
    assert integration.write_back == WriteBack(url="https://events.pagerduty.com", key="env:PD_ROUTING_KEY")
    assert not integration.silences


@pytest.mark.parametrize(
    ("old", "new", "field", "says"),
    [
        ("env:PD_ROUTING_KEY", "hunter2", "integrations.pd.write_back.key", "written out"),
        ("https://events", "events", "integrations.pd.write_back.url", "not an http or https URL"),
        ("kind: pagerduty", "kind: generic", "integrations.pd.write_back", "cannot be told anything"),
        ("url:", "uri:", "integrations.pd.write_back.uri", ""),
    ],
)
def test_what_is_no_way_back_is_refused_with_its_place(old: str, new: str, field: str, says: str) -> None:
    _, problems = check_text(TEXT.replace(old, new), "tocsin.yaml", Path(), judge_options)
    found = {problem.field: problem for problem in problems}
    assert field in found, problems
    assert says in found[field].message
    assert "hunter2" not in str(problems)
