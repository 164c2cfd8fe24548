"""What `tocsin config check` says of the parts that only adapters and monitors can read."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.flows.world import CONFIGURATION

from tocsin.config.catalogue import check_text
from tocsin.config.problems import Problem
from tocsin.wiring import judge_options

LOOK = 'options: {ready: "https://shop.example.com/ready"}'


def problems(rules: str, *, kind: str = "metrics") -> list[Problem]:
    options = f'options: {{url: "http://shop.example.com/metrics", rules: {rules}}}'
    if kind == "http":
        options = f'options: {{ready: "http://shop.example.com/ready", rules: {rules}}}'
    text = CONFIGURATION.replace("kind: http, every", f"kind: {kind}, every").replace(LOOK, options)
    assert text.count("rules:") == 1
    found = check_text(text, "tocsin.yaml", Path(), judge_options)[1]
    return [one for one in found if one.field.startswith("monitors.")]


def test_rules_that_can_be_read_are_accepted() -> None:
    assert problems('[{key: slow, metric: p95_s, op: ">", value: 1, for_: PT2M}]') == []
    assert problems('[{key: renew, metric: certificate_days, op: "<", value: 14}]', kind="http") == []


@pytest.mark.parametrize(
    ("rules", "field", "says"),
    [
        ('[{key: slow, metric: p95, op: ">", value: 1}]', "rules[0].metric", "no metric 'p95'"),
        ('[{key: up, metric: ready, op: "==", value: 0}]', "rules[0].metric", "no metric 'ready'"),
        ('[{key: slow, metric: p95_s, op: ">>", value: 1}]', "rules[0].op", ">>"),
        ('[{key: slow, metric: p95_s, op: ">"}]', "rules[0]", "value"),
        ('[{key: slow, metric: p95_s, op: ">", value: 1, for: 2m}]', "rules[0].for", "no 'for'"),
        ('[{key: a, metric: p95_s, op: ">", value: 1}, {key: a, metric: p99_s, op: ">", value: 1}]', "rules[1].key", "two"),
        ("fast", "rules", "Expected"),
    ],
)  # fmt: skip
def test_a_rule_that_could_never_fire_is_named_before_it_is_applied(rules: str, field: str, says: str) -> None:
    (problem,) = problems(rules)

    assert problem.field == f"monitors.shop-ready.options.{field}"
    assert says in problem.message
    assert problem.mend
    assert problem.line > 1


def contact_problems(contact: str, channels: str = "") -> list[Problem]:
    text = CONFIGURATION.replace("      mail: {kind: email, address: ana@example.com, verified: true}\n", contact)
    found = check_text(f"{text}{channels}", "tocsin.yaml", Path(), judge_options)[1]
    return [one for one in found if one.field.startswith("people.")]


def test_a_contact_that_nothing_carries_is_named() -> None:
    (problem,) = contact_problems('      phone: {kind: sms, address: "+49 151 234", verified: true}\n')
    assert (problem.field, "no channel that carries sms" in problem.message) == ("people.ana.contacts.phone", True)
    (problem,) = contact_problems("      pigeon: {kind: pigeon, address: coo}\n")
    assert (problem.field, "ntfy" in problem.mend) == ("people.ana.contacts.pigeon.kind", True)


def test_a_contact_with_its_channel_is_accepted() -> None:
    phone = '      phone: {kind: sms, address: "+49 151 234", verified: true}\n'
    options = '{account: AC1, token: "env:TOKEN", sender: "+1500"}'
    assert contact_problems(phone, f"  sms: {{kind: sms, audiences: [people], options: {options}}}\n") == []
    assert contact_problems("      push: {kind: ntfy, address: ana-pages}\n") == []
