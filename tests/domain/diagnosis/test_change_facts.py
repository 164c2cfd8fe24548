"""Changes that senders told of stand beside what the deploys probe saw."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tocsin.domain.changes import Change
from tocsin.domain.diagnosis.change_facts import TARGET, with_changes
from tocsin.domain.diagnosis.diagnose import diagnose
from tocsin.domain.diagnosis.facts import Bundle, Deploy, DeployFacts

NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
EMPTY = Bundle(started_at=NOON, ended_at=NOON)
RELEASE = Change(
    key="1",
    service="orders",
    at=NOON - timedelta(minutes=5),
    version="2.4.1",
    previous="2.4.0",
    by="ana",
    summary="faster checkout",
    files=("api/orders.py",),
)


def _facts(*changes: Change, bundle: Bundle = EMPTY) -> DeployFacts | None:
    found = [facts for facts in with_changes(bundle, changes, NOON).deploys if facts.target == TARGET]
    return found[0] if found else None


def test_a_change_is_a_fact_with_what_was_changed() -> None:
    facts = _facts(RELEASE)
    assert facts is not None
    assert facts.deploys == (
        Deploy(
            service="orders",
            version="2.4.1",
            at=RELEASE.at,
            previous="2.4.0",
            by="ana",
            changes=("code: faster checkout", "api/orders.py"),
        ),
    )


def test_a_change_without_a_version_goes_by_its_commit_or_its_kind() -> None:
    facts = _facts(
        Change(key="1", service="a", at=NOON, commit="8f3c1d2aa"),
        Change(key="2", service="a", at=NOON + timedelta(seconds=1), kind="flag", summary="new cart on", rollback=True),
    )
    assert facts is not None
    assert [(d.version, d.kind) for d in facts.deploys] == [("8f3c1d2", "deploy"), ("flag change", "rollback")]


@pytest.mark.parametrize(
    ("minutes", "version", "left"), [(5, "v2.4.1", False), (60, "2.4.1", True), (5, "2.4.0", True)]
)
def test_a_deploy_that_a_probe_saw_as_well_counts_once(minutes: int, version: str, left: bool) -> None:  # noqa: FBT001 (a case)
    seen = Deploy(service="orders", version=version, at=NOON - timedelta(minutes=minutes))
    bundle = Bundle(started_at=NOON, ended_at=NOON, deploys=(DeployFacts(target="log", at=NOON, deploys=(seen,)),))
    assert (_facts(RELEASE, bundle=bundle) is not None) is left


def test_without_changes_the_bundle_is_as_it_was() -> None:
    assert with_changes(EMPTY, (), NOON) is EMPTY


def test_a_change_shortly_before_the_onset_is_suspected() -> None:
    bundle = with_changes(EMPTY, [RELEASE], NOON)
    assert bundle.targets == (TARGET,)
    [finding] = [one for one in diagnose(bundle, NOON).findings if one.check_id == "deploy.recent"]
    assert finding.observed == "orders 2.4.1 5 min before the onset"
    [cause] = [one for one in diagnose(bundle, NOON).causes if one.key == "bad_deploy"]
    assert cause.supports
    assert cause.state == "possible"


def test_a_bundle_with_changes_is_the_same_through_json() -> None:
    bundle = with_changes(EMPTY, [RELEASE], NOON)
    assert Bundle.from_json(bundle.to_json()) == bundle
