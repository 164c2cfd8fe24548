"""What is shown of the outside world carries no secrets and no personal data."""

from __future__ import annotations

import pytest

from tocsin.adapters.actions.redaction import printable, redact


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("postgresql://u:p@ss@h/db", "postgresql://u:***@h/db"),
        ("redis://:pw@h:6379/0", "redis://:***@h:6379/0"),
        ("https://example.org/a:b@c", "https://example.org/a:b@c"),
        ("PASSWORD=abc token: 'x y' api_key=1", "PASSWORD=*** token: '***' api_key=***"),
        ("Authorization: Bearer abcdefghij.k", "Authorization: ***"),
    ],
)
def test_secrets_leave_a_text(text: str, shown: str) -> None:
    assert redact(text) == shown


def test_known_secrets_leave_a_text_the_longest_first() -> None:
    assert redact("say abcd and abcdef", ("abcd", "abcdef", "")) == "say *** and ***"


def test_only_printable_text_is_left() -> None:
    assert printable("\x1b[1;31mred\x1b[0m\x00\x07\r\nnext\tcolumn") == "red\nnext\tcolumn"
