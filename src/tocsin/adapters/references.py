"""Secrets by reference: `env:NAME` and `file:PATH` in an adapter's options become what they refer to, at the moment of use."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tocsin.flows.ports import PermanentError

LARGEST = 65_536


class References:
    """Looks references up in the environment it was given and in files."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment

    def resolve(self, options: Mapping[str, object]) -> dict[str, object]:
        """Return the options with every reference replaced, at any depth.

        Raises:
            PermanentError: a reference leads nowhere; the message names it, never a value.
        """
        return {name: self._value(value) for name, value in options.items()}

    def text(self, reference: str) -> str:
        """Return what one text refers to, or the text itself.

        Raises:
            PermanentError: the reference leads nowhere.
        """
        kind, _, where = reference.partition(":")
        if kind == "env":
            if where not in self._environment:
                raise PermanentError(f"{reference}: this environment variable is not set")
            return self._environment[where]
        if kind == "file" and where:
            try:
                with Path(where).open(encoding="utf-8") as file:
                    return file.read(LARGEST).strip()
            except OSError as error:
                raise PermanentError(f"{reference}: {error.strerror}") from error
        return reference

    def _value(self, value: object) -> object:
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return {name: self._value(part) for name, part in value.items()}
        if isinstance(value, list | tuple):
            return [self._value(part) for part in value]
        return value
