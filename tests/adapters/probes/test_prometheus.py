"""Series around an onset are read from a real Prometheus, and from a server that keeps to its documented API."""

from __future__ import annotations

import json
import math
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from tests.support.http import Received, Reply, closed_port, http_sink
from tests.support.senders import program, prometheus

from tocsin.adapters.probes.prometheus import Prometheus, validate_options
from tocsin.domain.diagnosis.checks.catalogue import run_checks
from tocsin.domain.diagnosis.diagnose import diagnose
from tocsin.domain.diagnosis.facts import bundle_of
from tocsin.domain.diagnosis.facts.series import SeriesFacts
from tocsin.domain.diagnosis.findings import Finding
from tocsin.domain.diagnosis.look import Look
from tocsin.domain.diagnosis.targets import Target
from tocsin.domain.errors import InvalidError
from tocsin.net.http import Http

NOW = datetime(2026, 3, 15, 14, 0, tzinfo=UTC)
ONSET = NOW - timedelta(minutes=5)
LIMIT_S = 30.0


def collect(url: str, *, onset: datetime | None = ONSET, now: datetime = NOW, **options: object) -> SeriesFacts:
    target = Target(name="shop prom", kind="prometheus", service="shop", options={"url": url, **options}, onset=onset)
    return Prometheus(lambda: now, Http()).collect(target, LIMIT_S)


def findings(facts: SeriesFacts) -> dict[str, Finding]:
    bundle = bundle_of([facts], started_at=NOW, ended_at=NOW)
    return {one.check_id: one for one in run_checks(Look(bundle=bundle, onset=ONSET))}


LINES = (
    (
        "http_requests_total",
        "counter",
        lambda minute, hot: 600 * minute + (6000 * (minute - hot) if minute > hot else 0),
    ),
    ("pool_in_use", "gauge", lambda minute, hot: 19 if minute >= hot else 4 + minute % 2),
)


