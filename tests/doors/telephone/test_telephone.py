"""What a provider posts back, signed as its own client library signs it."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as ET

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.doors.telephone.conftest import TOKEN
from tests.support.api import Office
from twilio.request_validator import RequestValidator

from tocsin.doors.telephone.signature import is_signed, signature_of
from tocsin.flows.storage import Job

FIELDS = st.dictionaries(st.text(min_size=1, max_size=8), st.text(max_size=8), max_size=6)


def page_of(phones: Office) -> Job:
    phones.ana.declare()
    return next(job for job in phones.jobs("page") if job.payload["to"] == "ben")


def post(phones: Office, path: str, fields: dict[str, str], *, token: str = TOKEN, sign: str = "") -> httpx2.Response:
    signature = sign or RequestValidator(token).compute_signature(f"http://tocsin.test{path}", fields)
    return phones.client.post(path, data=fields, headers={"X-Twilio-Signature": signature})


def said(answer: httpx2.Response) -> str:
    assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (200, "text/xml")
    return "".join(ET.fromstring(answer.text).itertext())  # noqa: S314 (our own answer)


def code_of(job: Job) -> str:
    facts: Any = job.payload["facts"]
    return str(facts["code"])


@given(fields=FIELDS)
def test_signatures_are_those_of_the_providers_own_library(fields: dict[str, str]) -> None:
    url = "https://tocsin.example.com/callbacks/phone/x/status"
    ours = signature_of("tok", url, fields.items())
    assert ours == RequestValidator("tok").compute_signature(url, fields)
    assert RequestValidator("tok").validate(url, fields, ours)
    assert is_signed(ours, "tok", url, fields.items())
    assert not is_signed(ours, "other", url, fields.items())
    assert not is_signed("", "", url, fields.items())


def test_an_address_may_be_signed_with_its_port() -> None:
    signed = RequestValidator("tok").compute_signature("https://x.example:443/a", {"a": "b"})
    assert is_signed(signed, "tok", "https://x.example/a", [("a", "b")])


@pytest.mark.parametrize("path", ["/callbacks/phone/messages", "/callbacks/phone/T/status", "/callbacks/phone/T/keys"])
def test_what_is_not_signed_is_not_taken(phones: Office, path: str) -> None:
    job = page_of(phones)
    path = path.replace("/T/", f"/{job.payload['callback']}/")
    fields = {"From": "+49151234", "Body": f"ack {code_of(job)}", "Digits": "1", "MessageStatus": "failed"}
    assert post(phones, path, fields, token="wrong").status_code == 403
    assert phones.client.post(path, data=fields).status_code == 403
    assert post(phones, path.replace("phone", "room"), fields).status_code == 403
    assert post(phones, path.replace("phone", "nowhere"), fields).status_code == 403
    assert not phones.paging("INC-1").acknowledged_by


def test_a_reply_acknowledges_and_is_answered(phones: Office) -> None:
    job = page_of(phones)
    told = said(post(phones, "/callbacks/phone/messages", {"From": "+49151234", "Body": f"Ack {code_of(job)}"}))
    assert told == "INC-1: acknowledged, Ben has it."
    assert phones.paging("INC-1").acknowledged_by == "ben"


def test_a_code_alone_acknowledges(phones: Office) -> None:
    job = page_of(phones)
    said(post(phones, "/callbacks/phone/messages", {"From": "+49151234", "Body": code_of(job).lower()}))
    assert phones.paging("INC-1").acknowledged_by == "ben"


def test_a_stranger_with_the_code_is_not_even_answered(phones: Office) -> None:
    job = page_of(phones)
    assert said(post(phones, "/callbacks/phone/messages", {"From": "+49999", "Body": f"ack {code_of(job)}"})) == ""
    assert not phones.paging("INC-1").acknowledged_by


def test_somebody_of_ours_hears_what_was_wrong(phones: Office) -> None:
    page_of(phones)
    assert "wrong" in said(post(phones, "/callbacks/phone/messages", {"From": "+49151234", "Body": "ack 0000-0000"}))


def test_a_message_that_was_not_delivered_leads_to_the_next_method(phones: Office) -> None:
    job = page_of(phones)
    path = f"/callbacks/phone/{job.payload['callback']}/status"
    assert post(phones, path, {"MessageStatus": "delivered"}).status_code == 204
    assert phones.jobs("page") == []
    for _ in range(2):  # providers say things twice
        assert post(phones, path, {"MessageStatus": "undelivered", "ErrorCode": "30003"}).status_code == 204
    (following,) = phones.jobs("page")
    assert (following.payload["to"], following.payload["method"]) == ("ben", "console")
    assert any("30003" in str(entry) for entry in phones.ana.timeline("INC-1"))


@pytest.mark.parametrize(
    ("key", "says", "taken"),
    [("1", "INC-1: acknowledged, Ben has it.", "ben"), ("2", "next level", ""), ("7", "means nothing", "")],
)
def test_a_key_pressed_in_a_call_answers(phones: Office, key: str, says: str, taken: str) -> None:
    job = page_of(phones)
    assert says in said(post(phones, f"/callbacks/phone/{job.payload['callback']}/keys", {"Digits": key}))
    assert phones.paging("INC-1").acknowledged_by == taken
    assert phones.paging("INC-1").level == (1 if key == "2" else 0)


@pytest.mark.parametrize("path", ["status", "keys"])
def test_a_token_that_is_not_ours_changes_nothing(phones: Office, path: str) -> None:
    page_of(phones)
    answer = post(phones, f"/callbacks/phone/x.1.y.z/{path}", {"Digits": "1", "CallStatus": "busy"})
    assert answer.status_code in {200, 422}
    assert not phones.paging("INC-1").acknowledged_by


def test_callbacks_are_no_part_of_the_api(phones: Office) -> None:
    assert not [p for p in phones.client.get("/v1/openapi.json").json()["paths"] if "callbacks" in p]
