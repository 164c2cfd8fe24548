"""Who may see what: the one predicate every read and every command takes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """Somebody asking. `everything` is only for Tocsin's own worker, never for a person or a token."""

    person: str
    everything: bool = False
    scopes: frozenset[str] = frozenset()


WORKER = Viewer(person="", everything=True)
NOBODY = Viewer(person="")
"""Eyes without a person behind them, such as a sender's: what is private stays hidden from them."""


def may_see(viewer: Viewer, *, private: bool, members: Iterable[str]) -> bool:
    """Return whether `viewer` may know that the incident exists. Being notified never makes a member."""
    return viewer.everything or not private or (bool(viewer.person) and viewer.person in members)
