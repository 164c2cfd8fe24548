"""Who did a thing: every change carries one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

ActorKind = Literal["person", "system", "agent", "integration"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """A person, Tocsin itself, a coding agent acting for a person, or a sender of alerts.

    `id` is the person's key in the catalogue, the integration's name, or `tocsin`.
    """

    kind: ActorKind
    id: str
    on_behalf_of: str = ""

    @property
    def person(self) -> str:
        """The person whose rights apply, or an empty string for machines."""
        return self.id if self.kind == "person" else self.on_behalf_of


SYSTEM = Actor(kind="system", id="tocsin")
