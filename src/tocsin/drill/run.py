"""Play a scenario from the fault to the post-mortem and say, from records outside Tocsin too, how it went."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from tocsin.drill.client import Client, DrillError, wait_for
from tocsin.drill.instance import Context, PrivateInstance
from tocsin.drill.responder import Responder
from tocsin.drill.scenarios.connection_exhaustion import ShopEnvironment
from tocsin.drill.servers.process import ServerError
from tocsin.drill.servers.sink import Received, WebhookSink

SCENARIOS = {"connection-exhaustion": ShopEnvironment}
BASELINE_S = 4.0
DETECT_S = 60.0
PAGE_S = 30.0
ON_CALL = ("drill-ana", "drill-bo")
WAIT_S = 600.0  # what the shipped policy waits for an acknowledgement before the next person, before the speed
HUMAN_S = 4 * 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Play:
    """What was asked for. Without `context` a private instance is started in `directory`."""

    scenario: str
    directory: Path
    speed: float = 1.0
    auto: bool = False
    context: Context | None = None
    database: str = ""
    baseline_s: float = BASELINE_S
    say: Callable[[str], None] = field(default=lambda _: None)
    started: Callable[[PrivateInstance | None, WebhookSink], None] = field(default=lambda _i, _s: None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How it went. Durations are seconds, None when unknown; pages are counted in the sink's own log."""

    incident: str
    phase: str
    status: str
    root_cause: str
    durations: dict[str, float | None]
    postmortem: str
    pages_expected: int
    pages_received: int
    lost_pages: int
    fault_to_resolved_s: float | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the outcome for JSON."""
        return asdict(self)


def run(play: Play) -> Outcome:
    """Play one scenario.

    Raises:
        DrillError: something that had to happen did not; everything started has been ended.
    """
    environment = SCENARIOS[play.scenario](play.directory / "shop")
    sink = WebhookSink(play.directory / "sink.jsonl")
    private = None if play.context else PrivateInstance(play.directory / "tocsin", database=play.database)
    try:
        play.say("starting a PostgreSQL, a Valkey, the shop at v2.4.0 and its customers")
        sink.start()
        environment.start()
        context = play.context or (private.start() if private else None)
        if context is None:
            raise DrillError("there is no instance to play in")
        play.started(private, sink)
        return _played(play, environment, sink, context)
    except ServerError as error:
        raise DrillError(str(error)) from error
    finally:
        environment.stop()
        if private is not None:
            private.stop()
        sink.stop()


def _played(play: Play, environment: ShopEnvironment, sink: WebhookSink, context: Context) -> Outcome:
    with closing(Client(context.url, context.token)) as admin:
        admin.post("/v1/config/drill", {"yaml": environment.configuration(sink.url), "speed": play.speed})
        token = admin.post("/v1/tokens", {"name": "drill", "person": ON_CALL[0], "scopes": ["respond"], "days": 1})
        try:
            with closing(Client(context.url, token["secret"])) as ana:
                return _broken_and_mended(play, environment, sink, ana)
        finally:
            # The shop is about to be put away, which must alarm nobody.
            with suppress(DrillError):
                admin.delete("/v1/config/drill")


def _broken_and_mended(play: Play, environment: ShopEnvironment, sink: WebhookSink, ana: Client) -> Outcome:
    seen_before = {i["ref"] for i in _incidents(ana)}
    time.sleep(play.baseline_s)
    fault_at = environment.inject()
    play.say(f"v2.4.1 is deployed at {fault_at:%H:%M:%S} UTC; it leaks database sessions")
    incident = wait_for("an incident", lambda: _new(ana, seen_before), limit_s=DETECT_S)
    play.say(f"{incident['ref']} opened: {incident['title']}")
    wait_for("a page", lambda: pages(sink.received(), incident["ref"]), limit_s=PAGE_S)
    if play.auto:
        done = Responder(api=ana, person=ON_CALL[0], ref=incident["ref"], say=play.say).respond()
    else:
        play.say(f"it is yours: {incident['ref']} at {ana.url}; `tocsin next` says what is missing")
        wait_for("you to resolve it", lambda: not _open(ana, incident["ref"]), limit_s=HUMAN_S, pause_s=1.0)
        done = ana.get(f"/v1/incidents/{incident['ref']}")
    return _outcome(play, ana, done, sink, fault_at)


def _outcome(play: Play, api: Client, done: dict[str, Any], sink: WebhookSink, fault_at: datetime) -> Outcome:
    document = play.directory / f"{done['ref']}.md"
    document.write_text(api.text(f"/v1/incidents/{done['ref']}/postmortem"), encoding="utf-8")
    expected = expected_pages(done, play.speed)
    received = pages(sink.received(), done["ref"])
    reached = {page["to"] for page in received}
    resolved = done["resolved_at"]
    took = (datetime.fromisoformat(resolved) - fault_at).total_seconds() if resolved else None
    return Outcome(
        incident=done["ref"],
        phase=done["phase"],
        status=done["status"],
        root_cause=done["root_cause"],
        durations={name: _seconds(one) for name, one in done["durations"].items() if isinstance(one, dict)},
        postmortem=str(document),
        pages_expected=len(expected),
        pages_received=len({page["key"] for page in received}),
        lost_pages=len(expected - reached),
        fault_to_resolved_s=took,
    )


def expected_pages(done: dict[str, Any], speed: float) -> set[str]:
    """Return who must have been paged, computed from the shipped policy: one more person for every wait gone by."""
    acknowledged = done["milestones"].get("acknowledged")
    declared = datetime.fromisoformat(done["milestones"]["declared"]["recorded_at"])
    until = datetime.fromisoformat(acknowledged["recorded_at"]) if acknowledged else declared
    waited = (until - declared).total_seconds()
    levels = 1 + math.floor(waited / (WAIT_S / speed))
    return set(ON_CALL[:levels])


def pages(received: list[Received], ref: str) -> list[dict[str, Any]]:
    """Return the pages for an incident that the sink accepted, each with `key` and `to`."""
    found: list[dict[str, Any]] = []
    for one in received:
        body = one.body if isinstance(one.body, dict) else {}
        facts = body.get("facts") or {}
        if body.get("kind") == "page" and facts.get("ref") == ref and one.answered < 300:  # noqa: PLR2004 (HTTP success)
            found.append({"key": body["key"], "to": facts.get("to")})
    return found


def _incidents(api: Client) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = api.get("/v1/incidents?mode=drill&limit=50")["items"]
    return listed


def _new(api: Client, before: set[str]) -> dict[str, Any] | None:
    return next((i for i in _incidents(api) if i["ref"] not in before and "drill-shop" in i["services"]), None)


def _open(api: Client, ref: str) -> bool:
    return api.get(f"/v1/incidents/{ref}")["phase"] in {"triage", "active"}


def _seconds(one: dict[str, Any]) -> float | None:
    begin, end = one.get("begin_at"), one.get("end_at")
    if not begin or not end:
        return None
    return (datetime.fromisoformat(end) - datetime.fromisoformat(begin)).total_seconds()
