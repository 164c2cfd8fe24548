"""A stream of incidents with known answers: who must be paged and reminded follows from what was declared and acknowledged."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from tocsin.drill.client import Client, DrillError
from tocsin.drill.servers.sink import Received, WebhookSink

SPEED = 120
WAIT = timedelta(seconds=6)
KEPT_OPEN = 10
# An acknowledgement this close to the escalation may come before or after it: both are right.
DOUBT = timedelta(seconds=1)
# A killed worker's timers wait for their lease to end and for a worker that is up: an acknowledgement in that time
# overtakes the escalation, which then rightly wakes nobody.
RECOVERY = timedelta(seconds=25)
FIRST, SECOND, LAST = "ana", "bo", "cat"
CONFIGURATION = """
speed: {speed}
bundle: 0s
catch_all: cat
default_pack: platform
default_policy: default
people:
  ana: {{name: Ana, email: ana@example.com, scopes: [admin], contacts: {{{ana}}}}}
  bo: {{name: Bo, email: bo@example.com, contacts: {{{bo}}}}}
  cat: {{name: Cat, email: cat@example.com, contacts: {{{cat}}}}}
teams:
  core: {{name: Core, pack: platform, policy: default, members: [ana, bo], leadership: [cat]}}
policies:
  default: {{steps: [{{targets: ["person:ana"], wait: 12m}}, {{targets: ["person:bo"], wait: 12m}}]}}
services:
  web: {{name: Web, team: core}}
channels:
  people: {{kind: webhook, audiences: [people], options: {{trusted: true}}}}
  room: {{kind: webhook, audiences: [responders, stakeholders], options: {{url: "{sink}/room", trusted: true}}}}
"""


CONTACT = '{key}: {{kind: webhook, address: "{url}/{person}", verified: true}}'


def configuration(sink_url: str, *, last_resort: str = "") -> str:
    """Return a `tocsin.yaml` whose every message goes to the sink, and whose waits are divided by `SPEED`.

    With a `last_resort`, everybody has a second contact there.
    """
    places = {"pager": sink_url, **({"mailbox": last_resort} if last_resort else {})}
    contacts = {
        person: ", ".join(CONTACT.format(key=key, url=url, person=person) for key, url in places.items())
        for person in (FIRST, SECOND, LAST)
    }
    return CONFIGURATION.format(speed=SPEED, sink=sink_url, **contacts)


What = tuple[str, str, str]
"""A message: the incident's reference, its kind, and for whom it is."""


@dataclass(slots=True)
class Told:
    """One incident as the load knows it: what was asked, and when the answers came."""

    ref: str
    plan: str
    declared_at: datetime
    acknowledged_at: datetime | None = None
    resolved: bool = False


