"""Which lines are of one kind, in the formats that programs write."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest
from tests.domain.diagnosis.log_lines import NAMES, START, mined, ordered, stamped, steady, texts

from tocsin.domain.diagnosis.logs.clock import Clock, moment
from tocsin.domain.diagnosis.logs.miner import Miner
from tocsin.domain.diagnosis.logs.series import MOST_SAMPLES, Series, number_in
from tocsin.domain.diagnosis.logs.timeline import BUCKETS
from tocsin.domain.diagnosis.logs.words import masked, unquoted_single

JAVA = """2026-03-15 14:03:04,123 ERROR [http-nio-8080-exec-1] com.acme.OrderService - Could not load order 17
java.lang.IllegalStateException: no order
\tat org.springframework.web.Dispatcher.run(Dispatcher.java:12)
\tat com.acme.OrderService.load(OrderService.java:42)
Caused by: java.sql.SQLTransientConnectionException: HikariPool-1 - Connection is not available
\tat com.zaxxer.hikari.pool.HikariPool.fail(HikariPool.java:696)
\tat com.acme.Repository.find(Repository.java:7)
\t... 12 more
2026-03-15 14:03:05,000 INFO [main] com.acme.OrderService - done""".splitlines()
PYTHON = """2026-03-15 14:03:04,123 ERROR [shop] order 17 failed
Traceback (most recent call last):
  File "/usr/lib/python3.11/site-packages/lib/call.py", line 9, in call
    return run()
  File "/srv/shop/orders.py", line 41, in place
    total / count
