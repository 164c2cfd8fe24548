"""A small shop as figures: web calls search, pay and list; pay calls a gateway, that a function; search calls a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tocsin.domain.diagnosis.attribution.series import Series, Signal, Target

GRAPH: Mapping[str, tuple[str, ...]] = {
    "web": ("search", "pay", "list"),
    "list": ("search",),
    "pay": ("gateway", "bank"),
    "gateway": ("function",),
    "search": ("table",),
}
REQUESTS = {"web": 500.0, "search": 800.0, "pay": 110.0, "list": 140.0}
REQUESTS |= {"gateway": 100.0, "function": 100.0, "bank": 100.0, "table": 850.0}
LATENCY = {"web": 0.09, "search": 0.006, "pay": 0.2, "list": 0.02, "gateway": 0.06, "function": 0.07}
LATENCY |= {"bank": 0.13, "table": 0.013}
WAVE = (1.0, 1.04, 0.97, 1.02, 0.95, 1.06, 0.99, 1.01, 0.98, 1.03)
"""How quiet rows differ from each other, in all the same way: what differs in truth is made by the properties."""

Extra = Mapping[str, Sequence[float]]
"""Node → what its rows have more: seconds of all requests, or failed ones."""


def quiet(rows: int = 60) -> dict[str, Series]:
    """Return a quiet period; nobody fails."""
    return {node: window_of(node, [WAVE[row % len(WAVE)] for row in range(rows)]) for node in REQUESTS}


def window_of(node: str, factors: Sequence[float], *, slow: Sequence[float] = (), fail: Sequence[float] = ()) -> Series:
    """Return one node's rows: its usual latency times `factors`, and what `slow` and `fail` add."""
    requests = REQUESTS[node]
    more = [*slow, *(0.0 for _ in range(len(factors) - len(slow)))]
    failed = [*fail, *(0.0 for _ in range(len(factors) - len(fail)))]
    return Series(
        requests=[requests for _ in factors],
        latency_s=[LATENCY[node] * factor + extra / requests for factor, extra in zip(factors, more, strict=True)],
        error_ratio=[count / requests for count in failed],
    )


def trouble(signal: Signal, extra: Extra, rows: int = 5) -> dict[str, Series]:
    """Return a window in which the nodes of `extra` have that much more of `signal`."""
    given: dict[str, Series] = {}
    for node in REQUESTS:
        more = extra.get(node, ())
        slow, fail = (more, ()) if signal == "latency" else ((), more)
        given[node] = window_of(node, [1.0] * rows, slow=slow, fail=fail)
    return given


def web(signal: Signal, calm: int = 1) -> Target:
    """Return the shop's face as what suffers."""
    return Target(node="web", signal=signal, calm=calm)
