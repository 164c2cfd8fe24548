from __future__ import annotations

import pytest

from tocsin.domain.diagnosis.redaction import redact, redact_sql, redact_url, secrets_in, sql_tags


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("SELECT * FROM users WHERE mail = 'a@b.c' AND age > 41", "SELECT * FROM users WHERE mail = ? AND age > ?"),
        (r"SELECT 'C:\' , 'secret'", "SELECT ? , ?"),
        (r"SELECT E'it\'s secret', 1.5e3, $1", "SELECT ?, ?, $1"),
        ("SELECT \"it's\" FROM t WHERE a = 'secret'", 'SELECT "it\'s" FROM t WHERE a = ?'),
        ("SELECT '/*', 'secret' -- secret\n, $x$secret$x$", "SELECT ?, ? , ?"),
        ("UPDATE t1 SET a = 'cut off in the mid", "UPDATE t1 SET a = ?"),
        ("SELECT  1 /*route='%2Freports'*/", "SELECT ?"),
    ],
)
def test_a_statement_is_shown_without_its_literals(query: str, shown: str) -> None:
    assert redact_sql(query) == shown


def test_the_code_a_statement_came_from_is_kept_and_nothing_else_of_its_comment() -> None:
    tags = sql_tags("SELECT 1 /*route='GET%20%2Fapi%2Freports',version='2.4.1',user='bob'*/")

    assert tags == {"route": "GET /api/reports", "version": "2.4.1"}


@pytest.mark.parametrize(
    "text",
    [
        "could not reach postgresql://shop:hunter2@db/shop",
        'invalid dsn: "password=hunter2 host"',
        "Authorization: Bearer hunter2hunter2",
        '{"api_key": "hunter2"}',
        "odd place for hunter2 to be",
    ],
)
def test_credentials_do_not_survive_redaction(text: str) -> None:
    assert "hunter2" not in redact(text, ["hunter2"])
    if "odd" not in text:
        assert "hunter2" not in redact(text)


def test_a_url_is_shown_without_user_query_and_fragment() -> None:
    assert redact_url("https://bob:hunter2@shop.test:8443/ready?token=hunter2#x") == "https://shop.test:8443/ready"


def test_the_secrets_of_a_target_are_known_from_its_options() -> None:
    options = {
        "dsn": "postgresql://shop:hunter%212@db/shop",
        "other": "host=db password='open sesame' user=shop",
        "headers": {"Authorization": "Basic abc"},
    }

    assert set(secrets_in(options)) == {"hunter%212", "hunter!2", "open sesame", "Basic abc"}
