"""Trouble and changes belong to what carries services or to what services do themselves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tocsin.domain.diagnosis.correlation.drastic import drastic
from tocsin.domain.diagnosis.correlation.echo import echoes
from tocsin.domain.diagnosis.correlation.incident import Alarm, Candidate, FrozenIncident, LogLine, Rollout
from tocsin.domain.diagnosis.correlation.layers import layer_of_files, layer_of_trouble
from tocsin.domain.diagnosis.correlation.matching import Content, seen, set_off
from tocsin.domain.diagnosis.correlation.mechanisms.catalogue import MECHANISMS
from tocsin.domain.diagnosis.correlation.mechanisms.mechanism import Mechanism
from tocsin.domain.diagnosis.correlation.patch import read_patch
from tocsin.domain.diagnosis.correlation.scene import Scene, Symptom
from tocsin.domain.diagnosis.correlation.technologies import technologies
from tocsin.domain.diagnosis.correlation.timing import timing_of

ONSET = datetime(2031, 1, 1, 14, 0, tzinfo=UTC)


def scene_of(*said: tuple[str, str]) -> Scene:
    lines = tuple(LogLine(at=ONSET, service=service, level="error", text=text) for service, text in said)
    incident = FrozenIncident(alarm=Alarm(service="shop", fired_at=ONSET), logs=lines)
    symptoms = tuple(Symptom(service=service, text=text, source="log", at=ONSET) for service, text in said)
    return Scene(incident=incident, symptoms=symptoms, shifts=(), usual=frozenset())


def mechanism(key: str) -> Mechanism:
    return next(one for one in MECHANISMS if one.key == key)


@pytest.mark.parametrize(
    ("said", "layer"),
    [
        ((("shop", "dial tcp 10.0.0.1:80: i/o timeout"),), "estate"),
        ((("kubelet", "Back-off restarting container shop"), ("shop", "request failed")), "estate"),
        ((("shop", "panic: runtime error: nil map"),), "code"),
        ((("shop", "request failed"),), ""),
    ],
)
def test_complaints_tell_in_which_layer_the_trouble_lies(said: tuple[tuple[str, str], ...], layer: str) -> None:
    assert layer_of_trouble(scene_of(*said), "shop") == layer


@pytest.mark.parametrize(
    ("files", "layer"),
    [
        (("charts/shop/values.yaml", "infra/net/main.tf"), "estate"),
        (("services/shop/Dockerfile",), "estate"),
        (("services/shop/main.go",), "code"),
        (("infra/stacks/network.ts",), ""),
        (("services/shop/main.go", "charts/shop/values.yaml"), ""),
        ((), ""),
    ],
)
def test_files_tell_to_which_layer_a_change_belongs(files: tuple[str, ...], layer: str) -> None:
    assert layer_of_files(files) == layer


def test_what_platforms_are_told_is_hardly_set_off_by_code() -> None:
    diff = "-  maxEjectionPercent: 10\n+  maxEjectionPercent: 100\n"
    rule, code = (
        set_off(mechanism("ejection"), Content(change=Candidate(key="1", at=None, files=(file,), diff=diff))).strength
        for file in ("mesh/shop/rule.yaml", "shop/rule.go")
    )

    assert code < rule / 2


def test_a_certificate_that_ran_out_speaks_against_how_certificates_are_checked() -> None:
    checked, expired = (
        seen(mechanism("certificate_change"), scene_of(("shop", text)), "shop").strength
        for text in ("x509: certificate signed by unknown authority", "x509: certificate has expired")
    )

    assert expired < checked / 2


def test_a_host_that_code_took_out_and_that_is_still_called_ties_nothing() -> None:
    scene = scene_of(("shop", "POST http://bids.shared.svc/v1: 502 Bad Gateway"))
    taken_out = Content(
        change=Candidate(
            key="1", at=ONSET, files=("shop/hosts.go",), diff='-h := "bids.shared.svc"\n+h := hosts["b"]\n'
        )
    )

    (echo,) = echoes([taken_out], scene, ONSET, "shop")

    assert echo.still
    assert not echo.name


def test_complaints_that_name_what_a_change_is_about_bring_it_near() -> None:
    scene = scene_of(("shop", "kafka: offset out of range"), ("mail", "slow"))
    at = ONSET - timedelta(minutes=5)
    scopes = [
        timing_of(
            Candidate(key="1", at=at, files=(file,), rollouts=(Rollout(at=at, service="settings"),)),
            scene,
            "shop",
            ONSET,
        ).scope
        for file in ("infra/kafka/topics.tf", "infra/dns/zone.tf")
    ]

    assert scopes == ["neighbour", "shared"]
    assert technologies("the msk cluster") == technologies("Kafka says no")


@pytest.mark.parametrize(
    ("diff", "far"),
    [("-timeout: 0\n+timeout: 30\n", True), ("-first = 0\n+first = 1\n", False), ("-ttl=5\n+ttl=-1\n", True)],
)
def test_from_nothing_to_much_is_a_step_and_to_one_is_counting(diff: str, *, far: bool) -> None:
    assert (drastic(read_patch(diff)) > 0.5) is far
