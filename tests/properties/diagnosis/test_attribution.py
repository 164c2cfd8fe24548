"""What must not matter to attribution: units, names, order, bystanders; and quiet windows, which blame nobody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.domain.diagnosis.attribution.shop import GRAPH, REQUESTS, quiet, trouble, web
from tests.domain.tape import Tape, tapes

from tocsin.domain.diagnosis.attribution.attribute import attribute
from tocsin.domain.diagnosis.attribution.attribution import Attribution
from tocsin.domain.diagnosis.attribution.baseline import learn
from tocsin.domain.diagnosis.attribution.series import Series, Signal, Target

NODES = tuple(REQUESTS)
AMOUNTS = (0.0, 1.0, 3.0, 10.0, 24.0, 40.0)
SIGNALS: tuple[Signal, ...] = ("latency", "errors")
ROWS = 5


def a_story(tape: Tape) -> tuple[Signal, dict[str, Series], dict[str, tuple[str, ...]]]:
    """Return any trouble of the shop, and its graph with edges missing."""
    signal = tape.pick(SIGNALS)
    extra = {node: [0.0, *(tape.pick(AMOUNTS) for _ in range(ROWS - 1))] for node in NODES if tape.pick((True, False))}
    graph = {
        caller: tuple(one for one in callees if tape.pick((True, True, False))) for caller, callees in GRAPH.items()
    }
    return signal, trouble(signal, extra), graph


def answer(found: Attribution) -> tuple[object, ...]:
    return [(one.node, one.called, round(one.share, 6)) for one in found.suspects], found.abstained


@settings(max_examples=100)
@given(tapes(60), st.sampled_from([2.0**-10, 0.5, 4.0, 2.0**10]))
def test_another_unit_of_time_changes_nothing(tape: Tape, factor: float) -> None:
    _, series, graph = a_story(tape)

    def scaled(given_: Mapping[str, Series]) -> dict[str, Series]:
        return {
            node: replace(one, latency_s=[factor * (seconds or 0.0) for seconds in one.latency_s])
            for node, one in given_.items()
        }

    plain = attribute(graph, series, web("latency"), learn(quiet(), "latency"))
    other = attribute(graph, scaled(series), web("latency"), learn(scaled(quiet()), "latency"))

    assert answer(plain) == answer(other)


@settings(max_examples=100)
@given(tapes(60), st.sampled_from([0.25, 2.0, 1024.0]))
def test_more_of_everything_changes_nothing(tape: Tape, factor: float) -> None:
    signal, series, graph = a_story(tape)

    def scaled(given_: Mapping[str, Series]) -> dict[str, Series]:
        return {
            node: replace(one, requests=[factor * (count or 0.0) for count in one.requests])
            for node, one in given_.items()
        }

    plain = attribute(graph, series, web(signal), learn(quiet(), signal))
    other = attribute(graph, scaled(series), web(signal), learn(scaled(quiet()), signal))

    assert answer(plain) == answer(other)


@settings(max_examples=100)
@given(tapes(60), st.permutations(NODES))
def test_other_names_change_names_only(tape: Tape, names: list[str]) -> None:
    signal, series, graph = a_story(tape)
    called = dict(zip(NODES, names, strict=True))
    back = {new: old for old, new in called.items()}
    other_graph = {called[caller]: tuple(called[one] for one in callees) for caller, callees in graph.items()}
    other_quiet = {called[node]: one for node, one in quiet().items()}
    target = Target(node=called["web"], signal=signal)

    plain = attribute(graph, series, web(signal), learn(quiet(), signal))
    other = attribute(
        other_graph, {called[node]: one for node, one in series.items()}, target, learn(other_quiet, signal)
    )

    assert [one.node for one in plain.suspects] == [back[one.node] for one in other.suspects]
    assert plain.abstained == other.abstained
    assert plain.excess == other.excess


@settings(max_examples=100)
@given(tapes(60), st.sampled_from(NODES), st.booleans())
def test_a_bystander_changes_nothing(tape: Tape, like: str, known: bool) -> None:  # noqa: FBT001 (drawn)
    signal, series, graph = a_story(tape)
    calm = trouble(signal, {})[like]
    usual = {**quiet(), "bystander": quiet()[like]}
    joined = {**graph, "web": (*graph["web"], "bystander")} if known else graph

    plain = attribute(graph, series, web(signal), learn(quiet(), signal))
    other = attribute(joined, {"bystander": calm, **series}, web(signal), learn(usual, signal))

    assert plain == other


@settings(max_examples=150)
@given(tapes(120))
def test_a_window_like_quiet_times_blames_nobody(tape: Tape) -> None:
    signal = tape.pick(SIGNALS)
    usual = quiet()
    if signal == "errors":
        usual = {node: replace(one, error_ratio=one.latency_s) for node, one in usual.items()}

    def rows(one: Series) -> Series:
        rates = one.latency_s if signal == "latency" else one.error_ratio
        drawn = [tape.pick(rates[:10]) for _ in range(ROWS)]
        return Series(requests=one.requests[:ROWS], latency_s=drawn, error_ratio=drawn)

    window = {node: rows(one) for node, one in usual.items()}
    found = attribute({}, window, web(signal), learn(usual, signal))

    assert found.suspects == ()


@settings(max_examples=100)
@given(tapes(60))
def test_suspects_hold_together(tape: Tape) -> None:
    signal, series, graph = a_story(tape)

    found = attribute(graph, series, web(signal), learn(quiet(), signal))

    assert (found.abstained is None) == bool(found.suspects)
    for one in found.suspects:
        assert 0 < one.own <= one.excess
        assert one.supports
