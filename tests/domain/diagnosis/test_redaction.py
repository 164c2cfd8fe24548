from __future__ import annotations

import pytest

from tocsin.domain.diagnosis.redaction import redact_sql, secrets_in, sql_tags, without


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


def test_known_secrets_are_hidden_even_where_one_is_part_of_another() -> None:
    assert without("no hunter2 and no hunter22 here", ["hunter2", "hunter22", ""]) == "no *** and no *** here"


def test_the_secrets_of_a_target_are_known_from_its_options() -> None:
    options = {
        "dsn": "postgresql://shop:hunter%212@db/shop",
        "other": "host=db password='open sesame' user=shop",
        "headers": {"Authorization": "Basic abc"},
    }

    assert set(secrets_in(options)) == {"hunter%212", "hunter!2", "open sesame", "Basic abc"}


@pytest.mark.parametrize(
    ("query", "shape"),
    [
        (
            "SELECT * FROM t WHERE a = 'x''y' AND b = 12.5e3 AND c = $1",
            "SELECT * FROM t WHERE a = ? AND b = ? AND c = $1",
        ),
        ("SELECT E'it\\'s secret', b'01', U&'abc'", "SELECT ?, ?, ?"),
        ("SELECT $tag$ secret $tag$ FROM t", "SELECT ? FROM t"),
        ("SELECT 1 -- secret\nFROM t /* secret */ WHERE x = 0x1F", "SELECT ? FROM t WHERE x = ?"),
        ("SELECT \"Mixed 1\" FROM t1 WHERE d = '-- no comment'", 'SELECT "Mixed 1" FROM t1 WHERE d = ?'),
        ("INSERT INTO a VALUES (1, 'cut off in the midd", "INSERT INTO a VALUES (?, ?"),
    ],
)
def test_literals_and_comments_leave_a_query(query: str, shape: str) -> None:
    assert redact_sql(query) == shape
