"""Mail against a real SMTP server: what arrives, what is refused, and in whose words."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from tests.support.http import closed_port, raw_server
from tests.support.smtp import AUTHORITIES, SMTPSink, smtp_sink

from tocsin.adapters.channels.email import Email, validate_options
from tocsin.domain.errors import InvalidError
from tocsin.flows.ports import Message, PermanentError, TransientError

AT = datetime(2026, 3, 4, 14, 23, 5, tzinfo=UTC)
PAGE = Message(
    key="i1/page/0", kind="page", to="ada@example.org", subject="Orders größer", text="Größer als 5 %\n.\nEnd\n"
)
Talk = Callable[[socket.socket, threading.Event], None]
EMAIL = Email(clock=lambda: AT)


def _options(sink: SMTPSink, **more: object) -> dict[str, object]:
    return {"host": sink.host, "port": sink.port, "sender": "tocsin@ops.example.org", "security": "none", **more}


def test_a_page_arrives_as_written() -> None:
    with smtp_sink() as sink:
        receipt = EMAIL.deliver(PAGE, _options(sink), 5)
    [mail] = sink.mails
    assert (mail.sender, mail.recipients) == ("tocsin@ops.example.org", ("ada@example.org",))
    assert mail.message["Subject"] == "Orders größer"
    assert mail.text == "Größer als 5 %\n.\nEnd\n"
    assert mail.message["Date"] == "Wed, 04 Mar 2026 14:23:05 +0000"
    assert mail.message["Message-ID"] == receipt
    assert mail.helo == "ops.example.org"
    assert "Tocsin-Possible-Repeat" not in mail.message


def test_a_repeat_carries_the_same_message_id_and_says_so() -> None:
    again = Message(key=PAGE.key, kind="page", to=PAGE.to, subject=PAGE.subject, text=PAGE.text, possible_repeat=True)
    with smtp_sink() as sink:
        first = EMAIL.deliver(PAGE, _options(sink), 5)
        second = EMAIL.deliver(again, _options(sink), 5)
    assert first == second
    assert sink.mails[1].message["Subject"] == "[possible repeat] Orders größer"
    assert sink.mails[1].message["Tocsin-Possible-Repeat"] == "yes"


def test_an_alert_cannot_add_headers_or_recipients() -> None:
    nasty = Message(
        key="k\r\nX: 1", kind="page", to=PAGE.to, subject="a\r\nBcc: eve@example.org\x00\u2028b\ud800", text="\ud800"
    )
    with smtp_sink() as sink:
        EMAIL.deliver(nasty, _options(sink), 5)
    [mail] = sink.mails
    assert mail.recipients == ("ada@example.org",)
    assert mail.message["Bcc"] is None
    assert mail.message["Subject"] == "a Bcc: eve@example.org b?"


@pytest.mark.parametrize(
    "to", ["", "ada", "ada@", "a@b\r\nRCPT TO:<eve@c>", "a b@c.org", "<a@c.org>", "a@c.org,e@c.org"]
)
def test_what_is_no_address_is_refused_before_anyone_is_called(to: str) -> None:
    message = Message(key="k", kind="page", to=to, subject="s", text="t")
    with pytest.raises(PermanentError, match="is not a mail address"):
        EMAIL.deliver(message, {"host": "mail.invalid", "sender": "t@example.org"}, 5)


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_mail_goes_over_tls_when_asked(security: str) -> None:
    with smtp_sink(security=security) as sink:
        EMAIL.deliver(PAGE, _options(sink, security=security, authorities=str(AUTHORITIES)), 5)
    assert sink.mails[0].secured


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_certificate_nobody_vouches_for_is_a_permanent_failure(security: str) -> None:
    with smtp_sink(security=security) as sink, pytest.raises(PermanentError, match="certificate does not hold"):
        EMAIL.deliver(PAGE, _options(sink, security=security), 5)
    assert sink.mails == []


def test_starttls_is_never_silently_skipped() -> None:
    with smtp_sink() as sink, pytest.raises(PermanentError, match="STARTTLS"):
        EMAIL.deliver(PAGE, _options(sink, security="starttls"), 5)
    assert sink.mails == []


def test_the_login_is_used_and_a_wrong_one_is_permanent() -> None:
    with smtp_sink(login=("tocsin", "s3cr3t")) as sink:
        EMAIL.deliver(PAGE, _options(sink, username="tocsin", password="s3cr3t"), 5)
        with pytest.raises(PermanentError, match="answered 535") as failed:
            EMAIL.deliver(PAGE, _options(sink, username="tocsin", password="wr0ng"), 5)
    assert len(sink.mails) == 1
    assert "wr0ng" not in str(failed.value)


@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize(
    ("reply", "kind"), [("451 greylisted, come back", TransientError), ("550 no such user", PermanentError)]
)
def test_a_refusal_is_told_in_the_servers_words(verb: str, reply: str, kind: type[Exception]) -> None:
    with smtp_sink() as sink:
        sink.answers[verb] = reply
        with pytest.raises(kind) as failed:
            EMAIL.deliver(PAGE, _options(sink), 5)
        told = f"page i1/page/0 to ada@example.org by localhost:{sink.port}: the server answered {reply}"
    assert str(failed.value) == told


def test_an_unreachable_server_is_transient() -> None:
    options = {"host": "127.0.0.1", "port": closed_port(), "sender": "t@example.org", "security": "none"}
    with pytest.raises(TransientError, match=r"to ada@example.org by 127.0.0.1:\d+: .*refused"):
        EMAIL.deliver(PAGE, options, 5)


def _greet_slowly(connection: socket.socket, over: threading.Event) -> None:
    while not over.wait(0.02):
        connection.sendall(b"220-still waking up\r\n")


def _say_nothing(_: socket.socket, over: threading.Event) -> None:
    over.wait(10)


def _swallow_the_mail(connection: socket.socket, over: threading.Event) -> None:
    connection.sendall(b"220 hi\r\n")
    while line := connection.recv(1000):
        if line.endswith(b"\r\n.\r\n"):
            over.wait(10)
        connection.sendall(b"354 go\r\n" if line.startswith(b"DATA") else b"250 ok\r\n")


@pytest.mark.parametrize("talk", [_greet_slowly, _say_nothing, _swallow_the_mail])
@pytest.mark.parametrize("security", ["none", "tls"])
def test_a_slow_server_is_given_up_on_at_the_deadline(talk: Talk, security: str) -> None:
    began = time.perf_counter()
    with raw_server(talk) as port:
        options = {"host": "127.0.0.1", "port": port, "sender": "t@example.org", "security": security}
        with pytest.raises(TransientError):
            EMAIL.deliver(PAGE, options, 0.3)
    assert time.perf_counter() - began < 2


def test_a_rude_goodbye_after_acceptance_does_not_send_the_mail_again() -> None:
    def rude(connection: socket.socket, _: threading.Event) -> None:
        connection.sendall(b"220 hi\r\n")
        while line := connection.recv(1000):
            if line.startswith(b"quit"):
                return
            connection.sendall(b"354 go\r\n" if line.startswith(b"data") else b"250 ok\r\n")

    with raw_server(rude) as port:
        options = {"host": "127.0.0.1", "port": port, "sender": "t@example.org", "security": "none"}
        assert EMAIL.deliver(PAGE, options, 5).endswith("@example.org>")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"port": "25"}, "port"),
        ({"port": 0}, "port"),
        ({"security": "ssl"}, "security"),
        ({"hots": "x"}, "hots"),
        ({"sender": "nobody"}, "sender"),
        ({"host": ""}, "host"),
        ({"username": "u", "security": "none"}, "security"),
    ],
)
def test_a_wrong_option_is_named(change: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidError) as wrong:
        validate_options({"host": "mail.example.org", "sender": "t@example.org", **change})
    assert wrong.value.field == field
    assert wrong.value.mend


def test_a_missing_option_is_named() -> None:
    with pytest.raises(InvalidError) as wrong:
        validate_options({"host": "mail.example.org"})
    assert wrong.value.field == "sender"


def test_a_page_can_be_answered_by_a_reply() -> None:
    page = Message(key="k", kind="page", to=PAGE.to, subject="x", text="x", facts={"code": "7KQ2-M9XD"})
    with smtp_sink() as sink:
        EMAIL.deliver(page, _options(sink, reply_to="reply@tocsin.example.org"), 5)
        EMAIL.deliver(page, _options(sink), 5)
        EMAIL.deliver(PAGE, _options(sink, reply_to="reply@tocsin.example.org"), 5)
    first, *others = sink.mails
    assert first.message["Reply-To"] == "reply+7KQ2M9XD@tocsin.example.org"
    assert "`escalate` to pass it on" in first.text
    assert [m.message["Reply-To"] for m in others] == [None, None]


def test_replies_come_to_one_address_only() -> None:
    with pytest.raises(InvalidError, match="reply@ only"):
        validate_options({"host": "mail.example.org", "sender": "t@example.org", "reply_to": "t@example.org"})
