"""Messages on the terminal."""

from __future__ import annotations

import pytest

from tocsin.adapters.channels.console import Console, validate_options
from tocsin.domain.errors import InvalidError
from tocsin.flows.ports import Message, PermanentError


def test_a_message_is_one_clear_block() -> None:
    written: list[str] = []
    message = Message(key="k1", kind="page", to="ada", subject="Orders", text="5xx\n", possible_repeat=True)

    receipt = Console(written.append).deliver(message, {"width": 10}, 5)

    assert receipt == "k1"
    assert "".join(written) == "──────────\npage to ada (possible repeat): Orders\n\n5xx\n──────────\n"


def test_an_alert_cannot_steer_the_terminal() -> None:
    written: list[str] = []
    Console(written.append).deliver(Message(key="k", kind="page", to="a", subject="\x1b[2J", text="\x07b\r"), {}, 5)
    assert not any(c in "".join(written) for c in "\x1b\x07\r")


def test_an_unknown_option_is_named() -> None:
    with pytest.raises(InvalidError) as wrong:
        validate_options({"colour": 1})
    assert wrong.value.field == "colour"
    with pytest.raises(PermanentError, match="colour"):
        Console(print).deliver(Message(key="k", kind="page", to="a", subject="s", text="t"), {"colour": 1}, 5)
