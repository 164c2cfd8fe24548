"""Messages on the terminal: for a first try, for drills, and as the file to copy for a new channel."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from tocsin.adapters.options import read_options, usable_options
from tocsin.flows.ports import Message


class ConsoleOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`width` is the length of the rules around a block, in characters."""

    width: int = 72


def validate_options(raw: Mapping[str, object]) -> ConsoleOptions:
    """Return the options in `raw`.

    Raises:
        InvalidError: an option is unknown or has the wrong type.
    """
    return read_options("console", raw, ConsoleOptions)


class Console:
    """Writes each message as a block; `write` is where to (`sys.stderr.write`)."""

    kind = "console"

    def __init__(self, write: Callable[[str], object]) -> None:
        self._write = write

    def deliver(self, message: Message, options: Mapping[str, object], deadline_s: float) -> str:  # noqa: ARG002 (a terminal does not keep us waiting)
        """Write `message`; the receipt is its key."""
        rule = "─" * usable_options(validate_options, options).width
        repeat = " (possible repeat)" if message.possible_repeat else ""
        head = f"{message.kind} to {message.to}{repeat}: {message.subject}"
        self._write(_printable(f"{rule}\n{head}\n\n{message.text.rstrip()}\n{rule}\n"))
        return message.key


def _printable(text: str) -> str:
    """Return `text` without control characters: an alert's text must not steer the terminal."""
    return "".join(c if c.isprintable() or c == "\n" else "�" for c in text)
