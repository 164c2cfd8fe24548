from __future__ import annotations

import msgspec
from tests.domain.diagnosis.cases import DRILL, HEALTHY, NOW, ONSET

from tocsin.domain.diagnosis import report
from tocsin.domain.diagnosis.diagnose import diagnose
from tocsin.domain.diagnosis.facts import Bundle


def test_the_quick_look_has_the_sources_lines_in_their_order() -> None:
    labels = [line.label for line in diagnose(DRILL, ONSET).quick_lines]

    assert labels == [
        "last deploy", "error rate", "p99 latency", "health", "database", "redis", "CPU", "memory", "disk", "recent errors",
    ]  # fmt: skip


def test_the_report_shows_evidence_counter_evidence_and_what_to_do() -> None:
    text = "\n".join(report.lines(diagnose(DRILL, ONSET), DRILL))

    assert "CRIT database: shop-db: 18 idle in transaction" in text
    assert "1. confirmed" in text
    assert "do       postgres.terminate_idle_in_transaction target=shop-db older_than_s=45" in text
    assert "do       service.rollback service=shop to_version=v2.4.0" in text
    assert "see it: SELECT pid" in text


def test_a_healthy_report_says_that_nothing_was_found() -> None:
    assert "Causes: nothing that was seen speaks for any" in report.lines(diagnose(HEALTHY), HEALTHY)


def test_the_json_form_is_plain_and_names_the_top_cause() -> None:
    told = report.as_dict(diagnose(DRILL, ONSET), DRILL)

    again = msgspec.json.decode(msgspec.json.encode(told))

    assert again["top_state"] == "confirmed"
    assert "v2.4.1" in again["top_cause"]
    assert again["causes"][0]["supports"][0]["kind"] == "decisive"
    assert again["findings"][0]["check_id"]


def test_a_run_without_any_target_reports_only_what_was_not_seen() -> None:
    nothing = Bundle(started_at=NOW, ended_at=NOW)
    text = "\n".join(report.lines(diagnose(nothing), nothing))

    assert "postgres: nothing was looked at (no target configured)" in text
    assert "?    database: not seen" in text
