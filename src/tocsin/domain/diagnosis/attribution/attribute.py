"""Whose own excess explains the target's? The door of this room."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tocsin.domain.diagnosis.attribution.attribution import Attribution, Reason, Suspect
from tocsin.domain.diagnosis.attribution.baseline import Baseline
from tocsin.domain.diagnosis.attribution.excess import Excess, Measured, excess_of
from tocsin.domain.diagnosis.attribution.graph import called_by, callers_of, nearest
from tocsin.domain.diagnosis.attribution.limits import Limits
from tocsin.domain.diagnosis.attribution.order import ordered
from tocsin.domain.diagnosis.attribution.series import Graph, Series, Target
from tocsin.domain.diagnosis.attribution.words import against, in_favour


def attribute(
    graph: Graph, series: Mapping[str, Series], target: Target, baseline: Baseline, limits: Limits | None = None
) -> Attribution:
    """Return who is suspected of the trouble that `target` shows in the window `series`, the likeliest first.

    `graph` may lack edges or be empty: an edge that is known takes a callee's excess from its caller's, one that is not
    leaves both suspected. No rule reads a name, so renaming nodes changes names only.
    """
    drawn = limits or Limits()
    excesses = _excesses(series, target, baseline, drawn)
    mine = excesses.get(target.node)
    if mine is None:
        return Attribution(target=target, abstained=_unseen(series.get(target.node), target))
    if not any(mine.above):
        return Attribution(target=target, abstained="as_usual")
    return _judged(graph, target, excesses, baseline, drawn)


def _unseen(one: Series | None, target: Target) -> Reason:
    rows = one.rows(target.signal, len(one.requests)) if one else ()
    return "no_quiet_time" if any(row.requests for row in rows[target.calm :]) else "not_measured"


def _excesses(series: Mapping[str, Series], target: Target, baseline: Baseline, limits: Limits) -> dict[str, Excess]:
    length = max((len(one.requests) for one in series.values()), default=0)
    found = {
        node: excess_of(node, one.rows(target.signal, length), target.calm, baseline, limits)
        for node, one in series.items()
    }
    return {node: excess for node, excess in found.items() if excess is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Own:
    """What of a node's excess is its own: what the `callees` that stand out too do not account for."""

    amount: float
    share: float
    callees: tuple[str, ...]


def _judged(
    graph: Graph, target: Target, excesses: Mapping[str, Excess], baseline: Baseline, limits: Limits
) -> Attribution:
    mine = excesses[target.node]
    # A row counts as much as the target suffered in it: what explains the trouble was there when the trouble was.
    seen = {node: one for node, excess in excesses.items() if (one := excess.weighed(mine.above)) is not None}
    above = callers_of(graph, target.node)
    loud = {node: one for node, one in seen.items() if node not in above and one.significant(limits)}
    callees = {node: sorted(one for one in nearest(graph, node, seen) if one in loud) for node in loud}
    owned = {node: _own(node, callees[node], loud, excesses, mine) for node in loud}
    material = {node: own for node, own in owned.items() if own.amount > 0 and own.share >= limits.share}
    abstained: Reason = "too_little_explained" if loud else "nobody_stands_out"
    ranked = ordered({node: own.amount for node, own in material.items()}, seen, target, baseline, limits)
    called = called_by(graph, target.node)
    return Attribution(
        target=target,
        excess=seen[target.node].amount,
        suspects=tuple(_suspect(node, seen[node], owned[node], target, called=node in called) for node in ranked),
        explained={node: own.callees for node, own in owned.items() if node not in material and own.callees},
        abstained=None if material else abstained,
    )


def _own(
    node: str,
    callees: Sequence[str],
    loud: Mapping[str, Measured],
    excesses: Mapping[str, Excess],
    mine: Excess,
) -> _Own:
    return _Own(
        amount=loud[node].amount - math.fsum(loud[callee].amount for callee in callees),
        share=_share(excesses[node], [excesses[callee] for callee in callees], mine),
        callees=tuple(callees),
    )


def _share(one: Excess, callees: Sequence[Excess], mine: Excess) -> float:
    """Return how much of the target's excess this node's own covers, row by row, in the rows that are known of it.

    A row in which the target alone suffers takes as much from the share as it holds of the trouble, and no more.
    """
    covered = whole = 0.0
    for at, suffered in enumerate(mine.above):
        if one.rows[at].known:
            own = one.amounts[at] - math.fsum(callee.amounts[at] for callee in callees)
            covered += min(max(0.0, own), suffered)
            whole += suffered
    return covered / whole if whole else 0.0


def _suspect(node: str, seen: Measured, own: _Own, target: Target, *, called: bool) -> Suspect:
    return Suspect(
        node=node,
        excess=seen.amount,
        own=own.amount,
        share=own.share,
        called=called,
        supports=in_favour(seen, own.share, target),
        refutes=against(node, own.callees, called=called, target=target),
    )