ZeroDivisionError: division by zero
2026-03-15 14:03:05,000 INFO [shop] next""".splitlines()


@pytest.mark.parametrize(
    ("word", "template"),
    [
        ("worker", "worker"),
        ("17", "<*>"),
        ("3.5", "<*>"),
        ("user=ana", "user=<*>"),
        ("(12", "(<*>"),
        ("took=8ms,", "took=<*>,"),
        ("10.0.0.1:80", "<*>"),
        ("status:500", "status:<*>"),
        ("handler.go:114", "handler.go:<*>"),
        ("https://shop.test/a", "<*>"),
        ("ana@shop.test", "<*>"),
        ("utf-8", "utf-8"),
        ("--", "--"),
        ("[orders]", "[orders]"),
    ],
)
def test_a_word_that_varies_by_its_looks_is_masked(word: str, template: str) -> None:
    assert masked(word) == template


def test_quoted_text_is_one_word_and_an_apostrophe_quotes_nothing() -> None:
    assert texts([stamped(0, 'no such file "a b c"'), stamped(1, 'no such file "d"')]) == ['no such file "<*>"']
    assert unquoted_single("can't open 'my file' of bo's") == "can't open '0' of bo's"


def test_a_place_where_many_words_stood_is_open_and_one_with_two_is_not() -> None:
    many = [stamped(n, f"INFO loaded {name} from disk") for n, name in enumerate(NAMES)]
    two = [stamped(n, f"INFO worker {'started' if n % 2 else 'stopped'} on disk") for n in range(40)]

    assert texts(many) == ["loaded <*> from disk"]
    assert sorted(texts(two)) == ["worker started on disk", "worker stopped on disk"]


def test_a_word_of_trouble_is_not_lost_to_a_placeholder_of_few() -> None:
    words = ("accepted", "opened", "closed", "kept", "reused", "refused")

    found = texts([stamped(n, f"INFO connection {word} by peer") for n, word in enumerate(words)])

    assert "connection refused by peer" in found


def test_a_rare_word_joins_where_the_place_between_its_neighbours_is_known_to_be_open() -> None:
    frequent = [stamped(n, f"INFO cache loaded {name} in time") for n, name in enumerate(NAMES)]
    rare = [stamped(20 + n, f"INFO index loaded {name} in time") for n, name in enumerate(NAMES[:2])]

    assert sorted(texts([*frequent, *rare])) == ["cache loaded <*> in time", "index loaded <*> in time"]


def test_services_levels_and_loggers_keep_equal_words_apart() -> None:
    found = mined(
        [stamped(0, "INFO [orders] ready"), stamped(1, "ERROR [orders] ready"), stamped(2, "INFO [mail] ready")]
    )

    assert [(one.source.service, one.source.level) for one in found] == [
        ("orders", "info"),
        ("orders", "error"),
        ("mail", "info"),
    ]


def test_json_lines_are_known_by_service_level_logger_and_message() -> None:
    lines = [
        json.dumps(
            {
                "ts": 1773583384 + n,
                "level": "error",
                "service": "shop",
                "logger": "db",
                "msg": f"slow {n} ms",
                "rows": n,
            }
        )
        for n in range(3)
    ]

    found = mined(lines)

    assert [(tuple(one.source), one.text, one.count) for one in found] == [
        (("shop", "error", "db", "message"), "slow <*> ms", 3)
    ]
    assert list(found[0].fields["rows"].values) == [0.0, 1.0, 2.0]


@pytest.mark.parametrize(
    ("line", "service", "level", "logger", "text"),
    [
        ("Mar 15 14:03:00 web-1 sshd[12]: Failed password for bob", "sshd", "", "", "Failed password for bob"),
        ("2026/03/15 14:03:02 [error] 31#31: *12 connect() failed", "", "error", "", "<*>: <*> connect() failed"),
        ('10.0.0.9 - - [15/Mar/2026:14:03:03 +0000] "GET /api/7?q=a HTTP/1.1" 502 157', "", "error", "", "GET /api/<*> HTTP:502"),
        ("2026-03-15 14:03:04,123 ERROR [exec-1] com.acme.Orders - no order", "", "error", "com.acme.Orders", "no order"),
        ("2026-03-15T14:03:05.1+01:00  INFO 1 --- [main] c.a.App : Started", "", "info", "c.a.App", "Started"),
        ('E0315 14:03:06.123456   12345 sync.go:114] "Failed to sync" pod="a/b"', "", "error", "sync.go", "Failed to sync"),
        ("2026-03-15 14:03:07,555 - shop.orders - ERROR - refused 12", "", "error", "shop.orders", "refused <*>"),
        ("ERROR:shop.orders:refused 12", "", "error", "shop.orders", "refused <*>"),
        ("2026-03-15 14:03:08.001 UTC [123] FATAL:  sorry, too many clients already", "", "critical", "", "sorry, too many clients already"),
        ('ts=2026-03-15T14:03:09Z level=error msg="request failed" took=3s', "", "error", "", "request failed"),
        ("7:M 15 Mar 2026 14:03:10.123 # MISCONF snapshots", "", "", "", "MISCONF snapshots"),
        ("web-1  | 2026-03-15 14:03:11 WARN slow", "web", "warning", "", "slow"),
        ("[pod/web-7d9-x/app] 2026-03-15T14:03:11Z WARN slow", "app", "warning", "", "slow"),
        ("081109 203615 148 INFO dfs.DataNode: Received block", "", "info", "dfs.DataNode", "Received block"),
    ],
)  # fmt: skip
def test_the_header_of_a_line_is_read_in_the_formats_that_programs_write(
    line: str, service: str, level: str, logger: str, text: str
) -> None:
    (found,) = mined([line])

    assert (found.source.service, found.source.level, found.source.logger, found.text) == (service, level, logger, text)


@pytest.mark.parametrize(
    "line",
    [
        "2026-03-15T14:03:04.5Z x",
        "2026-03-15 15:03:04,500 +0100 x",
        "1773583384.5 x",
        "1773583384500 x",
        "Mar 15 14:03:04 host x",
        "[15/Mar/2026:14:03:04 +0000] x",
        "15 Mar 2026 14:03:04.500 x",
        "I0315 14:03:04.500000 1 a.go:1] x",
        "26/03/15 14:03:04 x",
    ],
)
def test_a_time_is_read_however_it_is_written(line: str) -> None:
    clock = Clock(START)
    stamp = clock.find(line)

    assert stamp is not None
    assert moment(clock.exact(line, stamp)).replace(microsecond=0).isoformat() == "2026-03-15T14:03:04+00:00"


def test_a_java_trace_is_its_root_cause_at_the_first_frame_of_our_own() -> None:
    found = [one for one in mined(JAVA) if one.source.kind == "trace"]

    assert found[-1].text == "java.sql.SQLTransientConnectionException"
    assert found[-1].source.logger == "com.acme.Repository.find"


def test_a_python_trace_is_its_error_at_the_last_frame_of_our_own_and_no_line_of_it_is_a_message() -> None:
    found = mined(PYTHON)

    assert [(one.text, one.source.logger) for one in found if one.source.kind == "trace"] == [
        ("ZeroDivisionError", "/srv/shop/orders.py:place")
    ]
    assert [one.text for one in found if one.source.kind == "message"] == ["order <*> failed", "next"]
    assert {one.source.service for one in found} == {"shop"}


def test_counts_fall_into_as_many_buckets_as_there_are_however_long_the_log_is() -> None:
    miner = Miner(START)
    miner.feed(steady(2000, "INFO tick", every_s=7.0))
    (only,) = miner.finish()

    assert len(only.buckets) == BUCKETS
    assert sum(only.buckets) == only.count == 2000
    assert miner.timeline.width_s * BUCKETS >= 14_000


def test_lines_of_two_files_one_after_the_other_are_counted_in_the_same_buckets() -> None:
    miner = Miner(START)
    miner.feed(steady(100, "INFO later tick", begin_s=500))
    miner.feed(steady(100, "INFO earlier tick"))
    later, earlier = miner.finish()

    assert sum(later.buckets) == sum(earlier.buckets) == 100
    assert earlier.first_s < later.first_s


def test_a_series_keeps_an_even_sample_in_bounded_room() -> None:
    series = Series()
    for n in range(10_000):
        series.add(n, n)

    assert len(series.values) < 2 * MOST_SAMPLES
    assert series.values[0] == 0
    assert series.values[-1] > 8_000


@pytest.mark.parametrize(
    ("word", "value"),
    [("took=250ms,", 0.25), ("1.5s", 1.5), ("85%", 85.0), ("12MiB", 12.0), ("a1b2", None), ("-", None)],
)
def test_a_number_is_read_with_its_unit(word: str, value: float | None) -> None:
    assert number_in(word) == (pytest.approx(value) if value is not None else None)


def test_two_runs_over_the_same_lines_find_the_same() -> None:
    lines = ordered(
        steady(50, "INFO [a] tick {n}"), (stamped(n, f"ERROR [b] lost {name}") for n, name in enumerate(NAMES))
    )

    assert [(one.text, one.count) for one in mined(lines)] == [(one.text, one.count) for one in mined(lines)]


def test_two_words_that_vary_side_by_side_are_both_open_also_where_no_pair_repeats() -> None:
    often = [
        stamped(n, f"INFO [a] moved {x} {y} to disk") for n, (x, y) in enumerate((x, y) for x in NAMES for y in NAMES)
    ]
    rare = [stamped(200 + n, f"INFO [b] moved {x} {y} to disk") for n, (x, y) in enumerate(pairwise(NAMES))]

    assert texts([*often, *rare]) == ["moved <*> <*> to disk"] * 2


def test_what_came_before_its_place_was_known_to_be_open_is_taken_in_at_the_end() -> None:
    early = [stamped(0, "INFO moved early late to disk")]
    pairs = [
        stamped(1 + n, f"INFO moved {a} {b} to disk") for n, (a, b) in enumerate((a, b) for a in NAMES for b in NAMES)
    ]

    assert texts([*early, *pairs]) == ["moved <*> <*> to disk"]
