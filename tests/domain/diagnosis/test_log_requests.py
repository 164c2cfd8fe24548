"""The slowest requests and the answers by status, from what access logs and structured lines tell (R-DIA-15)."""

from __future__ import annotations

import json

from tests.domain.diagnosis.log_lines import facts

ACCESS = '10.0.0.9 - - [15/Mar/2026:14:03:{n:02} +0000] "GET /orders/{n}?user=ana HTTP/1.1" {status} 157 "-" "-" {took}'


def test_the_twenty_slowest_are_kept_with_their_place_time_and_answer() -> None:
    lines = [ACCESS.format(n=n, status=503 if n == 7 else 200, took=f"{(n * 7 % 60) / 10:.3f}") for n in range(60)]

    found = facts(lines)

    assert [one.took_s for one in found.slow] == [n / 10 for n in range(59, 39, -1)]
    assert {one.what for one in found.slow} == {"GET /orders/<*> HTTP:200", "GET /orders/<*> HTTP:503"}
    assert next(one for one in found.slow if one.status == 503).took_s == 4.9
    assert found.slow[0].at.hour == 14
    assert found.statuses == {200: 59, 503: 1}


def test_structured_lines_tell_in_their_own_keys_and_units() -> None:
    lines = [
        json.dumps({"ts": 1773583387 + n, "level": "info", "msg": "done", **more})
        for n, more in enumerate(
            (
                {"duration_ms": 1500, "path": "/a/17?token=hunter2", "method": "POST", "status": 500},
                {"took_s": 0.25, "uri": "/b", "status_code": "204"},
                {"latency_us": 900, "status": True},
            )
        )
    ]
    lines += ["ts=2026-03-15T14:03:09Z level=info msg=done duration_ms=2000 status=503 path=/c"]

    found = facts(lines)

    assert [(one.took_s, one.what, one.status) for one in found.slow] == [
        (2.0, "/c", 503), (1.5, "POST /a/<*>", 500), (0.25, "/b", 204), (0.0009, "done", 0),
    ]  # fmt: skip
    assert found.statuses == {204: 1, 500: 1, 503: 1}


def test_lines_that_tell_of_no_request_cost_nothing_and_say_nothing() -> None:
    found = facts(["2026-03-15T14:03:09Z INFO [shop] took 12 ms"])

    assert (found.slow, found.statuses) == ((), {})
