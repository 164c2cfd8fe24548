"""The answer: who is suspected, how much of the trouble is its own, and what speaks for and against it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from tocsin.domain.diagnosis.attribution.series import UNITS, Target

Reason = Literal["not_measured", "no_quiet_time", "as_usual", "nobody_stands_out", "too_little_explained"]

REASONS: Mapping[Reason, str] = {
    "not_measured": "{node} has no figures for {signal} since the trouble began",
    "no_quiet_time": "nothing is known of {node}'s {signal} before the trouble",
    "as_usual": "{node} shows no more {unit} than before",
    "nobody_stands_out": "no node shows more {unit} than quiet times explain",
    "too_little_explained": "what stands out explains too little of {node}'s {unit}",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspect:
    """A node whose own excess may be the target's. Amounts are a row's, in seconds or failed requests.

    `excess` is all that it shows, `own` what its callees do not account for, `share` how much of the target's excess
    that covers, 0 to 1. `called` says whether the graph leads from the target to it.
    """

    node: str
    excess: float
    own: float
    share: float
    called: bool
    supports: tuple[str, ...] = ()
    refutes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribution:
    """Suspects, the first the likeliest. None means `abstained` says why.

    `excess` is the target's. `explained` names the nodes that show an excess too, and whose callees account for it.
    """

    target: Target
    excess: float = 0.0
    suspects: tuple[Suspect, ...] = ()
    explained: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    abstained: Reason | None = None

    @property
    def why(self) -> str:
        """Say in words why nobody is suspected; empty where somebody is."""
        if self.abstained is None:
            return ""
        signal = self.target.signal
        return REASONS[self.abstained].format(node=self.target.node, signal=signal, unit=UNITS[signal])
