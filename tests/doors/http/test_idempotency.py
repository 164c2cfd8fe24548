"""`Idempotency-Key`: a request sent twice is carried out once, for its own caller, and only when it succeeded."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient
from tests.support.api import Office, Person, problem_of

from tocsin.doors.http import incidents
from tocsin.doors.http.app import create_api
from tocsin.flows import declare as flow
from tocsin.flows.storage import StoreUnavailableError, Token
from tocsin.store.sql.accounts import AccountRows


def declare(person: Person, *, key: str = "k1", title: str = "Orders fail") -> httpx2.Response:
    return person.send("POST", "/v1/incidents", json={"title": title}, headers={"idempotency-key": key})


def count(office: Office) -> int:
    return len(office.cleo.get("/v1/incidents")["items"])


def test_the_same_request_twice_is_one_incident_and_the_same_answer(office: Office) -> None:
    first, second = declare(office.ben), declare(office.ben)

    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert "idempotent-replayed" not in first.headers
    assert second.headers["idempotent-replayed"] == "true"
    assert second.headers["content-type"] == "application/json"
    assert count(office) == 1


def test_a_key_used_for_another_request_is_refused(office: Office) -> None:
    declare(office.ben)

    assert problem_of(declare(office.ben, title="Other"), 422)["field"] == "idempotency-key"
    other_path = office.ben.send("POST", "/v1/incidents/draft", json={"text": "x"}, headers={"idempotency-key": "k1"})
    problem_of(other_path, 422)
    assert count(office) == 1


def test_callers_do_not_share_keys(office: Office) -> None:
    assert declare(office.ben).json()["ref"] == "INC-1"
    assert declare(office.dan).json()["ref"] == "INC-2"


def test_what_was_refused_is_decided_anew(office: Office) -> None:
    office.ana.declare(severity="SEV3")

    def close() -> httpx2.Response:
        return office.ben.send("POST", "/v1/incidents/INC-1/close", json={}, headers={"idempotency-key": "c"})

    problem_of(close(), 409)
    office.ben.act("INC-1", "resolve", {"resolution": "x"})
    assert close().status_code == 200


def test_a_fault_of_ours_is_not_remembered(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    def fall_over(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr(incidents, "declare", fall_over)
        problem_of(declare(office.ben), 500)
    assert declare(office.ben).status_code == 201


def test_a_withdrawn_token_gets_no_former_answer(office: Office) -> None:
    made = office.ana.post("/v1/tokens", {"name": "ci", "person": "ben", "scopes": ["respond"]})
    ci = Person(office.client, made["secret"])
    declare(ci)
    with office.app.engine.store.transaction() as tx:
        token: Token = next(t for t in tx.tokens("ben").items if t.name == "ci")
        tx.drop_token(token.id)

    problem_of(declare(ci), 401)


def test_an_endless_key_is_refused(office: Office) -> None:
    problem_of(declare(office.ben, key="k" * 201), 422)


def test_a_repeat_while_the_first_is_under_way_is_told_to_wait(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slowly(*args: Any, **more: Any) -> Any:
        begun.set()
        go_on.wait(timeout=10)
        return flow.declare(*args, **more)

    monkeypatch.setattr(incidents, "declare", slowly)
    with ThreadPoolExecutor() as pool, office.client:
        first = pool.submit(declare, office.ben)
        assert begun.wait(timeout=10)
        second = declare(office.ben)
        assert "still being answered" in problem_of(second, 409)["detail"]
        assert second.headers["retry-after"] == "1"
        go_on.set()
        assert first.result().status_code == 201
    assert count(office) == 1


def test_a_repeat_that_another_process_is_answering_is_told_to_wait(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[int] = []

    def elsewhere(*args: Any, **more: Any) -> Any:
        other = create_api(office.app, FastAPI)  # shares the database with the first, and nothing else
        told.append(declare(Person(TestClient(other), office.ben.token)).status_code)
        return flow.declare(*args, **more)

    with monkeypatch.context() as patch:
        patch.setattr(incidents, "declare", elsewhere)
        assert declare(office.ben).status_code == 201
    assert told == [409]
    assert count(office) == 1


def test_what_was_done_is_answered_even_where_the_answer_cannot_be_kept(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise StoreUnavailableError("disk full")

    monkeypatch.setattr(AccountRows, "put_answer", full)
    first = declare(office.ben)
    monkeypatch.undo()

    assert (first.status_code, first.json()["ref"]) == (201, "INC-1")
    assert declare(office.ben).json()["ref"] == "INC-1"
    assert count(office) == 1
