"""Effects become rows that hold the exact text and, for machines, the facts this reader may have."""

from __future__ import annotations

from collections.abc import Mapping

from tests.flows.test_handle import NOON, Plain, opened, say

from tocsin.domain.errors import InvalidError
from tocsin.domain.incident import events as e
from tocsin.flows.engine import Engine
from tocsin.flows.storage import Job

CANARY = "zanzibar"


class Broken(Plain):
    """A renderer that no template survives."""

    def render(self, source: str, fields: Mapping[str, object]) -> str:
        raise InvalidError(f"{source} broke over {len(fields)} fields", field="template")


def due(engine: Engine) -> dict[str, Job]:
    """The rows by their keys."""
    return {j.key: j for j in engine.store.claim_jobs("w", limit=99, lease_s=60)}


def test_a_page_of_a_private_incident_tells_a_stranger_nothing() -> None:
    engine, _ = opened(private=True, title=CANARY, services=(CANARY,))
    page = next(j for j in due(engine).values() if j.kind == "page")
    assert CANARY not in str(page.payload)
    assert page.payload["facts"] == {"ref": "INC-1", "moment": "page", "audience": "responders"}


def test_machines_outside_get_no_inside_facts() -> None:
    engine, _ = opened(title=CANARY, summary=CANARY)
    jobs = due(engine).values()
    inside = next(j for j in jobs if j.payload.get("audience") == "stakeholders")
    outside = next(j for j in jobs if j.payload.get("audience") == "customers")
    assert CANARY in str(inside.payload["facts"])
    assert CANARY not in str(outside.payload)


def test_a_template_that_breaks_costs_no_page() -> None:
    engine, _ = opened(renderer=Broken(), title="Orders fail")
    page = next(j for j in due(engine).values() if j.kind == "page")
    assert "INC-1 Orders fail" in str(page.payload["text"])


def test_a_template_that_breaks_tells_the_outside_nothing_of_the_inside() -> None:
    engine, _ = opened(renderer=Broken(), title=CANARY)
    outside = next(j for j in due(engine).values() if j.payload.get("audience") == "customers")
    assert CANARY not in str(outside.payload)
    assert outside.payload["text"] == "Orders API: some requests may fail"


def test_pages_are_urgent_and_due_at_once() -> None:
    engine, _ = opened()
    jobs = list(due(engine).values())
    assert jobs[0].kind == "page"
    assert jobs[0].due == NOON


def test_acknowledging_drops_the_pages_that_have_not_left_and_keeps_the_messages() -> None:
    engine, _ = opened()
    say(engine, e.Acknowledged(person="ana"))
    kinds = {j.kind for j in due(engine).values()}
    assert "page" not in kinds
    assert "message" in kinds


def test_a_page_after_a_return_of_the_incident_is_a_new_one() -> None:
    engine, _ = opened()
    say(engine, e.Resolved(resolution="x"), e.Reopened(reason="back"))
    assert [k for k, j in due(engine).items() if j.kind == "page"] == ["i1/page/3/ana/sms"]
