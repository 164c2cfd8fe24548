"""What is done to a running Tocsin, and from when to when each of it stood in the way."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from bench.instance import Instance
from tocsin.drill.client import Client
from tocsin.drill.servers.postgres import PostgresServer
from tocsin.drill.servers.sink import Received, WebhookSink

# What a killed worker held is free when its lease ends (TOCSIN_LEASE_SECONDS), which it renewed at most this long ago.
LEASE = timedelta(seconds=8)
# What looks calm is calm when it stays so for this long.
CALM = timedelta(seconds=5)
UP_S = 60.0
# Longer than a page waits for its provider.
MUTE_S = 6.0


@dataclass(slots=True, kw_only=True)
class Disturbances:
    """Disturbs one instance. `ended` counts what can leave a message in doubt: kills of workers and stops of the database."""

    instance: Instance
    client: Client
    server: PostgresServer | None
    pagers: WebhookSink
    usual_s: float
    counts: Counter[str] = field(default_factory=Counter)
    spans: list[tuple[datetime, datetime]] = field(default_factory=list)
    mute: list[tuple[datetime, datetime]] = field(default_factory=list)
    killed: int = 0
    ended: int = 0

    def kinds(self) -> tuple[str, ...]:
        """Return every way there is to disturb this one."""
        return ("kill", "refusing", "mute", *(("restart", "crash") if self.server else ()))

    def happen(self, kind: str, chance: random.Random) -> None:
        """Let one happen and wait until it is over."""
        began = datetime.now(UTC)
        name = kind
        match kind:
            case "kill":
                name = self._kill(chance)
            case "refusing":
                self._provider(chance.uniform(1, 5), status=503)
            case "mute":
                self._provider(chance.uniform(1, 4), delay_s=MUTE_S)
                self.mute.append((began, datetime.now(UTC)))
            case _:
                self._restart(chance.uniform(0, 2), crash=kind == "crash")
        over = datetime.now(UTC)
        self.spans.append(
            (began, max(over, began + LEASE) if name.startswith("work") or kind in {"restart", "crash"} else over)
        )
        self.counts[name] += 1

    def unanswered(self, received: Sequence[Received]) -> int:
        """Return how many pages a provider took without answering in time: each may rightly come again."""
        late = [r for r in received if any(a <= r.received_at <= b + CALM for a, b in self.mute)]
        return sum(isinstance(r.body, dict) and r.body.get("kind") == "page" for r in late)

    def late_after_recovery_s(self, due: datetime, at: datetime) -> float:
        """Return how long after it was due, and nothing stood in the way any more, something arrived."""
        free = due
        moved = True
        while moved:
            later = [end for began, end in self.spans if began < free + CALM and end > free]
            moved = bool(later)
            free = max([free, *later])
        return max(0.0, (at - free).total_seconds())

    def _kill(self, chance: random.Random) -> str:
        name = chance.choice(("serve", *self.instance.workers))
        self.instance.kill(name)
        self.killed += 1
        self.ended += name != "serve"
        self._await_up(name)
        return name

    def _provider(self, seconds: float, *, status: int = 200, delay_s: float = 0.0) -> None:
        self.pagers.behave(status=status, delay_s=delay_s or self.usual_s)
        time.sleep(seconds)
        self.pagers.behave(delay_s=self.usual_s)
        if delay_s:  # what it took meanwhile is still unanswered
            time.sleep(delay_s)

    def _restart(self, seconds: float, *, crash: bool) -> None:
        assert self.server is not None
        self.ended += 1
        if crash:
            self.server.kill()
        else:
            self.server.stop()
        time.sleep(seconds)
        self.server.start()
        for name in ("serve", *self.instance.workers):
            self._await_up(name)

    def _await_up(self, name: str) -> None:
        """Wait until a process that was started again gives a sign of life."""
        since = datetime.now(UTC)
        until = time.monotonic() + UP_S
        if name == "serve":
            self.instance.await_answer()
            return
        while time.monotonic() < until:
            beats = self.client.get("/v1/health")["processes"]
            pid = self.instance.pid(name)
            if any(b["process"].endswith(f"-{pid}") and datetime.fromisoformat(b["at"]) >= since for b in beats):
                return
            time.sleep(0.1)
        raise RuntimeError(f"{name} did not come up; see {self.instance.log}")
