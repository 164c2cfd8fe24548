"""Whose own excess explains the target's? The door of this room."""

from __future__ import annotations

import math
from collections.abc import Mapping

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
    weights = _weights(mine)
    if not weights:
        return Attribution(target=target, abstained="as_usual")
    seen = {node: one for node, excess in excesses.items() if (one := excess.weighed(weights)) is not None}
    return _judged(graph, target, seen, baseline, drawn)


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


def _weights(mine: Excess) -> tuple[float, ...]:
    """Return how much each row counts: as much as the target suffered in it, for what explains it was there then."""
    over = [max(0.0, amount) for amount in mine.amounts]
    total = math.fsum(over)
    return tuple(amount / total for amount in over) if total > 0 else ()


def _judged(
    graph: Graph, target: Target, seen: Mapping[str, Measured], baseline: Baseline, limits: Limits
) -> Attribution:
    above = callers_of(graph, target.node)
    loud = {node: one for node, one in seen.items() if node not in above and one.significant(limits)}
    whole = seen[target.node].amount
    guilty = {node: sorted(one for one in nearest(graph, node, seen) if one in loud) for node in loud}
    own = {node: one.amount - math.fsum(loud[callee].amount for callee in guilty[node]) for node, one in loud.items()}
    material = {node: amount for node, amount in own.items() if amount > 0 and amount >= limits.share * whole}
    if not material:
        reason: Reason = "too_little_explained" if loud else "nobody_stands_out"
        return Attribution(target=target, excess=whole, abstained=reason)
    called = called_by(graph, target.node)
    ranked = ordered(material, seen, target, baseline, limits)
    return Attribution(
        target=target,
        excess=whole,
        suspects=tuple(
            Suspect(
                node=node,
                excess=seen[node].amount,
                own=own[node],
                share=own[node] / whole,
                called=node in called,
                supports=in_favour(seen[node], own[node] / whole, target),
                refutes=against(node, guilty[node], called=node in called, target=target),
            )
            for node in ranked
        ),
        explained={node: tuple(guilty[node]) for node in loud if node not in material and guilty[node]},
    )
