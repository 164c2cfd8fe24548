"""The four figures that attribution rests on, each with its reason."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Where attribution draws its lines. What moving each of them does is in the measurements (docs/benchmarks.md).

    `spreads`: an excess counts from three times what the node strays by in quiet times, the field's usual three.
    `share`: a cause accounts for at least a quarter of the trouble; what explains less is at most beside it.
    `alike`: two excesses within a twentieth of each other are the same one, seen twice and counted a little differently.
    `rank`: straying is measured up to the 95th of a hundred quiet rows, so that one bad row in twenty moves nothing.
    """

    spreads: float = 3.0
    share: float = 0.25
    alike: float = 0.05
    rank: float = 0.95