def recorded(folder: Path, end: datetime) -> Path:
    """Write a day and an hour of samples, one a minute, as OpenMetrics; both series step up five minutes before the end."""
    count = 25 * 60
    text = []
    for name, kind, value in LINES:
        text.append(f"# TYPE {name.removesuffix('_total')} {kind}")
        for minute in range(count):
            at = (end - timedelta(minutes=count - 1 - minute)).timestamp()
            text.append(f'{name}{{job="shop"}} {value(minute, count - 6)} {at:.0f}')
    file = folder / "samples.txt"
    file.write_text("\n".join([*text, "# EOF\n"]))
    return file


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real Prometheus that holds a day of samples and scrapes nothing."""
    folder = tmp_path_factory.mktemp("prometheus")
    promtool = shutil.which("promtool") or program("promtool")
    samples = recorded(folder, NOW)
    argv = [promtool, "tsdb", "create-blocks-from", "openmetrics", str(samples), str(folder / "run" / "data")]
    subprocess.run(argv, check=True, capture_output=True, timeout=60)
    with prometheus(folder / "run", "global: {}") as url:
        yield url


def test_a_real_store_shows_what_stepped_up_and_what_did_not(store: str) -> None:
    facts = collect(
        store,
        queries={
            "requests": {"query": "sum(rate(http_requests_total[2m]))", "means": "traffic"},
            "pool": {"query": "pool_in_use", "means": "saturation"},
            "quiet": 'count(pool_in_use{job="shop"})',
        },
        services={"shop": {"requests": "sum(rate(http_requests_total[2m]))"}},
        step_s=60,
        up="",
    )

    step = findings(facts)["series.step"]
    assert (facts.error, facts.blind) == (None, ())
    assert step.verdict == "warn"
    assert {line.split()[0] for line in step.evidence} == {"requests", "pool"}
    assert {one.hypothesis for one in step.supports} == {"traffic_spike", "host_saturation"}
    assert len(facts.services[0].rows) == 55
    assert facts.services[0].rows[10].requests == pytest.approx(600, rel=0.01)


def test_a_real_store_says_what_is_wrong_with_an_expression(store: str) -> None:
    facts = collect(store, queries={"odd": "sum(", "fine": "pool_in_use"}, up="")

    assert facts.error is None
    assert [(one.name, one.found) for one in facts.asked] == [("odd", None), ("fine", 1)]
    assert [(spot.what, "parse error" in spot.why) for spot in facts.blind] == [("odd", True)]


class Store:
    """Answers as the API is documented: `success` with a vector of the newest values, or a matrix of texts by time.

    `level` gives each series its value at an instant; `up` the targets and whether each answers.
    """

    def __init__(
        self, *, up: tuple[int, ...] = (1, 1), series: int = 1, since: datetime = ONSET, by: float = 10
    ) -> None:
        self.up, self.series, self.since, self.by = up, series, since.timestamp(), by
        self.daily = False

    def level(self, number: int, at: float) -> float:
        risen = at >= self.since or (self.daily and at >= self.since - 86_400 and at < NOW.timestamp() - 86_000)
        return (20 + number + at % 3) * (self.by if risen else 1)

    def __call__(self, received: Received) -> Reply:
        parts = urlsplit(received.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if parts.path == "/api/v1/query":
            return self.told("vector", self.vector(query["query"], float(query["time"])))
        start, end, step = (float(query[name]) for name in ("start", "end", "step"))
        instants = [start + step * n for n in range(round((end - start) / step) + 1)]
        count = min(self.series, 10) if "topk" in query["query"] else self.series
        found = [
            {
                "metric": {"__name__": "load", "pod": f"p{n}"},
                "values": [[at, str(self.level(n, at))] for at in instants],
            }
            for n in range(count)
        ]
        return self.told("matrix", found)

    def vector(self, query: str, at: float) -> list[dict[str, object]]:
        if query.startswith("count("):
            count = len(self.up) if "up" in query else self.series
            return [{"metric": {}, "value": [at, str(count)]}] if count else []
        down = [n for n, one in enumerate(self.up) if not one]
        return [{"metric": {"__name__": "up", "instance": f"10.0.0.{n}:80"}, "value": [at, "0"]} for n in down]

    def told(self, kind: str, result: object) -> Reply:
        return Reply(body=json.dumps({"status": "success", "data": {"resultType": kind, "result": result}}).encode())


def test_a_step_is_told_with_its_levels_and_its_time() -> None:
    with http_sink(Store()) as sink:
        facts = collect(sink.url, queries={"load": "load"}, token="t0ken-of-the-store")

    step = findings(facts)["series.step"]
    assert step.observed.startswith('load load{pod="p0"} rose from 2')
    assert step.observed.endswith("at 13:54:30 UTC")
    assert {one.method for one in sink.received} == {"GET"}
    assert {one.headers["authorization"] for one in sink.received} == {"Bearer t0ken-of-the-store"}
    assert "t0ken-of-the-store" not in str(facts)


def test_what_rises_every_day_at_this_hour_is_no_step() -> None:
    store = Store()
    store.daily = True
    with http_sink(store) as sink:
        facts = collect(sink.url, queries={"load": {"query": "load", "means": "traffic"}})

    step = findings(facts)["series.step"]
    assert step.verdict == "ok"
    assert [one.hypothesis for one in step.refutes] == ["traffic_spike"]


@pytest.mark.parametrize(("up", "verdict"), [((1, 1), "ok"), ((1, 0), "warn"), ((0, 0), "critical")])
def test_targets_that_are_down_are_named(up: tuple[int, ...], verdict: str) -> None:
    with http_sink(Store(up=up)) as sink:
        found = findings(collect(sink.url))["series.targets_up"]

    assert found.verdict == verdict
    assert len(found.evidence) == up.count(0)


def test_an_expression_with_too_many_series_is_asked_for_its_largest_and_that_is_said() -> None:
    with http_sink(Store(series=4312)) as sink:
        facts = collect(sink.url, queries={"load": "load"}, up="")

    ranges = [parse_qs(urlsplit(one.path).query)["query"][0] for one in sink.received if "query_range" in one.path]
    assert ranges == ["topk(10,\nload\n)"] * 2
    assert findings(facts)["series.cardinality"].observed == "load: the 10 largest of 4312 series"


def test_an_expression_without_series_is_no_health() -> None:
    with http_sink(Store(series=0)) as sink:
        facts = collect(sink.url, queries={"load": "load"}, services={"shop": {"requests": "x"}})

    assert findings(facts)["series.present"].verdict == "unknown"
    assert [spot.what for spot in facts.blind] == ["requests of shop"]
    assert facts.services == ()


def test_rows_reach_to_now_however_long_ago_the_onset_is() -> None:
    with http_sink(Store()) as sink:
        old = collect(sink.url, onset=NOW - timedelta(days=2), queries={"load": "load"})
        unknown = collect(sink.url, onset=None, queries={"load": "load"})

    for facts in (old, unknown):
        end = facts.since + timedelta(seconds=facts.step_s * len(facts.asked[0].series[0].values))
        assert NOW - timedelta(seconds=facts.step_s) < end <= NOW
    assert math.isclose(old.step_s, 2 * 86_400 / 40)
    assert len(unknown.asked[0].series[0].values) == 60


def test_a_store_that_refuses_is_a_blind_spot_and_never_silence() -> None:
    gone = collect(f"http://127.0.0.1:{closed_port()}", queries={"load": "load"})
    with http_sink(lambda _: Reply(status=401, body=b"Unauthorized")) as sink:
        denied = collect(sink.url)
    with http_sink(
        lambda _: Reply(body=b'{"status":"success","data":{"resultType":"scalar","result":[1,"2"]}}')
    ) as sink:
        odd = collect(sink.url)

    assert [one.error for one in (gone, denied, odd)] == ["refused", "denied", "other"]
    spots = diagnose(bundle_of([gone], started_at=NOW, ended_at=NOW)).blind_spots
    assert [one for one in spots if one.target == "shop prom" and "connection" in one.what]


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"url": "prom:9090"}, "url"),
        ({"url": "http://prom", "step_s": 0}, "step_s"),
        ({"url": "http://prom", "queries": {"x": " "}}, "queries"),
        ({"url": "http://prom", "queries": {"x": {"query": "up", "absolute": -1}}}, "queries"),
        ({"url": "http://prom", "queries": {f"q{n}": "up" for n in range(50)}}, "queries"),
    ],
)
def test_options_that_cannot_be_are_named(options: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidError) as caught:
        validate_options(options)

    assert caught.value.field == field
