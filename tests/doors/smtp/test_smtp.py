"""Alerts by mail, over a real SMTP connection: stored before 250, and what can be mended comes again."""

from __future__ import annotations

import smtplib
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from tests.support.api import Office
from tests.support.http import closed_port

from tocsin.doors.serve import create_server
from tocsin.doors.smtp.letter import Recipient, recipient_of
from tocsin.doors.smtp.listener import LARGEST, MOST_CONNECTIONS, MOST_RECIPIENTS


@pytest.fixture
def port(desk: Office) -> Iterator[int]:
    number = closed_port()
    app = replace(desk.app, settings=replace(desk.app.settings, smtp_port=number))
    with TestClient(create_server(app)):
        yield number


def a_mail(subject: str = "PROBLEM: disk full", **headers: str) -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = "nagios@example.com"
    mail["To"] = "mail+mail-key@tocsin.example.com"
    mail["Subject"] = subject
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content("97 % of /var")
    return mail


def send(port: int, mail: EmailMessage, *to: str) -> None:
    with smtplib.SMTP("127.0.0.1", port, timeout=20) as client:
        client.send_message(mail, to_addrs=to or ["mail+mail-key@tocsin.example.com"])


def answer(port: int, mail: EmailMessage, *to: str) -> tuple[int, str]:
    with pytest.raises(smtplib.SMTPDataError) as refused:
        send(port, mail, *to)
    told = refused.value.smtp_error
    return refused.value.smtp_code, told.decode() if isinstance(told, bytes) else told


def test_a_mail_opens_an_incident_and_the_mail_of_the_end_clears_it(desk: Office, port: int) -> None:
    send(port, a_mail())
    assert desk.cleo.see("INC-1")["title"] == "Orders API: disk full"
    send(port, a_mail("RECOVERY: disk full"))
    assert [one["firing"] for one in desk.cleo.see("INC-1")["alerts"]] == [False]


@pytest.mark.parametrize("to", ["mail@tocsin.example.com", "alerts+mail@tocsin.example.com"])
def test_the_key_may_stand_in_a_header(desk: Office, port: int, to: str) -> None:
    send(port, a_mail(X_Tocsin_Integration_Key="mail-key"), to)
    assert len(desk.cleo.see("INC-1")["alerts"]) == 1


def test_the_key_is_not_kept_with_the_mail(desk: Office, port: int, tmp_path: Path) -> None:
    send(port, a_mail(X_Tocsin_Integration_Key="mail-key", Received="from a for <mail+mail-key@tocsin>"))
    assert desk.cleo.see("INC-1")["alerts"]
    with closing(sqlite3.connect(tmp_path / "t.db")) as database:
        (body,) = database.execute("SELECT body FROM raw_bodies").fetchone()
    assert b"97 % of /var" in body
    assert b"mail-key" not in body


@pytest.mark.parametrize(
    "to", ["mail+wrong@x.example", "mail@x.example", "nobody+mail-key@x.example", "pd+pd-key@x.example"]
)
def test_a_wrong_key_an_unknown_integration_and_another_kind_look_the_same(port: int, to: str) -> None:
    code, text = answer(port, a_mail(), to)
    assert code == 550
    assert "do not go together" in text


def test_a_mail_without_a_subject_is_refused_with_its_reason(port: int) -> None:
    mail = a_mail()
    del mail["Subject"]
    code, text = answer(port, mail)
    assert code == 554
    assert "no subject" in text


def test_an_address_that_names_nobody_is_refused_at_once(port: int) -> None:
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        send(port, a_mail(), "+mail-key@x.example")


def test_without_its_database_the_mail_comes_again(port: int, tmp_path: Path) -> None:
    for file in tmp_path.glob("t.db*"):
        file.write_bytes(b"no database " * 4096)
    code, text = answer(port, a_mail())
    assert code == 451
    assert "Try again" in text


def test_of_several_recipients_the_one_that_must_come_again_decides(desk: Office, port: int) -> None:
    assert answer(port, a_mail(), "mail+mail-key@x.example", "mail+wrong@x.example")[0] == 550
    assert len(desk.cleo.see("INC-1")["alerts"]) == 1


def test_a_mail_beyond_the_limit_is_refused(port: int) -> None:
    mail = a_mail()
    mail.set_content("x" * 70 + "\n")
    mail.add_attachment(b"x" * LARGEST, maintype="application", subtype="octet-stream")
    with pytest.raises(smtplib.SMTPResponseException) as refused:
        send(port, mail)
    assert refused.value.smtp_code == 552


def test_recipients_are_bounded(port: int) -> None:
    with smtplib.SMTP("127.0.0.1", port, timeout=20) as client:
        client.ehlo()
        client.mail("a@x.example")
        codes = [client.rcpt(f"mail+{number}@x.example")[0] for number in range(MOST_RECIPIENTS + 1)]
    assert codes == [250] * MOST_RECIPIENTS + [452]


def test_connections_are_bounded(port: int) -> None:
    with ExitStack() as stack:
        for _ in range(MOST_CONNECTIONS):
            held = stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=20))
            assert held.recv(100).startswith(b"220")
        with socket.create_connection(("127.0.0.1", port), timeout=20) as refused:
            assert refused.recv(100).startswith(b"421")


def test_no_mail_is_taken_unless_a_port_is_set(desk: Office) -> None:
    assert desk.app.settings.smtp_port == 0
    with TestClient(create_server(desk.app)) as client:
        assert client.get("/health").status_code == 200


@pytest.mark.parametrize(
    ("address", "means"),
    [
        ("mail+key@x", Recipient("mail", "key")),
        ("mail@x", Recipient("mail", "")),
        ('"mail+key"@x', Recipient("mail", "key")),
        ("mail+a+b@x", Recipient("mail", "a+b")),
        ("mail", None),
        ("@x", None),
        ("+key@x", None),
        ("a" * 65 + "@x", None),
        ("a\x00b@x", None),
    ],
)
def test_an_address_names_an_integration_and_perhaps_its_key(address: str, means: Recipient | None) -> None:
    assert recipient_of(address) == means
