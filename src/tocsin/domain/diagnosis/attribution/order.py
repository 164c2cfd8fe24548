"""Which of several suspects comes first."""

from __future__ import annotations

from collections.abc import Mapping

from tocsin.domain.diagnosis.attribution.baseline import Baseline
from tocsin.domain.diagnosis.attribution.excess import Measured
from tocsin.domain.diagnosis.attribution.limits import Limits
from tocsin.domain.diagnosis.attribution.series import Target


def ordered(
    own: Mapping[str, float], seen: Mapping[str, Measured], target: Target, baseline: Baseline, limits: Limits
) -> tuple[str, ...]:
    """Return the suspects by their own excess, the largest first; what suffers answers for what nobody else does.

    A shared callee shows the excess of all its callers, so where no edge says who calls whom, more excess is nearer to
    the source. Excesses that are alike are one excess passed on, and `_of_alike` says whose it is.
    """
    left = {node: amount for node, amount in own.items() if node != target.node}
    found: list[str] = []
    while left:
        most = max(left.values())
        alike = [node for node, amount in left.items() if amount >= (1 - limits.alike) * most]
        first = _of_alike(alike, left, seen, baseline, limits)
        found.append(first)
        del left[first]
    return (*found, target.node) if target.node in own else tuple(found)


def _of_alike(
    alike: list[str], own: Mapping[str, float], seen: Mapping[str, Measured], baseline: Baseline, limits: Limits
) -> str:
    """Return where an excess that several nodes show is likeliest to come from.

    A failure fails the request that waits for it, one for one, and callers have other requests too: failures are
    thickest at their source. Of those as thick, and of delays, it is the node that works longest in quiet times: what
    only passes requests on has little that could break.
    """
    if baseline.signal == "errors":
        thick = {node: own[node] / seen[node].requests for node in alike}
        most = max(thick.values())
        alike = [node for node in alike if thick[node] >= (1 - limits.alike) * most]
    return max(alike, key=lambda node: (baseline.busy_s.get(node, 0.0), own[node]))
