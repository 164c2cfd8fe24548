"""Subjects as monitoring systems write them: the mail of the end has the same matter as that of the beginning."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.adapters.sources.email import EmailOptions
from tocsin.adapters.sources.subject import Subject, read_subject

OPTIONS = EmailOptions()


def _read(subject: str) -> Subject:
    return read_subject(subject, resolved=OPTIONS.resolved_words, firing=OPTIONS.firing_words)


@pytest.mark.parametrize(
    ("begins", "ends", "matter"),
    [
        (  # Nagios
            "** PROBLEM Service Alert: db1/Disk is CRITICAL **",
            "** RECOVERY Service Alert: db1/Disk is OK **",
            "Service Alert: db1/Disk",
        ),
        ("** PROBLEM Host Alert: db1 is DOWN **", "** RECOVERY Host Alert: db1 is UP **", "Host Alert: db1"),
        ("[PROBLEM] Disk on db1 is CRITICAL!", "[RECOVERY] Disk on db1 is OK!", "Disk on db1"),  # Icinga
        ("Problem: High CPU", "Resolved in 5m 3s: High CPU", "High CPU"),  # Zabbix
        ("Problem: High CPU", "Resolved: High CPU", "High CPU"),
        ("Updated problem in 1h 2m: High CPU", "Resolved in 2d 1h: High CPU", "High CPU"),
        ("Check_MK: db1/Disk OK -> CRIT", "Check_MK: db1/Disk CRIT -> OK", "Check_MK: db1/Disk"),
        ("DOWN | nightly", "UP | nightly", "nightly"),  # Healthchecks
        ("Monitor is DOWN: web", "Monitor is UP: web", "Monitor: web"),  # UptimeRobot
        ("DOWN alert: web is DOWN", "UP alert: web is UP", "web"),  # Pingdom
        ("[FIRING:1] HighCPU (a:9100 critical)", "[RESOLVED] HighCPU (a:9100 critical)", "HighCPU (a:9100 critical)"),
        ('ALARM: "cpu" in EU (Frankfurt)', 'OK: "cpu" in EU (Frankfurt)', '"cpu" in EU (Frankfurt)'),  # CloudWatch
        ("[Alerting] CPU", "[OK] CPU", "CPU"),  # Grafana
        ("[No Data] CPU", "[OK] CPU", "CPU"),
        ("[Triggered] CPU", "[Recovered] CPU", "CPU"),  # Datadog
        ("[P1] [Triggered] CPU", "[P1] [Recovered] CPU", "[P1] CPU"),
        ("[Triggered on {host:a}] CPU", "[Recovered on {host:a}] CPU", "[on {host:a}] CPU"),
        ("[Warn] CPU", "[Recovered from Warn] CPU", "CPU"),
        ("[Monitor Alert] Triggered: CPU", "[Monitor Alert] Recovered: CPU", "[Monitor Alert] CPU"),
        ("PROBLEM disk full", "RECOVERY disk full", "disk full"),
        ("[db1] PROBLEM: disk full", "Fwd: [db1] RECOVERY: disk full", "[db1] disk full"),
    ],
)
def test_the_end_has_the_matter_of_the_beginning(begins: str, ends: str, matter: str) -> None:
    assert (_read(begins).matter, _read(begins).over) == (matter, False)
    assert (_read(ends).matter, _read(ends).over) == (matter, True)


@pytest.mark.parametrize(
    "subject",
    [
        "Error rate is up",
        "ERROR RATE IS UP",
        "Up to date backup is missing",
        "UP TO DATE BACKUP IS MISSING",
        "[Up to date] backup is missing",
        "Normal operation disrupted",
        "Closed ports: 22",
        "Recovery of the database failed",
        "[Alerting] RECOVERY job failed",
        "[FIRING:1, RESOLVED:1] HighCPU",
        "** ACKNOWLEDGEMENT Service Alert: db1/Disk is CRITICAL **",
        "PROBLEM: nobody knows why it is OK",
        "[] x",
        "[:] x",
        "is OK",
        "-> OK",
        "",
        "*",
    ],
)
def test_a_beginning_is_not_taken_for_an_end(subject: str) -> None:
    assert not _read(subject).over


def test_other_brackets_tell_matters_apart() -> None:
    assert _read("[db1] [RESOLVED] disk").matter != _read("[db2] [RESOLVED] disk").matter
    assert _read("[Triggered on {host:a}] CPU").matter != _read("[Triggered on {host:b}] CPU").matter


WORD = st.text("abcdxyz0189", min_size=1, max_size=4).map(lambda word: f"q{word}")  # none is a state
MATTER = st.lists(WORD | WORD.map(lambda word: f"[{word}]") | WORD.map(lambda word: f"{word}:"), min_size=1).map(
    " ".join
)
BEGUN = st.sampled_from(["PROBLEM: {}", "[FIRING:2] {}", "** PROBLEM {} is CRITICAL **", "DOWN | {}", "[Alerting] {}"])
OVER = st.sampled_from(["Resolved in 1m 2s: {}", "[RESOLVED] {}", "** RECOVERY {} is OK **", "UP | {}", "OK: {}"])


@given(MATTER, MATTER, BEGUN, OVER)
def test_only_the_same_matter_ends_it(one: str, other: str, begun: str, over: str) -> None:
    assert _read(begun.format(one)).matter == _read(over.format(one)).matter
    assert (_read(begun.format(one)).matter == _read(over.format(other)).matter) == (one == other)
    assert (_read(begun.format(one)).over, _read(over.format(one)).over) == (False, True)


@given(st.text("[]:|*-> OKUPisdown 1,", min_size=1).map(lambda text: " ".join(text.split())) | st.text())
def test_any_subject_has_a_matter(text: str) -> None:
    assert bool(_read(text).matter) == bool(text.strip())
