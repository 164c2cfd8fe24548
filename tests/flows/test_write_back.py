"""Senders hear that their alerts were acknowledged or resolved, where they can be told and may know."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest
from tests.flows.world import ANA, CONFIGURATION, FakeChannel, World

from tocsin.domain.incident.events import (
    Acknowledged,
    Noted,
    PrivacyChanged,
)
from tocsin.domain.visibility import WORKER
from tocsin.flows.ingest import Sender, accept
from tocsin.flows.ports import InboundAlert, PermanentError, TransientError
from tocsin.flows.respond import act
from tocsin.flows.spreading import SPREAD
from tocsin.flows.storage import Job, JobSummary
from tocsin.flows.write_back import TRIES, write_back

WITH_WAY = CONFIGURATION.replace(
    'keys: ["env:WATCH_KEY"]}',
    'keys: ["env:WATCH_KEY"], write_back: {url: "https://watch.example.com", key: "env:WATCH_KEY"}}',
)
ALERT = InboundAlert(fingerprint="f1", name="HighCPU", status="firing", labels={"alertname": "HighCPU"}, service="shop")


@dataclass
class Desk:
    """A world in which an alert was acknowledged, and the channel by which its sender is told."""

    text: str = WITH_WAY
    kind: str = "generic"
    channel: FakeChannel = field(default_factory=lambda: FakeChannel("generic"))

    def __post_init__(self) -> None:
        self.world = World(text=self.text, more={"ways_back": {self.kind: self.channel}})
        accept(self.world.engine, Sender(key="watch", service="shop"), [ALERT])
        act(self.world.engine, self.world.incident().ref, Acknowledged(person="ana"), ANA)
        self.spread()

    def spread(self) -> list[str]:
        """Let what concerns whole incidents be spread over their alerts."""
        return [self.tell(job) for job in self.world.jobs(SPREAD)]

    def job(self) -> Job:
        return self.world.job("write_back")

    def tell(self, job: Job | None = None) -> str:
        return write_back(self.world.engine, job or self.job(), jitter=lambda: 0.5)

    def rows(self) -> list[JobSummary]:
        """Return all rows for senders, oldest first."""
        with self.world.store.reading() as tx:
            return [row for row in reversed(tx.jobs(WORKER, limit=500).items) if row.kind in {"write_back", SPREAD}]

    def heard(self) -> list[tuple[str, str]]:
        """Tell whatever waits, and return what the sender has heard since: the verb and the alert."""
        before = len(self.channel.carried)
        while jobs := self.world.jobs("write_back", SPREAD):
            for job in jobs:
                self.tell(job)
        return [(message.kind, message.to) for message in self.channel.carried[before:]]

    def state(self) -> str:
        return self.world.state_of("watch/f1")


def test_an_acknowledgement_reaches_the_sender_with_its_alerts_own_name() -> None:
    desk = Desk()
    assert desk.tell() == "told"
    (message,) = desk.channel.carried
    assert (message.kind, message.to, message.facts) == ("acknowledge", "f1", {"labels": {"alertname": "HighCPU"}})
    assert desk.world.incident().ref not in f"{message.subject}{message.text}"
    assert desk.state() == "done"


def test_a_sender_that_does_not_answer_is_told_again_later() -> None:
    desk = Desk()
    desk.channel.trouble = [TransientError("no answer")]
    assert desk.tell() == "retried"
    desk.world.later(seconds=5)
    assert desk.tell() == "told"


@pytest.mark.parametrize("last", [False, True])
def test_a_sender_that_refuses_or_never_answers_is_written_down(last: bool) -> None:  # noqa: FBT001 (a case of two)
    desk = Desk()
    desk.channel.trouble = [TransientError("no answer") if last else PermanentError("no such key")]
    job = desk.job()
    if last:
        with desk.world.store.transaction() as tx:
            assert tx.postpone(job, tx.now(), "x")
        for _ in range(TRIES - 1):
            job = desk.job()
            desk.world.later(seconds=20)
    assert desk.tell(job) == "failed"
    (note,) = desk.world.events(Noted)
    assert isinstance(note.body, Noted)
    assert "watch could not be told to acknowledge" in note.body.text
    assert desk.state() == "dead"


def test_a_sender_without_a_way_back_is_said_in_the_row() -> None:
    desk = Desk(kind="another")
    assert desk.tell() == "no way back"
    assert (desk.state(), desk.channel.carried) == ("done", [])


def test_senders_of_whom_nothing_is_configured_have_no_rows_of_their_own() -> None:
    desk = Desk(text=CONFIGURATION)
    (row,) = desk.rows()
    assert (row.state, row.result) == (
        "done",
        "no sender of its alerts offers a way: there is no `write_back` at theirs",
    )


def test_of_a_private_incident_no_sender_hears() -> None:
    desk = Desk()
    act(desk.world.engine, desk.world.incident().ref, PrivacyChanged(private=True), ANA)
    assert desk.tell() == "no way back"
    assert desk.channel.carried == []


def test_a_row_that_another_worker_took_is_left_alone() -> None:
    desk = Desk()
    job = desk.job()
    desk.world.later(seconds=20)
    desk.job()
    assert desk.tell(replace(job)) == "lost"
