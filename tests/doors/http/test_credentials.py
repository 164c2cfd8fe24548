"""Which tokens there are, withdrawing one, and changing one's own password, through the API."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from tests.support.api import Office, Person, problem_of
from tests.support.passwords import give_password

from tocsin.doors.http.callers import COOKIE
from tocsin.doors.throttle import FREE_TRIES, Throttle
from tocsin.flows import access

OLD, NEW = "an old horse battery", "a new horse battery"


@pytest.fixture(autouse=True)
def _unhurried(office: Office) -> Iterator[None]:
    """Wrong guesses of one test are none of the next one's."""
    office.server.state.throttle = Throttle()
    yield
    office.server.state.throttle = Throttle()


def names(reader: Person, **asked: Any) -> list[tuple[str, str]]:
    return [(token["person"], token["name"]) for token in reader.get("/v1/tokens", **asked)["items"]]


def make(office: Office, person: str, *scopes: str) -> dict[str, Any]:
    made: dict[str, Any] = office.ana.post("/v1/tokens", {"name": "ci", "person": person, "scopes": list(scopes)})
    return made


# -- tokens ----------------------------------------------------------------------------------------------------------


def test_everybody_sees_their_own_tokens_and_no_secret(office: Office) -> None:
    secret = make(office, "ben", "read")["secret"]
    shown = office.ben.send("GET", "/v1/tokens")

    assert [(t["person"], t["name"]) for t in shown.json()["items"]] == [("ben", "test"), ("ben", "ci")]
    assert set(shown.json()["items"][0]) == {
        "id", "person", "name", "scopes", "created_at", "expires_at", "last_used_at", "team",
    }  # fmt: skip
    assert secret not in shown.text
    assert access.digest(secret) not in shown.text


def test_only_an_administrator_sees_others_tokens(office: Office) -> None:
    assert names(office.ana, person="cleo") == [("cleo", "test")]
    assert sorted(names(office.ana, all=True)) == [(key, "test") for key in ("ana", "ben", "cleo", "dan")]
    problem_of(office.ben.send("GET", "/v1/tokens", params={"person": "cleo"}), 403)
    problem_of(office.ben.send("GET", "/v1/tokens", params={"all": "true"}), 403)
    assert names(office.ben, person="ben") == [("ben", "test")]


def test_tokens_come_page_by_page(office: Office) -> None:
    seen: list[str] = []
    cursor = ""
    for _ in range(2):
        page = office.ana.get("/v1/tokens", all=True, limit=2, cursor=cursor)
        seen += [token["person"] for token in page["items"]]
        cursor = page["next_cursor"]

    assert sorted(seen) == ["ana", "ben", "cleo", "dan"]
    assert cursor == ""


def test_a_withdrawn_token_opens_nothing_any_more(office: Office) -> None:
    made = make(office, "ben", "read")
    gone = office.ben.send("DELETE", f"/v1/tokens/{made['token']['id']}")

    assert gone.json()["name"] == "ci"
    problem_of(Person(office.client, made["secret"]).send("GET", "/v1/whoami"), 401)
    assert names(office.ben) == [("ben", "test")]
    assert "token list" in problem_of(office.ben.send("DELETE", f"/v1/tokens/{made['token']['id']}"), 404)["mend"]


def test_somebody_elses_token_looks_like_none_but_to_an_administrator(office: Office) -> None:
    made = make(office, "cleo", "read")["token"]["id"]
    shown, blank = (office.ben.send("DELETE", f"/v1/tokens/{key}") for key in (made, "0190-none"))

    assert problem_of(shown, 404)["detail"].replace(made, "") == problem_of(blank, 404)["detail"].replace(
        "0190-none", ""
    )
    assert office.ana.send("DELETE", f"/v1/tokens/{made}").status_code == 200


def test_a_weak_token_withdraws_itself_but_no_stronger_one(office: Office) -> None:
    weak, strong = make(office, "ben", "read"), make(office, "ben", "read", "respond")
    holder = Person(office.client, weak["secret"])

    problem_of(holder.send("DELETE", f"/v1/tokens/{strong['token']['id']}"), 403)
    assert holder.send("DELETE", f"/v1/tokens/{weak['token']['id']}").status_code == 200
    problem_of(holder.send("GET", "/v1/whoami"), 401)


# -- passwords -------------------------------------------------------------------------------------------------------


