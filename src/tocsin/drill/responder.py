"""Answers an incident as a careful responder would, step by step, through the same API as everyone (`--auto`)."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from tocsin.drill.client import Client, DrillError, wait_for

Say = Callable[[str], None]
DIAGNOSIS_S = 30.0
RUN_S = 60.0
TRIES = 3
CAUSE_S = 45.0
PAUSE_S = 1.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Responder:
    """One person's word in an incident. `patience_s` bounds the wait for gates and the watch window."""

    api: Client
    person: str
    ref: str
    say: Say
    patience_s: float = 90.0

    def respond(self) -> dict[str, Any]:
        """Take the incident from acknowledgement to the all-clear and return it."""
        self._take()
        cause = self._find_cause()
        self._mitigate()
        return self._resolve(cause)

    def _at(self, verb: str = "") -> str:
        return f"/v1/incidents/{self.ref}{verb}"

    def _see(self) -> dict[str, Any]:
        seen: dict[str, Any] = self.api.get(self._at())
        return seen

    def _take(self) -> None:
        self.api.post(self._at("/acknowledge"))
        self.say(f"{self.person} acknowledged {self.ref}")
        self.api.post(self._at("/accept"))
        for role in ("commander", "communications"):
            self.api.post(self._at("/roles"), {"role": role})
        self.api.post(self._at("/impact"), {"error_percent": 30.0, "trend": "worse", "still_works": "the catalogue"})
        self.api.post(
            self._at("/updates"),
            {"text": "Orders time out; the shop cannot reach its database.", "current_actions": ["diagnosis runs"]},
        )
        self.say("took command, told everyone")

    def _find_cause(self) -> str:
        """Wait for a cause that is confirmed, asking again while the fault still grows."""
        until = time.monotonic() + CAUSE_S
        while time.monotonic() < until:
            seen_at = self._see()["diagnosed_at"]
            if seen_at is None:
                wait_for("a diagnosis", partial(self._newer, None), limit_s=DIAGNOSIS_S)
            cause = self._best()
            if cause is not None:
                title = str(cause["title"])
                self.api.post(self._at("/cause"), {"text": title, "confirmed": True})
                self.say(f"cause: {title}")
                return title
            time.sleep(PAUSE_S)
            self.api.post(self._at("/diagnose"))
            wait_for("a new diagnosis", partial(self._newer, seen_at), limit_s=DIAGNOSIS_S)
        raise DrillError("no diagnosis confirmed a cause")

    def _newer(self, before: str | None) -> bool:
        return bool(self._see()["diagnosed_at"] != before)

    def _best(self) -> dict[str, Any] | None:
        causes: list[dict[str, Any]] = self._see()["causes"]
        return next((c for c in causes if c["state"] == "confirmed"), None)

    def _mitigate(self) -> None:
        """Plan what the diagnosis proposes, read it, approve it, run it."""
        for _ in range(TRIES):
            plan = self.api.post(self._at("/plans"))["plans"][-1]
            for step in plan["steps"]:
                self.say(f"plan {plan['hash'][:8]}: {step}")
            self.api.post(self._at(f"/plans/{plan['plan']}/approve"), {"hash": plan["hash"]})
            self.api.post(self._at(f"/plans/{plan['plan']}/run"), {"hash": plan["hash"]})
            ended = wait_for("the plan's end", partial(self._ended, plan["plan"]), limit_s=RUN_S)
            self.say(f"plan {plan['hash'][:8]} ended: {ended['state']}")
            outcome = "worked" if ended["state"] == "done" else "no_effect"
            self.api.post(self._at("/outcomes"), {"text": plan["title"], "outcome": outcome, "plan": plan["plan"]})
            if ended["state"] == "done":
                return
        raise DrillError("no plan could be carried out")

    def _ended(self, plan: str) -> dict[str, Any] | None:
        found: list[dict[str, Any]] = [p for p in self._see()["plans"] if p["plan"] == plan]
        return found[0] if found and found[0]["state"] not in {"proposed", "approved", "running"} else None

    def _resolve(self, cause: str) -> dict[str, Any]:
        wait_for("the gates to pass", lambda: self._see()["verification"]["watch_began_at"], limit_s=self.patience_s)
        self.say("back to normal; watching")
        self.api.post(self._at("/updates"), {"text": "Rolled back. Orders work again; we watch for a while."})
        wait_for("the watch window", lambda: self._see()["verification"]["passed"], limit_s=self.patience_s)
        self.api.post(
            self._at("/resolve"),
            {
                "resolution": "Ended the leaked database sessions and rolled the shop back.",
                "root_cause": cause,
                "next_steps": [
                    "Mend the leak with a test for session clean-up",
                    "Alert on idle-in-transaction sessions",
                ],
                "thanks": [self.person],
            },
        )
        due = (datetime.now(tz=UTC) + timedelta(days=7)).isoformat()
        for title in ("Close the session on the error path and test it", "Alert on sessions idle in transaction"):
            self.api.post(self._at("/followups"), {"title": title, "owner": self.person, "due": due, "priority": "P0"})
        self.say("resolved; everyone who was told is told again")
        return self._see()
