"""Whose own excess explains the caller's: each shape of trouble that a call graph can carry."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from tests.domain.diagnosis.attribution.shop import GRAPH, LATENCY, REQUESTS, Extra, quiet, trouble, web

from tocsin.domain.diagnosis.attribution.attribute import attribute
from tocsin.domain.diagnosis.attribution.attribution import Attribution
from tocsin.domain.diagnosis.attribution.baseline import learn
from tocsin.domain.diagnosis.attribution.limits import Limits
from tocsin.domain.diagnosis.attribution.series import Graph, Series, Signal, Target

CHAIN = (0.0, 20.0, 40.0, 30.0, 0.0)
SLOW_FUNCTION: Extra = {"web": CHAIN, "pay": CHAIN, "gateway": CHAIN, "function": CHAIN}


def asked(signal: Signal, extra: Extra, graph: Graph = GRAPH, limits: Limits | None = None) -> Attribution:
    return attribute(graph, trouble(signal, extra), web(signal), learn(quiet(), signal), limits)


def first(found: Attribution) -> str:
    return found.suspects[0].node if found.suspects else ""


@pytest.mark.parametrize("signal", ["latency", "errors"])
def test_an_excess_passed_up_a_chain_is_the_last_callee_s(signal: Signal) -> None:
    found = asked(signal, SLOW_FUNCTION)

    assert [one.node for one in found.suspects] == ["function"]
    assert found.suspects[0].share == pytest.approx(1.0, rel=0.02)
    assert found.suspects[0].called
    assert found.explained == {"web": ("pay",), "pay": ("gateway",), "gateway": ("function",)}
    assert found.why == ""


def test_a_middle_node_is_blamed_for_what_its_callees_do_not_account_for() -> None:
    extra = {"web": CHAIN, "pay": CHAIN, "gateway": [4.0 * one / 40 for one in CHAIN]}

    assert first(asked("latency", extra)) == "pay"


def test_a_callee_that_several_callers_share_may_show_more_than_the_target() -> None:
    twice = [2 * one for one in CHAIN]

    found = asked("latency", {"web": CHAIN, "list": CHAIN, "search": twice, "table": twice})

    assert first(found) == "table"
    assert found.suspects[0].own == pytest.approx(2 * found.excess, rel=0.02)
    assert found.suspects[0].supports[1] == "its own excess covers 100% of web's, row by row"


@pytest.mark.parametrize(
    ("signal", "caller", "callee"),
    [
        ("latency", "web", "pay"),
        ("latency", "gateway", "function"),
        ("errors", "web", "pay"),
        ("errors", "pay", "gateway"),
        ("errors", "gateway", "function"),
    ],
)
def test_an_edge_that_nobody_knows_changes_nothing_on_the_way_to_the_cause(
    signal: Signal, caller: str, callee: str
) -> None:
    cut = {**GRAPH, caller: tuple(one for one in GRAPH[caller] if one != callee)}

    found = asked(signal, SLOW_FUNCTION, cut)

    assert first(found) == "function"
    assert found.suspects[0].refutes == ("no known call leads from web to it",)


def test_without_a_graph_failures_come_from_where_they_are_thickest() -> None:
    assert first(asked("errors", SLOW_FUNCTION, {})) == "function"


def test_without_a_graph_the_larger_excess_is_nearer_to_the_source() -> None:
    waited = [0.8 * one for one in CHAIN]

    assert first(asked("latency", {**SLOW_FUNCTION, "pay": waited, "web": waited}, {})) == "function"


def test_of_two_that_show_the_same_delay_and_no_known_call_the_one_that_works_longer_comes_first() -> None:
    found = asked("latency", SLOW_FUNCTION, {})

    assert [one.node for one in found.suspects[:2]] == ["pay", "function"]


def test_what_suffers_is_blamed_when_nobody_else_shows_it() -> None:
    found = asked("errors", {"web": CHAIN})

    assert [one.node for one in found.suspects] == ["web"]
    assert "callee that nobody measures" in found.suspects[0].refutes[0]


def test_what_suffers_comes_after_a_callee_that_explains_a_part() -> None:
    found = asked("errors", {"web": CHAIN, "pay": [one / 2 for one in CHAIN]})

    assert [one.node for one in found.suspects] == ["pay", "web"]
    assert "what it calls: pay" in found.suspects[1].refutes[0]


def test_a_row_in_which_the_target_suffers_alone_does_not_hide_what_it_suffers_from_in_others() -> None:
    found = asked("errors", {"web": (0.0, 3.0, 3.0, 9.0, 0.0), "pay": (0.0, 3.0, 3.0, 0.0, 0.0)})

    assert first(found) == "pay"
    assert found.suspects[0].share == pytest.approx(0.4)


def test_what_calls_the_target_is_not_blamed_for_it() -> None:
    graph = {**GRAPH, "robot": ("web",)}
    series = {**trouble("latency", SLOW_FUNCTION), "robot": _like("web", [2 * one for one in CHAIN])}
    baseline = learn({**quiet(), "robot": quiet()["web"]}, "latency")

    found = attribute(graph, series, web("latency"), baseline)

    assert [one.node for one in found.suspects] == ["function"]


def _like(node: str, more: list[float]) -> Series:
    return trouble("latency", {node: more})[node]


def test_a_callee_that_nobody_called_before_is_the_caller_s_doing() -> None:
    failing = Series(requests=[0, 20, 40, 30, 0], error_ratio=[None, 1.0, 1.0, 1.0, None])
    graph = {**GRAPH, "function": ("elsewhere",)}
    series = {**trouble("errors", SLOW_FUNCTION), "elsewhere": failing}

    found = attribute(graph, series, web("errors"), learn(quiet(), "errors"))

    assert [one.node for one in found.suspects] == ["function"]


def test_a_node_that_was_not_watched_before_counts_when_it_strays_more_than_the_least_steady() -> None:
    new = Series(requests=[100] * 5, latency_s=[0.1, 0.3, 0.5, 0.4, 0.1])
    series = {**trouble("latency", {"web": CHAIN, "pay": CHAIN}), "new": new}
    graph = {**GRAPH, "pay": ("gateway", "bank", "new")}

    found = attribute(graph, series, web("latency"), learn(quiet(), "latency"))

    assert first(found) == "new"


def test_levels_that_shifted_since_the_quiet_period_are_taken_from_the_calm_rows() -> None:
    shifted = {
        node: replace(one, latency_s=[(seconds or 0.0) + 3 * LATENCY["bank"] for seconds in one.latency_s])
        if node == "bank"
        else one
        for node, one in trouble("latency", SLOW_FUNCTION).items()
    }

    found = attribute(GRAPH, shifted, web("latency"), learn(quiet(), "latency"))

    assert [one.node for one in found.suspects] == ["function"]


def test_more_traffic_at_the_usual_pace_is_no_excess() -> None:
    busier = {
        node: replace(
            one, requests=[count if row == 0 else 3 * (count or 0.0) for row, count in enumerate(one.requests)]
        )
        for node, one in trouble("latency", {}).items()
    }

    found = attribute(GRAPH, busier, web("latency"), learn(quiet(), "latency"))

    assert found.suspects == ()


@pytest.mark.parametrize("gap", [None, math.nan])
def test_rows_that_were_not_measured_are_left_out(gap: float | None) -> None:
    series = trouble("latency", SLOW_FUNCTION)
    for node in ("function", "bank", "table"):
        seconds = list(series[node].latency_s)
        seconds[1] = gap
        series[node] = replace(series[node], latency_s=seconds)

    found = attribute(GRAPH, series, web("latency"), learn(quiet(), "latency"))

    assert first(found) == "function"


@pytest.mark.parametrize("gap", [None, math.nan])
def test_where_only_requests_were_not_counted_they_are_taken_to_be_as_usual(gap: float | None) -> None:
    series = trouble("latency", SLOW_FUNCTION)
    whole = attribute(GRAPH, series, web("latency"), learn(quiet(), "latency"))
    for node, one in series.items():
        series[node] = replace(one, requests=[gap if at == 1 else count for at, count in enumerate(one.requests)])

    found = attribute(GRAPH, series, web("latency"), learn(quiet(), "latency"))

    assert first(found) == "function"
    assert found.excess == pytest.approx(whole.excess, rel=0.05)


def test_trouble_is_seen_through_a_node_that_nobody_measures() -> None:
    series = {**trouble("latency", SLOW_FUNCTION), "gateway": Series(requests=[100] * 5)}

    found = attribute(GRAPH, series, web("latency"), learn(quiet(), "latency"))

    assert [one.node for one in found.suspects] == ["function"]
    assert found.explained["pay"] == ("function",)


def test_nobody_is_suspected_when_nothing_is_above_what_quiet_times_explain() -> None:
    found = asked("latency", {node: [0.0, 0.02 * REQUESTS[node] * LATENCY[node]] for node in REQUESTS})

    assert found.suspects == ()
    assert found.why == "no node shows more extra seconds than quiet times explain"


def test_what_explains_less_than_a_quarter_is_beside_the_trouble() -> None:
    found = asked("latency", {"web": (0.0, 4.0, 4.0), "list": (0.0, 0.9, 0.9)})
    more = asked("latency", {"web": (0.0, 4.0, 4.0), "list": (0.0, 1.2, 1.2)})

    assert found.suspects == ()
    assert found.why == "what stands out explains too little of web's extra seconds"
    assert first(more) == "list"


def test_without_figures_of_the_target_nobody_is_suspected_and_it_is_said_why() -> None:
    series = trouble("errors", {"web": CHAIN})
    baseline = learn(quiet(), "errors")
    unmeasured = {**series, "web": Series(requests=[500] * 5)}
    absent = Target(node="nobody", signal="errors")

    assert attribute(GRAPH, unmeasured, web("errors"), baseline).why == (
        "web has no figures for errors since the trouble began"
    )
    assert attribute(GRAPH, series, absent, baseline).abstained == "not_measured"
    assert attribute(GRAPH, series, web("errors", calm=0), learn({}, "errors")).abstained == "no_quiet_time"
    assert attribute(GRAPH, series, web("errors", calm=5), baseline).abstained == "not_measured"
    assert asked("errors", {"pay": CHAIN}).why == "web shows no more failed requests than before"


def test_without_calm_rows_the_quiet_period_alone_says_what_is_usual() -> None:
    series = trouble("latency", SLOW_FUNCTION)

    assert first(attribute(GRAPH, series, web("latency", calm=0), learn(quiet(), "latency"))) == "function"


def test_a_few_bad_rows_in_the_quiet_period_move_nothing() -> None:
    contaminated = quiet()
    bad = trouble("latency", {"function": (900.0, 900.0)}, rows=60)["function"]
    contaminated["function"] = replace(bad, latency_s=[*bad.latency_s[:2], *contaminated["function"].latency_s[2:]])

    found = attribute(GRAPH, trouble("latency", SLOW_FUNCTION), web("latency"), learn(contaminated, "latency"))

    assert first(found) == "function"


def test_nodes_that_call_each_other_do_not_hide_the_one_with_more() -> None:
    graph = {**GRAPH, "function": ("gateway", "function")}
    more = [2 * one for one in CHAIN]

    assert first(asked("latency", {**SLOW_FUNCTION, "function": more}, graph)) == "function"


def test_evidence_says_how_far_a_suspect_strays() -> None:
    slow = asked("latency", SLOW_FUNCTION).suspects[0]
    failing = asked("errors", SLOW_FUNCTION).suspects[0]

    assert "extra seconds a row" in slow.supports[0]
    assert "times what it strays by" in slow.supports[0]
    assert failing.supports[0] == "32.2 failed requests a row, in quiet times there are none"
