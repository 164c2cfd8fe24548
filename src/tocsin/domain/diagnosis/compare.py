"""What changed from one diagnosis to another: causes, findings, and what could be seen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from tocsin.domain.diagnosis.run import KeptCause, Verdict
from tocsin.domain.incident.events import CauseSeen

SeenCause = KeptCause | CauseSeen  # as a bundle keeps it, or an incident's log
What = Literal["cause", "finding", "blind spot"]
_NOTABLE_SCORE: Final = 0.1  # a tenth: less moves with the samples of every look
_FINE: Final = "ok"


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """One difference; `before` is empty where it is new, `after` where it is gone."""

    what: What
    name: str
    before: str
    after: str

    def __str__(self) -> str:
        """Give one line for a person."""
        if not self.before:
            return f"new {self.what}: {self.name}: {self.after}"
        if not self.after:
            return f"{self.what} gone: {self.name}, was {self.before}"
        return f"{self.what}: {self.name}: {self.before} → {self.after}"


def compare(old: Verdict, new: Verdict) -> tuple[Changed, ...]:
    """Return what changed from `old` to `new`: causes first, then findings, then what was not seen."""
    return (
        *changed_causes(old.causes, new.causes),
        *_findings(old, new),
        *changed_sight(old.blind_spots, new.blind_spots),
    )


def changed_causes(old: Sequence[SeenCause], new: Sequence[SeenCause]) -> tuple[Changed, ...]:
    """Return the causes that came, went, or are now likelier or less likely by a tenth or in another state."""
    return tuple(_causes({one.key: one for one in old}, {one.key: one for one in new}))


def changed_sight(old: Sequence[str], new: Sequence[str]) -> tuple[Changed, ...]:
    """Return what is not seen any more, and what is seen now."""
    lost = (Changed(what="blind spot", name=one, before="", after="not seen") for one in new if one not in old)
    won = (Changed(what="blind spot", name=one, before="not seen", after="") for one in old if one not in new)
    return (*lost, *won)


def _causes(old: dict[str, SeenCause], new: dict[str, SeenCause]) -> Iterator[Changed]:
    for key, cause in new.items():
        was = old.get(key)
        if was is None:
            yield Changed(what="cause", name=cause.title, before="", after=_weighed(cause))
        elif was.state != cause.state or abs(was.score - cause.score) >= _NOTABLE_SCORE:
            yield Changed(what="cause", name=cause.title, before=_weighed(was), after=_weighed(cause))
    for key, was in old.items():
        if key not in new:
            yield Changed(what="cause", name=was.title, before=_weighed(was), after="")


def _weighed(cause: SeenCause) -> str:
    return f"{cause.state} {cause.score:.0%}"


def _findings(old: Verdict, new: Verdict) -> Iterator[Changed]:
    before = {(one.check, one.target): one for one in old.findings}
    after = {(one.check, one.target): one for one in new.findings}
    for key in dict.fromkeys((*after, *before)):
        was, now = before.get(key), after.get(key)
        if (was.verdict if was else _FINE) != (now.verdict if now else _FINE):
            yield Changed(
                what="finding",
                name=" ".join(key).strip(),
                before=f"{was.verdict} ({was.observed})" if was else "",
                after=f"{now.verdict} ({now.observed})" if now else "",
            )
