"""What must not be readable in a log is not, and what must be, is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.net.redaction import origin_of, redact, redact_body, redact_url


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("postgresql://shop:s3cr3t@db:5432/shop", "postgresql://shop:***@db:5432/shop"),
        ("redis://:s3cr3t@cache:6379/0 refused", "redis://:***@cache:6379/0 refused"),
        ("postgres://u:p@ss@h/db", "postgres://u:***@h/db"),
        ("host=db user=shop password=s3cr3t dbname=shop", "host=db user=shop password=*** dbname=shop"),
        ("password='s3 cr3t' host=db", "password='***' host=db"),
        ('{"api_key": "s3cr3t", "name": "shop"}', '{"api_key": "***", "name": "shop"}'),
        ('{"body": "{\\"token\\":\\"s3cr3t\\",\\"a\\":1}"}', '{"body": "{\\"token\\":\\"***\\",\\"a\\":1}"}'),
        ("Authorization: Bearer s3cr3t-s3cr3t", "Authorization: ***"),
        ("authorization: GenieKey s3cr3t", "authorization: ***"),
        ("curl -H 'bearer s3cr3ts3cr3t'", "curl -H 'bearer ***'"),
        ("X-Auth-Token: s3cr3t\nnext: line", "X-Auth-Token: ***\nnext: line"),
        ("GET /cb?access_token=s3cr3t&page=2", "GET /cb?access_token=***&page=2"),
        ("client_secret_v2=s3cr3t;ok=1", "client_secret_v2=***;ok=1"),
        ("DB_PASSWORD=s3cr3t", "DB_PASSWORD=***"),
        ("posting as xoxb-1234-s3cr3t-s3cr3t failed", "posting as *** failed"),
        ("http://host:8080/mail/a@b.example is not a password", "http://host:8080/mail/a@b.example is not a password"),
        (r'{"text": "run \"psql password=s3cr3t\" on db"}', r'{"text": "run \"psql password=***\" on db"}'),
        ('{"password": "s3cr3t that is cut of', '{"password": "***"'),
        (r"password=s3cr\3t host=db", "password=*** host=db"),
        ("orders-api answered 503 in 1.2 s", "orders-api answered 503 in 1.2 s"),
    ],
)
def test_secrets_are_masked_and_the_rest_stays(text: str, expected: str) -> None:
    assert redact(text) == expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://u:p@hooks.example/a?token=s3cr3t&x=1", "https://u:***@hooks.example/a?token=***&x=1"),
        ("https://s3cr3t@sentry.example/4", "https://***@sentry.example/4"),
        ("postgresql://shop@db/shop", "postgresql://shop@db/shop"),
        ("http://[half", "(unreadable URL)"),
    ],
)
def test_a_url_is_shown_without_its_secrets(url: str, expected: str) -> None:
    assert redact_url(url) == expected


def test_an_origin_hides_the_path() -> None:
    assert origin_of("https://u:p@hooks.example:8443/services/s3cr3t") == "https://hooks.example:8443"
    assert origin_of("nonsense") == "(unreadable URL)"


@given(st.text())
def test_any_text_can_be_redacted(text: str) -> None:
    redact(text)
    redact_url(text)
    origin_of(text)


@given(st.text(alphabet=st.characters(codec="ascii", categories=("Lu", "Ll", "Nd")), min_size=8, max_size=40))
def test_a_password_in_a_dsn_never_survives(password: str) -> None:
    assert f"Zq9{password}" not in redact(f"connecting to postgresql://shop:Zq9{password}@db:5432/orders failed")


def test_a_hostile_text_is_redacted_to_its_end() -> None:
    """Half a million characters that a backtracking engine would not finish; `tests/architecture` sees to the engine."""
    hostile = 'password="' * 20_000 + "token: " * 20_000 + "a" * 100_000
    assert redact(hostile).count("***") >= 10_000


@pytest.mark.parametrize(
    "text",
    [
        '{"password": "hunter22"}',
        "postgres://app:hunter22@db/shop",
        "http://user:p/w:hunter22@host/",
        "Authorization: Basic hunter22",
        "bearer hunter22hunter22",
        "-----BEGIN PRIVATE KEY-----hunter22",
        "xoxb-hunter22hunter22",
        "ghp_hunter22hunter22hunter22",
        "AKIA0123456789ABCDEF",
    ],
)
def test_a_glance_at_a_body_overlooks_nothing_that_reading_it_hides(text: str) -> None:
    assert redact(text) != text
    assert redact_body(text.encode()) == redact(text).encode()


def test_a_body_without_secrets_or_without_text_stays_as_it_is() -> None:
    for body in (b'{"labels": {"job": "node"}}', b"\xff\xfe password=x"):
        assert redact_body(body) == body
