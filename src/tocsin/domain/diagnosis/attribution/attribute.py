"""Whose own excess explains the target's? The door of this room."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from tocsin.domain.diagnosis.attribution.attribution import Attribution, Reason, Suspect
from tocsin.domain.diagnosis.attribution.baseline import Baseline
from tocsin.domain.diagnosis.attribution.excess import Excess, excess_of
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


def _judged(
    graph: Graph, target: Target, excesses: Mapping[str, Excess], baseline: Baseline, limits: Limits
) -> Attribution:
    mine = excesses[target.node]
    # A row counts as much as the target suffered in it: what explains the trouble was there when the trouble was.
    seen = {node: one for node, excess in excesses.items() if (one := excess.weighed(mine.above)) is not None}
    above = callers_of(graph, target.node)
    loud = {node: one for node, one in seen.items() if node not in above and one.significant(limits)}
    guilty = {node: sorted(one for one in nearest(graph, node, seen) if one in loud) for node in loud}
    own = {node: one.amount - math.fsum(loud[callee].amount for callee in guilty[node]) for node, one in loud.items()}
    shares = {
        node: _share(excesses[node], [excesses[callee] for callee in guilty[node]], mine)
        for node in loud
        if own[node] > 0
    }
    material = {node: own[node] for node, share in shares.items() if share >= limits.share}
    whole = seen[target.node].amount
    if not material:
        reason: Reason = "too_little_explained" if loud else "nobody_stands_out"
        return Attribution(target=target, excess=whole, abstained=reason)
    called = called_by(graph, target.node)
    return Attribution(
        target=target,
        excess=whole,
        suspects=tuple(
            Suspect(
                node=node,
                excess=seen[node].amount,
                own=own[node],
                share=shares[node],
                called=node in called,
                supports=in_favour(seen[node], shares[node], target),
                refutes=against(node, guilty[node], called=node in called, target=target),
            )
            for node in ordered(material, seen, target, baseline, limits)
        ),
        explained={node: tuple(guilty[node]) for node in loud if node not in material and guilty[node]},
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
