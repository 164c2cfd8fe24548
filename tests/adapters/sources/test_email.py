"""Mail as monitoring systems send it: RFC 5322 messages, plain and MIME."""

from __future__ import annotations

from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any

import pytest
from tests.support.posts import a_post

from tocsin.adapters.sources.email import Email
from tocsin.flows.ports import InboundAlert, Parsed, RejectedError


def _mail(subject: str = "PROBLEM: Disk full on db1", text: str = "97 % of /var\n", **headers: str) -> bytes:
    mail = EmailMessage()
    mail["From"] = "Nagios <Nagios@mon.example.com>"
    mail["To"] = "alerts@tocsin.example.com"
    mail["Subject"] = subject
    mail["Date"] = "Wed, 04 Mar 2026 15:20:00 +0100"
    mail["Message-ID"] = "<1@mon.example.com>"
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(text)
    return mail.as_bytes()


def _read(body: bytes, **options: Any) -> Parsed:
    return Email().parse(a_post(body, options=options))


def _one(body: bytes, **options: Any) -> InboundAlert:
    [alert] = _read(body, **options).alerts
    return alert


def test_a_mail_is_an_alert() -> None:
    alert = _one(_mail())
    assert (alert.name, alert.status, alert.summary) == ("Disk full on db1", "firing", "Disk full on db1")
    assert alert.labels == {"from": "nagios@mon.example.com"}
    assert alert.annotations == {"text": "97 % of /var"}
    assert alert.starts_at == datetime(2026, 3, 4, 14, 20, tzinfo=UTC)
    assert alert.extra == {"subject": "PROBLEM: Disk full on db1", "message_id": "<1@mon.example.com>"}
    assert alert.occurrence


@pytest.mark.parametrize(
    "subject",
    [
        "RECOVERY: Disk full on db1",
        "[RESOLVED] Disk full on db1",
        "Re: [OK] disk full on db1",
        "Resolved - Disk full on db1",
    ],
)
def test_the_mail_of_the_end_finds_its_alert(subject: str) -> None:
    over = _one(_mail(subject))
    assert (over.status, over.fingerprint) == ("resolved", _one(_mail()).fingerprint)
    assert over.ends_at == datetime(2026, 3, 4, 14, 20, tzinfo=UTC)


def test_a_mail_of_nagios_tells_severity_and_end() -> None:
    begun = _one(_mail("** PROBLEM Service Alert: db1/Disk is CRITICAL **"))
    over = _one(_mail("** RECOVERY Service Alert: db1/Disk is OK **"))
    assert (begun.name, begun.status, begun.severity) == ("Service Alert: db1/Disk", "firing", "critical")
    assert (over.status, over.fingerprint) == ("resolved", begun.fingerprint)


def test_a_notice_about_an_alert_begins_and_ends_nothing() -> None:
    parsed = _read(_mail("** ACKNOWLEDGEMENT Service Alert: db1/Disk is CRITICAL **"))
    assert parsed == Parsed(reply={"ignored": "a notice: acknowledgement"})


def test_a_word_in_the_matter_itself_tells_nothing() -> None:
    alert = _one(_mail("Backup is up to date? not OK"))
    assert (alert.status, alert.name) == ("firing", "Backup is up to date? not OK")


def test_headers_may_say_it_outright() -> None:
    said = {
        "X_Tocsin_Key": "k1",
        "X_Tocsin_Status": "resolved",
        "X_Tocsin_Service": "orders",
        "X_Tocsin_Severity": "p2",
    }
    alert = _one(_mail("anything", **said))
    assert (alert.fingerprint, alert.status, alert.service, alert.severity) == ("k1", "resolved", "orders", "p2")


def test_encoded_words_and_html_are_read_as_text() -> None:
    mail = EmailMessage()
    mail["From"], mail["Subject"] = "a@b.example", "Störung: Größe ⚠"
    mail.set_content("<p>Zu <b>groß</b> &amp; voll</p><script>x()</script>", subtype="html")
    alert = _one(mail.as_bytes())
    assert alert.name == "Störung: Größe ⚠"
    assert alert.annotations["text"] == "Zu groß & voll"


def test_the_first_readable_part_counts() -> None:
    mail = EmailMessage()
    mail["From"], mail["Subject"] = "a@b.example", "x"
    mail.set_content("plain")
    mail.add_alternative("<p>html</p>", subtype="html")
    mail.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="a.pdf")
    assert _one(mail.as_bytes()).annotations == {"text": "plain"}


def test_an_automatic_reply_changes_nothing() -> None:
    assert _read(_mail(Auto_Submitted="auto-replied")) == Parsed(reply={"ignored": "an automatic reply"})


def test_only_named_senders_are_taken_when_some_are_named() -> None:
    assert _one(_mail(), senders=["nagios@MON.example.com"]).status == "firing"
    with pytest.raises(RejectedError, match="senders"):
        _read(_mail(), senders=["other@example.com"])


@pytest.mark.parametrize("body", [b"", b"no header here", b"Subject:\n\nx", b"\xff\xfe\x00"])
def test_what_has_no_subject_is_rejected(body: bytes) -> None:
    with pytest.raises(RejectedError, match="subject"):
        _read(body)


def test_broken_mail_is_read_as_far_as_it_goes() -> None:
    broken = b"Subject: =?nope?q?a?= =?utf-8?b?!!!?=\nDate: yesterday\nContent-Type: text/plain; charset=x-none\n\n\xff\x00ab"
    alert = _one(broken)
    assert alert.starts_at is None
    assert "\0" not in str(alert)
