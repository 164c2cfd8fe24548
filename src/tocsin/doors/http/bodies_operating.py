"""What the API takes of those who run an installation: tokens, passwords, test pages, configuration."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from tocsin.doors.http.bodies import Body, Key, Line, Plain


class TokenBody(Body):
    """A new API token."""

    name: Line
    person: Key = ""
    scopes: Annotated[list[Literal["read", "respond", "admin"]], Field(min_length=1)]
    days: Annotated[int, Field(ge=1, le=3650)] | None = None


class PasswordBody(Body):
    """Another password. Whoever has none yet leaves `current` empty."""

    current: Annotated[Plain, Field(max_length=300)] = ""
    new: Annotated[Plain, Field(max_length=300)]


class PageBody(Body):
    """A test page to a person."""

    person: Key
    method: Key = ""


class ResendBody(Body):
    """A message that failed for good, by its key or id in the outbox."""

    job: Annotated[Plain, Field(min_length=1, max_length=2000)]


class ConfirmBody(Body):
    """The code that came with a test page, and whose it is when not yours."""

    code: Key
    person: Key = ""


class DrillConfigBody(Body):
    """A drill's part of the configuration, as YAML, and how many times faster its policy and monitors run."""

    yaml: Annotated[Plain, Field(max_length=100_000)]
    speed: Annotated[float, Field(gt=0, le=1000)] = 1.0


class ConfigBody(Body):
    """A checked configuration with its packs in full, as `tocsin config apply` sends it."""

    catalogue: dict[str, object]
