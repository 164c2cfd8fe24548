"""Secrets never stand in configuration: only where to find them (`env:`, `file:`) or what they hash to (`sha256:`)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from tocsin.config.checker import Checker
from tocsin.config.tree import Tree, Where

MEND: Final = "Write env:NAME or file:PATH and keep the secret there."
_HASH_LENGTH: Final = 64
_SECRET_ENDINGS: Final = (
    "password",
    "passwd",
    "passphrase",
    "secret",
    "token",
    "apikey",
    "api_key",
    "access_key",
    "auth_key",
    "private_key",
    "routing_key",
    "authorization",
    "credentials",
    "cookie",
)
_SECRET_SETTINGS: Final = ("password=", "passwd=", "token=", "secret=", "api_key=", "apikey=", "access_token=")


def is_reference(text: str) -> bool:
    """Return whether `text` says where a secret is kept: `env:NAME` or `file:PATH`."""
    kind, _, rest = text.partition(":")
    if kind == "env":
        return rest.isidentifier()
    return kind == "file" and bool(rest.strip())


def is_hash(text: str) -> bool:
    """Return whether `text` is a SHA-256 of a key, as `sha256:` and 64 hexadecimal digits."""
    kind, _, digits = text.partition(":")
    return kind == "sha256" and len(digits) == _HASH_LENGTH and set(digits) <= set("0123456789abcdef")


def refuse_secrets(checker: Checker, tree: Tree) -> None:
    """Note every value that looks like a secret written out; the note never repeats it."""
    for where, value in _texts(tree, ()):
        name = str(next((step for step in reversed(where) if isinstance(step, str)), ""))
        if _names_secret(name) and value and not is_reference(value):
            checker.say(where, f"{name} looks like a secret written out", MEND)
        elif not is_reference(value) and _holds_secret(value):
            checker.say(where, "there is a password inside this address", MEND)


def _texts(tree: Tree, where: Where) -> Iterator[tuple[Where, str]]:
    if isinstance(tree.value, dict):
        for key, child in tree.value.items():
            yield from _texts(child, (*where, key))
    elif isinstance(tree.value, list):
        for i, child in enumerate(tree.value):
            yield from _texts(child, (*where, i))
    elif tree.value is not None and not isinstance(tree.value, bool):
        yield where, str(tree.value)


def _names_secret(name: str) -> bool:
    return name.lower().replace("-", "_").endswith(_SECRET_ENDINGS)


def _holds_secret(value: str) -> bool:
    """A URL with a password before the host, or a setting such as `password=` in a connection string or a query."""
    _, scheme, rest = value.partition("://")
    authority = rest.split("/", 1)[0].split("?", 1)[0]
    user, at, _ = authority.rpartition("@")
    if scheme and at and ":" in user and user.partition(":")[2]:
        return True
    plain = value.lower().replace(" = ", "=")
    return any(_setting_given(plain, setting) for setting in _SECRET_SETTINGS)


def _setting_given(text: str, setting: str) -> bool:
    before, found, after = text.partition(setting)
    return bool(found) and (not before or before[-1] in " ?&;") and bool(after.strip())
