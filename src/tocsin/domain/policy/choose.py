"""Which of the pack's templates says a thing to somebody (R-COM-2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tocsin.domain.policy.pack import Pack, Template

# Who reads what is written for somebody else, and which moment stands in for another, when a pack has no words of its own.
_READS: Final[Mapping[str, tuple[str, ...]]] = {
    "responders": ("responders", "stakeholders"),
    "stakeholders": ("stakeholders", "responders"),
    "leadership": ("leadership", "stakeholders", "responders"),
    "customers": ("customers", "public"),
    "public": ("public",),
}
_STANDS_IN: Final[Mapping[str, tuple[str, ...]]] = {
    "acknowledged": ("acknowledged", "declared"),
    "declared": ("declared", "initial"),
    "initial": ("initial", "declared"),
    "findings": ("findings", "update"),
    "monitoring": ("monitoring", "update"),
    "all_clear": ("all_clear", "resolved"),
}


def choose_template(pack: Pack, moment: str, audience: str) -> Template | None:
    """Return the pack's words for `moment` to `audience`, or the nearest that may be shown to them; None without any.

    What is written for people inside is never shown to customers or the public.
    """
    for wanted_moment in _STANDS_IN.get(moment, (moment,)):
        for reader in _READS.get(audience, (audience,)):
            for template in pack.templates:
                if template.moment == wanted_moment and template.audience == reader:
                    return template
    return None
