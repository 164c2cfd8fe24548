"""Notification rules in `tocsin.yaml`: read as they are meant, refused by line."""

from __future__ import annotations

from datetime import time, timedelta
from pathlib import Path

import pytest

from tocsin.config.catalogue import check_text
from tocsin.domain.notification import NotificationRules, Notify
from tocsin.domain.schedules import Hours

TEXT = """\
catch_all: ana
default_policy: core
people:
  ana:
    name: Ana
    zone: Europe/Berlin
    contacts:
      push: {kind: webhook, address: "https://push.example.com/ana", verified: true}
      mail: {kind: email, address: ana@example.com, verified: true}
    notify:
      high: [{method: push}, {method: mail, after: 2m}]
      low: [{method: mail}]
      quiet: [{from: 22:00, to: 07:00, days: [mon, tue]}]
teams:
  core: {name: Core, pack: platform, policy: core, members: [ana]}
policies:
  core: {steps: [{targets: ["person:ana"], wait: 5m}]}
"""


def test_rules_are_read_as_they_are_written() -> None:
    catalogue, problems = check_text(TEXT, "tocsin.yaml", Path())
    assert catalogue is not None, problems
    assert catalogue.people[0].notify == NotificationRules(
        high=(Notify(method="push"), Notify(method="mail", after=timedelta(minutes=2))),
        low=(Notify(method="mail"),),
        quiet=(Hours(from_=time(22), to=time(7), days=("mon", "tue")),),
    )


@pytest.mark.parametrize(
    ("old", "new", "field", "says"),
    [
        ("{method: push}", "{method: sms}", "people.ana.notify.high[0].method", "no contact of ana"),
        ("after: 2m", "after: 24h", "people.ana.notify.high[1].after", "no time to wait"),
        ("from: 22:00, to: 07:00, days: [mon, tue]", "from: 22:00, to: 22:00", "people.ana.notify.quiet", "never end"),
        ("days: [mon, tue]", "days: []", "people.ana.notify.quiet[0].days", "on no day"),
        ("from: 22:00", "from: 22:00+01:00", "people.ana.notify.quiet[0]", "carry an offset"),
        ("quiet:", "quite:", "people.ana.notify.quite", "no 'quite'"),
    ],
)
def test_what_is_no_rule_is_refused_with_its_place(old: str, new: str, field: str, says: str) -> None:
    _, problems = check_text(TEXT.replace(old, new), "tocsin.yaml", Path())
    found = {problem.field: problem.message for problem in problems}
    assert says in found.get(field, ""), problems