@dataclass(slots=True)
class Load:
    """Declares incidents and answers some of them. `plan` is `ignored`, `acknowledged` or `reminded`.

    Most are resolved, so that a run of an hour is hardly harder than one of a minute: `reminded` and `ignored` once
    everything they must have has arrived, `acknowledged` when nobody else may be paged any more. Each tenth of these stays
    open to the end: an acknowledgement holds however long it is.
    """

    client: Client
    sinks: tuple[WebhookSink, ...]
    seed: int
    every_s: float = 0.4
    told: list[Told] = field(default_factory=list)
    stopping: threading.Event = field(default_factory=threading.Event)
    errors: list[str] = field(default_factory=list)
    seen: dict[What, datetime] = field(default_factory=dict)
    _read: dict[str, int] = field(default_factory=dict)

    def run(self) -> None:
        """Declare and answer until stopped."""
        chance = random.Random(self.seed)  # noqa: S311 (a repeatable run, not a secret)
        try:
            while not self.stopping.wait(self.every_s * chance.uniform(0.5, 1.5)):
                self._declare(chance.choice(("ignored", "acknowledged", "reminded")))
                self.answer()
        except DrillError as error:
            self.errors.append(str(error))

    def received(self) -> list[Received]:
        """Return what arrived anywhere, oldest first."""
        return sorted((one for sink in self.sinks for one in sink.received()), key=lambda one: one.received_at)

    def due(self, seen: Mapping[What, datetime]) -> list[tuple[datetime, datetime]]:
        """Return when pages of the first two levels were due, and when they arrived, of those that did."""
        return [
            (when, at)
            for one in self.told
            for person, when in ((FIRST, one.declared_at), (SECOND, one.declared_at + WAIT))
            if (at := seen.get((one.ref, "page", person))) is not None
        ]

    def _declare(self, plan: str) -> None:
        title = f"Crash test {len(self.told)}"
        body = {"title": title, "severity": "SEV2", "services": ["web"]}
        made: dict[str, Any] = self.client.post("/v1/incidents", body)
        at = datetime.fromisoformat(made["milestones"]["declared"]["recorded_at"])
        self.told.append(Told(ref=made["ref"], plan=plan, declared_at=at))

    def answer(self) -> None:
        """Do what is due for every incident: acknowledge what was paged, resolve what has had everything it must."""
        seen = self.look()
        for number, one in enumerate(self.told):
            if one.resolved:
                continue
            if one.plan != "ignored" and one.acknowledged_at is None and (one.ref, "page", FIRST) in seen:
                taken = self.client.post(f"/v1/incidents/{one.ref}/acknowledge")
                one.acknowledged_at = datetime.fromisoformat(taken["milestones"]["acknowledged"]["recorded_at"])
            if must(one) <= seen.keys() and (one.plan != "acknowledged" or (number % KEPT_OPEN and _quiet(one))):
                self._resolve(one)

    def look(self) -> Mapping[What, datetime]:
        """Return when everything that arrived so far first did; only what is new is read."""
        for sink in self.sinks:
            new, self._read[sink.url] = sink.received_since(self._read.get(sink.url, 0))
            for what, at in arrived(new).items():
                self.seen[what] = min(at, self.seen.get(what, at))
        return self.seen

    def _resolve(self, one: Told) -> None:
        """Resolve, once: a server killed between its commit and its answer has done so already, and refuses a second."""
        try:
            self.client.post(f"/v1/incidents/{one.ref}/resolve", {"resolution": "over"})
        except DrillError:
            if self.client.get(f"/v1/incidents/{one.ref}")["status"] != "resolved":
                raise
        one.resolved = True


def _quiet(one: Told) -> bool:
    """Return whether an incident was acknowledged so long ago that whoever may not be paged would have been by now."""
    return one.acknowledged_at is not None and datetime.now(UTC) > one.acknowledged_at + 2 * WAIT + RECOVERY


def must(one: Told) -> set[What]:
    """Return (reference, kind, person) of everything that has to arrive for an incident, sooner or later."""
    wanted = {(one.ref, "page", FIRST)}
    if one.acknowledged_at is None or one.acknowledged_at > one.declared_at + WAIT + RECOVERY:
        wanted.add((one.ref, "page", SECOND))
    if one.plan == "ignored":
        wanted.add((one.ref, "page", LAST))
    if one.plan == "reminded":
        wanted.add((one.ref, "reminder", FIRST))
    return wanted


def overtaken(told: list[Told], seen: Mapping[What, datetime]) -> list[float]:
    """Return how late, in seconds after it was due, an escalation still had not gone out when it was acknowledged."""
    return [
        (one.acknowledged_at - one.declared_at - WAIT).total_seconds()
        for one in told
        if one.acknowledged_at is not None
        and one.acknowledged_at > one.declared_at + WAIT + DOUBT
        and (one.ref, "page", SECOND) not in seen
    ]


def must_not(one: Told) -> set[What]:
    """Return what may not arrive: nobody else is paged for what was acknowledged in time."""
    if one.acknowledged_at is not None and one.acknowledged_at < one.declared_at + WAIT - DOUBT:
        return {(one.ref, "page", SECOND), (one.ref, "page", LAST)}
    return set()


def arrived(received: list[Received]) -> dict[What, datetime]:
    """Return when each (reference, kind, person) first arrived, by the sink's own log."""
    found: dict[What, datetime] = {}
    for one in messages(received):
        facts = one.body.get("facts") or {}
        found.setdefault((facts.get("ref", ""), one.body["kind"], facts.get("to", "")), one.received_at)
    return found


def messages(received: list[Received]) -> list[Received]:
    """Return the accepted messages of Tocsin."""
    return [r for r in received if isinstance(r.body, dict) and "kind" in r.body and r.answered < 300]


def settle(load: Load, *, limit_s: float) -> set[What]:
    """Go on answering until everything that must arrive has, and return what has not within `limit_s` seconds."""
    until = time.monotonic() + limit_s
    while True:
        load.answer()
        missing = {what for one in load.told for what in must(one)} - load.look().keys()
        if not missing or time.monotonic() > until:
            return missing
        time.sleep(0.2)
