"""Contact methods over the API: tried, listed without addresses, confirmed by the code that came over them."""

from __future__ import annotations

import re2
from structlog.testing import capture_logs
from tests.support.api import Office, Person, problem_of

from tocsin.flows.contacts import MOST_TRIES


def code_for(office: Office, person: str = "cleo") -> str:
    """Send a test page and return the code that its message holds."""
    office.ben.post("/v1/pages/test", {"person": person}, status=202)
    (job,) = office.jobs("page")
    found = re2.search(r"--confirm (\d{4}-\d{4})", str(job.payload["text"]))
    assert found
    return str(found[1])


def confirm(who: Person, code: str, **more: str) -> dict[str, object]:
    found: dict[str, object] = who.post("/v1/contacts/confirm", {"code": code, **more}, status=200)
    return found


def test_a_test_page_says_which_methods_wait_to_be_confirmed(office: Office) -> None:
    assert office.ben.post("/v1/pages/test", {"person": "cleo"})["to_confirm"] == ["console"]
    assert office.ben.post("/v1/pages/test", {"person": "ana"})["to_confirm"] == []


def test_a_person_confirms_their_own_method_and_is_listed_as_reachable(office: Office) -> None:
    assert {w["by"] for w in office.cleo.get("/v1/contacts") if w["person"] == "cleo"} == {""}

    found = confirm(office.cleo, code_for(office))

    assert (found["person"], found["method"], found["verified"], found["by"]) == ("cleo", "console", True, "cleo")
    listed = office.cleo.get("/v1/contacts")
    assert {w["by"] for w in listed if w["person"] == "cleo"} == {"cleo"}
    assert {w["by"] for w in listed if w["person"] == "ana"} == {"tocsin.yaml"}
    assert "127.0.0.1:9" not in str(listed)


def test_only_an_admin_sees_by_what_an_address_could_be_guessed(office: Office) -> None:
    assert {w["target"] for w in office.ben.get("/v1/contacts")} == {""}
    assert all(len(w["target"]) == 64 for w in office.ana.get("/v1/contacts"))


def test_who_verified_what_is_in_the_log_and_the_code_is_not(office: Office) -> None:
    code = code_for(office)
    with capture_logs() as logs:
        confirm(office.ben, code, person="cleo")

    (line,) = [one for one in logs if one["event"] == "contact.verified"]
    assert (line["person"], line["method"], line["kind"], line["by"]) == ("cleo", "console", "console", "ben")
    assert code not in str(logs)


def test_a_reader_confirms_for_nobody_else(office: Office) -> None:
    code = code_for(office)
    problem_of(office.cleo.send("POST", "/v1/contacts/confirm", json={"code": code, "person": "ana"}), 403)
    problem_of(office.client.post("/v1/contacts/confirm", json={"code": code}), 401)
    assert confirm(office.cleo, code)["verified"]


def test_a_wrong_code_names_its_field_and_guessing_is_refused_in_the_end(office: Office) -> None:
    code = code_for(office)
    wrong = f"{(int(code.replace('-', '')) + 1) % 10**8:08}"

    for _ in range(MOST_TRIES):
        answer = office.cleo.send("POST", "/v1/contacts/confirm", json={"code": wrong})
        assert problem_of(answer, 422)["field"] == "code"
    told = problem_of(office.cleo.send("POST", "/v1/contacts/confirm", json={"code": code}), 409)
    assert "Wait 15 minutes" in told["mend"]
    assert code not in str(told)


def test_a_code_sent_twice_under_one_key_is_answered_twice(office: Office) -> None:
    code = code_for(office)
    key = {"idempotency-key": "the same"}
    first = office.cleo.send("POST", "/v1/contacts/confirm", json={"code": code}, headers=key)
    again = office.cleo.send("POST", "/v1/contacts/confirm", json={"code": code}, headers=key)
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json() == again.json()


def test_a_confirmation_is_no_change_of_the_configuration(office: Office) -> None:
    catalogue = office.ana.get("/v1/config")
    confirm(office.cleo, code_for(office))
    assert office.ana.get("/v1/config") == catalogue