def has(office: Office, person: str, password: str) -> bool:
    try:
        access.log_in(office.app.engine, office.app.passwords, person, password)
    except access.DeniedError:
        return False
    return True


def logged_in(office: Office, person: str) -> tuple[str, dict[str, str]]:
    """Return a new session's cookie, and the headers its browser sends."""
    key = access.login_link(office.app.engine, person).partition("key=")[2]
    cookie = access.use_login_link(office.app.engine, key)
    csrf = access.by_session(office.app.engine, cookie).csrf
    return cookie, {"cookie": f"{COOKIE}={cookie}", "x-csrf-token": csrf}


def alive(office: Office, cookie: str) -> bool:
    return office.client.get("/v1/whoami", headers={"cookie": f"{COOKIE}={cookie}"}).status_code == 200


def change(office: Office, **said: str) -> Any:
    return office.ben.send("POST", "/v1/password", json=said)


def test_a_password_is_changed_by_whoever_knows_it(office: Office) -> None:
    give_password(office.app.engine, office.app.passwords, "ben", OLD)
    assert problem_of(change(office, current="a wrong horse", new=NEW), 422)["field"] == "current"
    assert problem_of(change(office, new=NEW), 422)["field"] == "current"
    assert has(office, "ben", OLD)

    assert change(office, current=OLD, new=NEW).json() == {"person": "ben", "sessions_ended": 1}
    assert (has(office, "ben", OLD), has(office, "ben", NEW)) == (False, True)


def test_a_password_that_is_short_or_the_old_one_is_refused(office: Office) -> None:
    give_password(office.app.engine, office.app.passwords, "ben", OLD)
    assert "10 characters" in problem_of(change(office, current=OLD, new="short"), 409)["mend"]
    problem_of(change(office, current=OLD, new=OLD), 409)
    assert has(office, "ben", OLD)


def test_other_browsers_are_logged_out_and_this_one_stays(office: Office) -> None:
    give_password(office.app.engine, office.app.passwords, "ben", OLD)
    here, headers = logged_in(office, "ben")
    there, _ = logged_in(office, "ben")
    anas, _ = logged_in(office, "ana")
    link = access.login_link(office.app.engine, "ben").partition("key=")[2]

    bare = {name: value for name, value in headers.items() if name != "x-csrf-token"}
    body = {"current": OLD, "new": NEW}
    problem_of(office.client.post("/v1/password", json=body, headers=bare), 401)
    assert office.client.post("/v1/password", json=body, headers=headers).json()["sessions_ended"] == 1
    assert [alive(office, cookie) for cookie in (here, there, anas)] == [True, False, True]
    with pytest.raises(access.DeniedError):
        access.use_login_link(office.app.engine, link)


def test_a_change_by_token_logs_every_browser_out_and_leaves_tokens(office: Office) -> None:
    give_password(office.app.engine, office.app.passwords, "ben", OLD)
    cookie, _ = logged_in(office, "ben")

    assert change(office, current=OLD, new=NEW).json()["sessions_ended"] == 1
    assert not alive(office, cookie)
    assert office.ben.get("/v1/whoami")["person"] == "ben"


def test_a_first_password_needs_no_current_one_but_the_persons_whole_reach(office: Office) -> None:
    weak = Person(office.client, make(office, "ben", "read")["secret"])
    problem_of(weak.send("POST", "/v1/password", json={"new": NEW}), 403)
    assert not has(office, "ben", NEW)

    assert change(office, new=NEW).status_code == 200
    assert has(office, "ben", NEW)
    problem_of(change(office, new=OLD), 422)


def test_guessing_the_current_password_becomes_slow(office: Office) -> None:
    give_password(office.app.engine, office.app.passwords, "ben", OLD)
    answers = [change(office, current=f"wrong horse {n}", new=NEW) for n in range(FREE_TRIES + 1)]

    assert [answer.status_code for answer in answers] == [422] * FREE_TRIES + [429]
    assert answers[-1].headers["retry-after"]
    problem_of(change(office, current=OLD, new=NEW), 429)
    assert has(office, "ben", OLD)


def test_a_change_is_never_answered_from_memory(office: Office) -> None:
    """What is kept for a repeat holds a fast digest of the request, which nobody should have of a password."""
    sent = {"json": {"new": NEW}, "headers": {"idempotency-key": "k"}}
    assert office.ben.send("POST", "/v1/password", **sent).status_code == 200
    problem_of(office.ben.send("POST", "/v1/password", **sent), 422)
