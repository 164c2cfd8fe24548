"""A page answered by replying to its mail, over a real SMTP connection; and STARTTLS on the way in."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from tests.support.api import TOCSIN_YAML, Office
from tests.support.http import closed_port
from tests.support.smtp import AUTHORITIES
from tests.support.tls import trust

from tocsin.config.catalogue import check_text
from tocsin.doors.serve import create_server
from tocsin.flows.configure import apply
from tocsin.settings import SettingsError

YAML = TOCSIN_YAML.replace(
    "ben: {name: Ben, contacts: {",
    "ben: {name: Ben, contacts: {mail: {kind: email, address: ben@example.com, verified: true}, ",
)


@pytest.fixture
def letters(office: Office) -> Iterator[tuple[Office, int]]:
    """The office, where Ben is paged by mail first, and the port that takes mail, with STARTTLS."""
    catalogue, problems = check_text(YAML, "tocsin.yaml", Path())
    assert catalogue is not None, problems
    apply(office.app.engine, catalogue, "ana")
    number = closed_port()
    certificate = str(AUTHORITIES)
    settings = replace(office.app.settings, smtp_port=number, smtp_certificate=certificate)
    with TestClient(create_server(replace(office.app, settings=settings))):
        yield office, number


def code_of(office: Office) -> str:
    office.ana.declare()
    job = next(job for job in office.jobs("page") if job.payload["to"] == "ben")
    facts: Any = job.payload["facts"]
    return str(facts["code"]).replace("-", "")


def reply(
    port: int, code: str, text: str, *, sender: str = "ben@example.com", subtype: str = "plain", **headers: str
) -> tuple[int, str]:
    """Send a reply and return what the server said of it."""
    mail = EmailMessage()
    mail["From"] = f"Ben <{sender}>"
    mail["To"] = f"reply+{code}@tocsin.example.com"
    mail["Subject"] = "Re: SEV2 Orders fail"
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(text, subtype=subtype)
    with smtplib.SMTP("127.0.0.1", port, timeout=20) as client:
        try:
            client.send_message(mail)
        except smtplib.SMTPDataError as error:
            told = error.smtp_error
            return error.smtp_code, told.decode() if isinstance(told, bytes) else told
    return 250, ""


def taken_by(office: Office) -> str:
    return office.paging("INC-1").acknowledged_by


@pytest.mark.parametrize("text", ["ack", "Ack.\n\nOn Monday you wrote:\n> SEV2", "\n\nYES, I am on it"])
def test_a_reply_acknowledges(letters: tuple[Office, int], text: str) -> None:
    office, port = letters
    assert reply(port, code_of(office), text) == (250, "")
    assert taken_by(office) == "ben"


@pytest.mark.parametrize(
    "html",
    [
        "<html><head><title>escalate</title><style>p {color: red}</style></head><body><p>Ack</p></body></html>",
        "<div><b>ack</b><br>On Monday you wrote:</div><blockquote>escalate</blockquote>",
        "<p>&nbsp;</p><p>Yes, I am on it</p>",
        "ack<br>" + "<div>" * 20_000,
        '<div dir="ltr">a&#99;k</div',
        "<![if x]>ack<![endif]>",
    ],
)
def test_a_reply_that_is_html_alone_acknowledges(letters: tuple[Office, int], html: str) -> None:
    office, port = letters
    assert reply(port, code_of(office), html, subtype="html") == (250, "")
    assert taken_by(office) == "ben"


@pytest.mark.parametrize("html", ["<blockquote>ack</blockquote>", "<script>ack</script>", "<p></p>", "<p>later</p>ack"])
def test_html_that_says_nothing_of_its_own_answers_nothing(letters: tuple[Office, int], html: str) -> None:
    office, port = letters
    code, told = reply(port, code_of(office), html, subtype="html")
    assert (code, "begin your reply with" in told) == (550, True)
    assert taken_by(office) == ""


def test_a_reply_passes_it_on(letters: tuple[Office, int]) -> None:
    office, port = letters
    assert reply(port, code_of(office).lower(), "escalate please")[0] == 250
    assert office.paging("INC-1").level == 1


@pytest.mark.parametrize(
    "headers", [{"Auto_Submitted": "auto-replied"}, {"Precedence": "bulk"}, {"X_Autoreply": "yes"}]
)
def test_whoever_is_away_has_not_acknowledged(letters: tuple[Office, int], headers: dict[str, str]) -> None:
    office, port = letters
    assert reply(port, code_of(office), "ack", **headers)[0] == 250
    assert taken_by(office) == ""


@pytest.mark.parametrize(
    ("text", "sender", "says"),
    [
        ("ack", "mallory@example.com", "sent to somebody else"),
        ("I am out of the office", "ben@example.com", "begin your reply with"),
        ("> ack", "ben@example.com", "begin your reply with"),
    ],
)
def test_what_is_no_answer_of_this_person_is_refused_with_its_reason(
    letters: tuple[Office, int], text: str, sender: str, says: str
) -> None:
    office, port = letters
    code, told = reply(port, code_of(office), text, sender=sender)
    assert (code, says in told) == (550, True)
    assert taken_by(office) == ""


def test_a_wrong_code_answers_nothing(letters: tuple[Office, int]) -> None:
    office, port = letters
    code_of(office)
    assert reply(port, "00000000", "ack")[0] == 550
    assert taken_by(office) == ""


def test_mail_may_come_over_tls(letters: tuple[Office, int]) -> None:
    office, port = letters
    code = code_of(office)
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "ben@example.com", f"reply+{code}@x.example", "Re: page"
    mail.set_content("ack")
    with smtplib.SMTP("localhost", port, timeout=20) as client:
        client.starttls(context=trust())
        assert isinstance(client.sock, ssl.SSLSocket)
        client.send_message(mail)
    assert taken_by(office) == "ben"


def test_a_certificate_that_is_none_is_named_at_start(office: Office, tmp_path: Path) -> None:
    wrong = tmp_path / "x.pem"
    wrong.write_text("no certificate")
    settings = replace(office.app.settings, smtp_port=closed_port(), smtp_certificate=str(wrong))
    with (
        pytest.raises(SettingsError, match="TOCSIN_SMTP_CERTIFICATE"),
        TestClient(create_server(replace(office.app, settings=settings))),
    ):
        pass
