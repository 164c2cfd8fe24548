"""Measures how fast alerts are taken, durably, beside a stock Alertmanager that keeps them in memory, in the same run.

    python -m bench.ingest --json [--repeat 3] [--database sqlite|postgres] [--only a,b,c,d]

(a) one group, 2 000 alerts seen first and refreshed, batches of 64; (b) 20 000 groups, batches of 64, and 40 000 for the
memory; (c) single posts; (d) 1 000 alerts a second, and how long after it is due a page is received; (e) 20 000 new alerts
of one cause, and how long after its post the page of a second cause is received.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench.instance import Instance
from bench.paging import paging
from bench.posting import Target, post_all, requests
from bench.second_cause import second_causes
from bench.shop import KEY, configuration
from bench.surroundings import fsync_ms, rss_mib, settings_of
from bench.yardstick import Alertmanager
from tocsin.drill.servers.postgres import PostgresServer
from tocsin.drill.servers.sink import WebhookSink

Figures = dict[str, dict[str, float]]
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """How many alerts, in what posts, refreshed how often, from how many connections, and what tells groups apart."""

    alerts: int
    batch: int
    refreshes: int
    connections: int
    group_by: str
    more_groups: int = 0


SCENARIOS = {
    "a": Scenario(alerts=2000, batch=64, refreshes=40, connections=16, group_by="cluster"),
    "b": Scenario(alerts=20_000, batch=64, refreshes=3, connections=16, group_by="instance", more_groups=20_000),
    "c": Scenario(alerts=5000, batch=1, refreshes=3, connections=64, group_by="cluster"),
}
RATIOS = {
    "ratio_one_group": ("a", "refresh"),
    "ratio_first_seen": ("a", "first_seen"),
    "ratio_many_groups": ("b", "first_seen"),
    "ratio_many_groups_refresh": ("b", "refresh"),
    "ratio_single": ("c", "refresh"),
    "ratio_single_first_seen": ("c", "first_seen"),
}


@dataclass(slots=True, kw_only=True)
class Bench:
    """One run: where it works, on which database, and what it found."""

    folder: Path
    database: str
    say: Say
    found: dict[str, dict[str, list[Figures]]] = field(default_factory=dict)
    settings: dict[str, str] = field(default_factory=dict)
    page: dict[str, float] = field(default_factory=dict)
    second: dict[str, float] = field(default_factory=dict)

    def run(self, name: str, number: int) -> None:
        """Measure one scenario on both."""
        scenario, folder = SCENARIOS[name], self.folder / f"{name}{number}"
        with WebhookSink(folder / "sink.jsonl") as sink:
            with Alertmanager(folder / "am", group_by=scenario.group_by, sink=sink.url) as yardstick:
                self._keep(name, "alertmanager", measure(scenario, yardstick.target, lambda: yardstick.pids))
            with self._tocsin(folder, sink.url, scenario.group_by) as (instance, target):
                self._keep(name, "tocsin", measure(scenario, target, lambda: instance.pids))

    def run_paging(self) -> None:
        """Measure how long pages take while alerts come in steadily."""
        folder = self.folder / "d"
        with (
            WebhookSink(folder / "sink.jsonl") as sink,
            self._tocsin(folder, sink.url, "service") as (instance, target),
        ):
            self.page = paging(instance, target, sink)
        self.say(f"d: {self.page}")

    def run_second_cause(self) -> None:
        """Measure how long the page of a second cause takes during a storm."""
        folder = self.folder / "e"
        with WebhookSink(folder / "sink.jsonl") as sink, self._tocsin(folder, sink.url, "service") as (_, target):
            self.second = second_causes(target, sink)
        self.say(f"e: {self.second}")

    @contextmanager
    def _tocsin(self, folder: Path, sink: str, group_by: str) -> Iterator[tuple[Instance, Target]]:
        text = configuration(sink, group_by)
        with self._url(folder) as url, Instance(folder / "tocsin", text, admin="ana", database=url) as instance:
            self.settings = settings_of(instance.database)
            address = f"{instance.context.url}/v1/in/prometheus/api/v2/alerts"
            yield instance, Target(url=address, headers=(f"Authorization: Bearer {KEY}",))

    @contextmanager
    def _url(self, folder: Path) -> Iterator[str]:
        if self.database == "sqlite":
            yield ""
            return
        with PostgresServer(folder / "postgres", {"fsync": "on", "synchronous_commit": "on"}) as server:
            yield server.create_database("tocsin")

    def _keep(self, name: str, who: str, figures: Figures) -> None:
        self.found.setdefault(name, {}).setdefault(who, []).append(figures)
        self.say(f"{name} {who}: {figures}")

    def result(self) -> dict[str, object]:
        """Return everything that was found."""
        rss = [figures["memory"]["rss_more_groups_mib"] for figures in self.found.get("b", {}).get("tocsin", [])]
        ratios = {name: self._ratio(*where) for name, where in RATIOS.items() if where[0] in self.found}
        return {
            "database": self.database,
            "settings": self.settings,
            "fsync_ms": fsync_ms(self.folder),
            "scenarios": self.found,
            "paging": self.page,
            **ratios,
            "second_cause": self.second,
            "page_p99_ms": self.page.get("p99_ms"),
            "second_cause_page_ms": self.second.get("max_ms"),
            "rss_40k_groups_mib": statistics.median(rss) if rss else None,
        }

    def _ratio(self, name: str, what: str) -> float:
        """Return Tocsin's median rate as a multiple of Alertmanager's."""
        rates = {who: [one[what]["alerts_per_s"] for one in runs] for who, runs in self.found[name].items()}
        return round(statistics.median(rates["tocsin"]) / statistics.median(rates["alertmanager"]), 3)


def measure(scenario: Scenario, target: Target, pids: Callable[[], list[int]]) -> Figures:
    """Post a scenario's alerts for the first time and then again and again; neither meets a cold server."""
    post_all(target, requests(target, 640, batch=scenario.batch, cluster="warm"), connections=scenario.connections)
    once = requests(target, scenario.alerts, batch=scenario.batch)
    first = post_all(target, once, connections=scenario.connections)
    again = [
        request
        for _ in range(scenario.refreshes)
        for request in requests(target, scenario.alerts, batch=scenario.batch)
    ]
    refresh = post_all(target, again, connections=scenario.connections)
    memory = {"rss_mib": rss_mib(pids())}
    if scenario.more_groups:
        count = scenario.more_groups
        post_all(target, requests(target, count, batch=scenario.batch, cluster="eu-2", rack="2"), connections=16)
        memory["rss_more_groups_mib"] = rss_mib(pids())
    return {
        "first_seen": first.figures(scenario.alerts),
        "refresh": refresh.figures(scenario.alerts * scenario.refreshes),
        "memory": memory,
    }


def main() -> None:
    """Run from the command line; the last thing printed is one JSON object."""
    parser = argparse.ArgumentParser(prog="python -m bench.ingest", description=__doc__)
    parser.add_argument("--repeat", type=int, default=1, help="measure each so often and take the median")
    parser.add_argument("--only", default="a,b,c,d,e", help="scenarios, with commas between")
    parser.add_argument("--database", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--json", action="store_true", help="print the result on one line")
    given = parser.parse_args()

    def say(told: str) -> None:
        print(told, file=sys.stderr, flush=True)

    chosen = given.only.split(",")
    with tempfile.TemporaryDirectory(prefix="tocsin-ingest-") as name:
        bench = Bench(folder=Path(name), database=given.database, say=say)
        for number in range(given.repeat):
            for scenario in [one for one in SCENARIOS if one in chosen]:
                bench.run(scenario, number)
        if "d" in chosen:
            bench.run_paging()
        if "e" in chosen:
            bench.run_second_cause()
        print(json.dumps(bench.result(), indent=None if given.json else 2))


if __name__ == "__main__":
    main()
