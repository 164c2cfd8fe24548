"""How the shop's records are read, on a few lines of the same shape."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from bench.petshop import figures
from bench.petshop_data import scenarios

GRAPH = ",web,pay\nweb,0.0,1.0\npay,0.0,0.0\n"
HEAD = (
    "microservice,web,pay,web,pay,web,pay,web\n"
    "metric,requests,requests,latency,latency,availability,availability,latency\n"
    "statistic,Sum,Sum,Average,Average,Average,Average,p99\n"
    "unix_timestamp,,,,,,,\n"
)


def rows(*slow: float, begin: int = 0) -> str:
    lines = [f"{begin + 300 * n}.0,100,50,{0.1 + one / 100},{0.05 + one / 50},100,,9" for n, one in enumerate(slow)]
    return HEAD + "\n".join(lines) + "\n"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """One scenario with a quiet period, one with an issue, one with neither."""
    for name in ("low_traffic", "busy", "bare"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "graph.csv").write_text(GRAPH)
    quiet = tmp_path / "low_traffic" / "noissue"
    quiet.mkdir()
    (quiet / "metrics.csv").write_text(rows(*(0.1 * (n % 5) for n in range(60))))
    issue = tmp_path / "busy" / "test" / "issue_7"
    issue.mkdir(parents=True)
    (issue / "metrics.csv").write_text(rows(0.2, 5, 20, 15, 0.2, begin=60_000))
    target = {"node": "web", "metric": "latency", "agg": "Average", "timestamp": 60_310}
    (issue / "target.json").write_text(json.dumps({"target": target, "root_cause": {"node": "pay", "metric": None}}))
    return tmp_path


def test_rows_before_the_alarm_s_are_calm_and_blanks_are_unknown(data: Path) -> None:
    found = {one.name: one for one in scenarios(data)}

    assert list(found) == ["bare", "busy", "low_traffic"]
    (case,) = found["busy"].cases
    assert (case.target.node, case.target.signal, case.target.calm) == ("web", "latency", 1)
    assert list(case.series["web"].latency_s) == [pytest.approx(0.1 + one / 100) for one in (0.2, 5, 20, 15, 0.2)]
    assert list(case.series["pay"].error_ratio) == [None] * 5
    assert found["busy"].graph == {"web": ("pay",), "pay": ()}
    assert [one.own_quiet for one in found.values()] == [False, False, True]
    assert found["busy"].quiet == found["low_traffic"].quiet


def test_the_figures_name_scenarios_metrics_and_quiet_windows(data: Path) -> None:
    measured = figures(scenarios(data))

    assert (measured["cases"], measured["top1"], measured["top3"]) == (1, 1.0, 1.0)
    assert measured["metrics"] == {
        "latency": {"cases": 1, "top1": 1.0, "top3": 1.0},
        "availability": {"cases": 0, "top1": None, "top3": None},
    }
    assert measured["normal_windows"] == 24
    assert measured["blamed_normal"] == 0


def test_without_a_scenario_or_a_quiet_period_it_is_said_what_is_wanted(data: Path) -> None:
    (data / "low_traffic" / "noissue" / "metrics.csv").unlink()

    with pytest.raises(FileNotFoundError, match="has no quiet period"):
        scenarios(data)
    with pytest.raises(FileNotFoundError, match="holds no scenario"):
        scenarios(data / "bare")
