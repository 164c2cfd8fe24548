"""What is shown of the outside world carries no secrets and no personal data."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tocsin.adapters.actions.redaction import printable, redact, redact_sql


@pytest.mark.parametrize(
    ("query", "shape"),
    [
        (
            "SELECT * FROM t WHERE a = 'x''y' AND b = 12.5e3 AND c = $1",
            "SELECT * FROM t WHERE a = ? AND b = ? AND c = $1",
        ),
        ("SELECT E'it\\'s secret', b'01', U&'abc'", "SELECT ?, ?, ?"),
        ("SELECT $tag$ secret $tag$ FROM t", "SELECT ?"),
        ("SELECT 1 -- secret\nFROM t /* secret */ WHERE x = 0x1F", "SELECT ? FROM t WHERE x = ?"),
        ("SELECT \"Mixed 1\" FROM t1 WHERE d = '-- no comment'", 'SELECT "Mixed 1" FROM t1 WHERE d = ?'),
        ("INSERT INTO a VALUES (1, 'cut off in the midd", "INSERT INTO a VALUES (?, ?"),
    ],
)
def test_literals_and_comments_leave_a_query(query: str, shape: str) -> None:
    assert redact_sql(query) == shape


@given(st.text(alphabet=st.characters(blacklist_categories=["Cs"], blacklist_characters="'\\\0"), max_size=20))
@settings(max_examples=40)
def test_whatever_a_string_holds_is_not_shown(secret: str) -> None:
    assert redact_sql(f"a FROM t WHERE b = '{secret}' AND c = d") == "a FROM t WHERE b = ? AND c = d"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("postgresql://u:p@ss@h/db", "postgresql://u:[hidden]@h/db"),
        ("redis://:pw@h:6379/0", "redis://:[hidden]@h:6379/0"),
        ("https://example.org/a:b@c", "https://example.org/a:b@c"),
        ("PASSWORD=abc token: 'x y' api_key=1", "PASSWORD=[hidden] token: [hidden] api_key=[hidden]"),
        ("Authorization: Bearer abcdefghij.k", "Authorization: Bearer [hidden]"),
    ],
)
def test_secrets_leave_a_text(text: str, shown: str) -> None:
    assert redact(text) == shown


def test_known_secrets_leave_a_text_the_longest_first() -> None:
    assert redact("say abcd and abcdef", ("abcd", "abcdef", "")) == "say [hidden] and [hidden]"


def test_only_printable_text_is_left() -> None:
    assert printable("\x1b[1;31mred\x1b[0m\x00\x07\r\nnext\tcolumn") == "red\nnext\tcolumn"
