"""What the store promises about alerts that hold others back; a part of `flows.storage.Tx`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from tocsin.domain.alerts.inhibition import Stand


class Standing(NamedTuple):
    """A firing alert stands somewhere as a source of an inhibition."""

    source: str
    fingerprint: str
    stand: Stand


class Inhibitors(Protocol):
    """Where firing alerts stand as sources, inside one transaction; several may stand at one place."""

    def put_standings(self, standings: Sequence[Standing]) -> None:
        """Note where alerts stand; one that is known already changes nothing."""
        ...

    def drop_standings(self, standings: Sequence[Standing]) -> None:
        """Forget where alerts stood; unknown ones too."""
        ...

    def clear_standings(self) -> None:
        """Forget where every alert stands."""
        ...

    def standing_at(self, stands: Sequence[Stand]) -> Mapping[Stand, str]:
        """Return for each of these places where an alert stands the fingerprint of one."""
        ...
