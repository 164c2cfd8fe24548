"""Ways through a service graph."""

from __future__ import annotations

from collections.abc import Container

from tocsin.domain.diagnosis.attribution.series import Graph


def called_by(graph: Graph, node: str) -> frozenset[str]:
    """Return `node` and everything it calls, itself or by way of others."""
    seen, left = {node}, [node]
    while left:
        for callee in graph.get(left.pop(), ()):
            if callee not in seen:
                seen.add(callee)
                left.append(callee)
    return frozenset(seen)


def callers_of(graph: Graph, node: str) -> frozenset[str]:
    """Return what calls `node`, itself or by way of others, and is not called by it: trouble does not flow to there."""
    turned: dict[str, list[str]] = {}
    for caller, callees in graph.items():
        for callee in callees:
            turned.setdefault(callee, []).append(caller)
    return called_by(turned, node) - called_by(graph, node)


def nearest(graph: Graph, node: str, measured: Container[str]) -> frozenset[str]:
    """Return the measured callees of `node`, those behind callees that nobody measures too."""
    found: set[str] = set()
    seen, left = {node}, [node]
    while left:
        fresh = [callee for callee in graph.get(left.pop(), ()) if callee not in seen]
        seen.update(fresh)
        found.update(callee for callee in fresh if callee in measured)
        left.extend(callee for callee in fresh if callee not in measured)
    return frozenset(found)
