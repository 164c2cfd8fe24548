"""What a command said, fit to be kept: without colour codes, control characters, and the secrets it was given."""

from __future__ import annotations

from collections.abc import Iterable

import re2

from tocsin.domain.diagnosis.redaction import without
from tocsin.net.redaction import redact as redact_text

SHORTEST_SECRET = 4
_ANSI = re2.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b[@-_]")


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """Return `text` with `secrets`, passwords in URLs, assigned secrets and authorization values hidden."""
    return redact_text(without(text, (secret for secret in secrets if len(secret) >= SHORTEST_SECRET)))


def printable(text: str) -> str:
    """Return `text` without colour codes and control characters (line ends stay)."""
    bare = str(_ANSI.sub("", text)).replace("\r\n", "\n").replace("\r", "\n")
    return "".join(char for char in bare if char in "\n\t" or char.isprintable())
