"""Which cause comes first, and how sure a diagnosis may be."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta, timezone

import pytest
from tests.domain.diagnosis.cases import (
    BASELINE,
    DEPLOYED,
    DEPLOYS,
    DRILL,
    EXPORT,
    HEALTHY,
    HOST,
    HTTP,
    METRICS,
    NOW,
    ONSET,
    ORDERS,
    POSTGRES,
    REDIS,
    UNREADY,
    ago,
    judged,
    leaking,
    look,
    page,
    window,
)
from tests.domain.diagnosis.test_checks import EXPECTED

from tocsin.domain.diagnosis.diagnose import diagnose, diagnosed
from tocsin.domain.diagnosis.diagnosis import Cause, Diagnosis
from tocsin.domain.diagnosis.facts import (
    Bundle,
    Deploy,
    HttpFacts,
    Pool,
    Pressure,
    ProbeError,
    RouteMetrics,
    SessionGroup,
)
from tocsin.domain.diagnosis.hypotheses import HYPOTHESES
from tocsin.domain.diagnosis.suspects import suspects


def cause(diagnosis: Diagnosis, key: str) -> Cause:
    return next(one for one in diagnosis.causes if one.key == key)


def test_a_healthy_system_has_no_cause_that_is_confirmed_or_likely() -> None:
    diagnosis = diagnose(HEALTHY)

    assert [one.key for one in diagnosis.causes if one.state in {"confirmed", "likely"}] == []
    assert diagnosis.top is None
    assert [finding for finding in diagnosis.findings if finding.bad] == []


def test_the_drill_names_the_leak_its_release_and_its_endpoint() -> None:
    top = diagnose(DRILL, ONSET).causes[0]

    assert (top.key, top.state) == ("session_leak", "confirmed")
    assert top.title == (
        "shop v2.4.1 leaks database sessions on GET /api/v1/reports/export: "
        "18 of its 20 sessions on shop-db stay idle in transaction"
    )
    assert [(one.key, dict(one.params)) for one in top.proposals] == [
        (
            "postgres.terminate_idle_in_transaction",
            {"target": "shop-db", "older_than_s": "45", "application_name": "shop v2.4.1"},
        ),
        ("service.rollback", {"service": "shop", "to_version": "v2.4.0"}),
    ]


def test_the_deploy_that_brought_the_leak_is_confirmed_as_part_of_it() -> None:
    deploy = diagnose(DRILL, ONSET).causes[1]

    assert (deploy.key, deploy.state, deploy.part_of) == ("bad_deploy", "confirmed", "session_leak")
    assert "v2.4.1" in deploy.title
    assert EXPORT in deploy.title
    assert [one.kind for one in deploy.supports if one.kind == "decisive"] == ["decisive"]


def test_a_leak_means_the_connections_are_not_used_up_by_work() -> None:
    diagnosis = diagnose(DRILL, ONSET)

    assert cause(diagnosis, "connection_exhaustion").state == "refuted"
    assert cause(diagnosis, "traffic_spike").state == "refuted"


@pytest.mark.parametrize("changes", [DEPLOYED.changes, ("app/routes/reports.py",)])
def test_a_leak_whose_sessions_name_no_release_still_names_the_last_deploy(changes: tuple[str, ...]) -> None:
    deploy = replace(DEPLOYED, changes=changes)
    bundle = replace(
        DRILL,
        postgres=(leaking(application="shop"),),
        metrics=(),
        deploys=(replace(DEPLOYS, deploys=(*DEPLOYS.deploys[:1], deploy)),),
    )

    top = diagnose(bundle, ONSET).causes[0]

    assert top.key == "session_leak"
    assert "v2.4.1" in top.title
    assert (EXPORT in top.title) == (changes == DEPLOYED.changes)


def test_a_tagged_statement_names_the_endpoint_before_anything_else() -> None:
    tags = {"route": "GET /api/v1/invoices", "version": "2.4.1"}
    bundle = replace(DRILL, postgres=(leaking(application="shop", tags=tags),))

    assert "shop v2.4.1 leaks database sessions on GET /api/v1/invoices" in diagnose(bundle, ONSET).causes[0].title


def test_sessions_that_leaked_before_the_deploy_clear_it() -> None:
    old = leaking(application="shop v2.4.0")
    old = replace(
        old, idle_in_transaction=tuple(replace(one, xact_start=ago(hours=1)) for one in old.idle_in_transaction or ())
    )

    diagnosis = diagnose(replace(DRILL, postgres=(old,)), ONSET)

    assert diagnosis.causes[0].key == "session_leak"
    assert cause(diagnosis, "bad_deploy").state == "refuted"
    assert all(
        one.key != "service.rollback" or one.params["to_version"] != "v2.4.0" for one in diagnosis.causes[0].proposals
    )


def test_a_busy_pool_of_short_transactions_is_not_a_leak() -> None:
    busy = leaking()
    moving = tuple(replace(one, state_s=0.01, xact_s=0.05) for one in busy.idle_in_transaction or ())

    diagnosis = diagnose(replace(HEALTHY, postgres=(replace(busy, idle_in_transaction=moving),)))

    assert cause(diagnosis, "session_leak").state == "refuted"
    assert diagnosis.top is None


def test_a_few_idle_sessions_beside_a_crowd_at_work_did_not_use_up_the_connections() -> None:
    few = leaking(3, application="report tool")
    crowd = SessionGroup(application="shop", user="shop", database="shop", state="active", count=42)
    busy = replace(few, used=46, groups=(*(few.groups or ()), crowd))

    leak = cause(diagnose(replace(HEALTHY, http=(UNREADY,), postgres=(busy,)), ONSET), "session_leak")

    assert leak.state != "confirmed"


def test_sessions_that_stand_idle_while_nothing_runs_out_are_likely_not_confirmed() -> None:
    diagnosis = diagnose(replace(HEALTHY, postgres=(leaking(4),)))

    assert cause(diagnosis, "session_leak").state in {"possible", "likely"}


def test_a_deploy_with_nothing_but_closeness_in_time_is_never_more_than_possible() -> None:
    just_before = replace(DEPLOYED, at=ONSET - timedelta(seconds=10), changes=("README.md",))
    slow = window(
        RouteMetrics(route=ORDERS, requests=100, errors=30, p99_s=2.0),
        RouteMetrics(route=EXPORT, requests=100, errors=30, p99_s=2.0),
    )
    bundle = replace(
        HEALTHY, deploys=(replace(DEPLOYS, deploys=(just_before,)),), metrics=(replace(METRICS, recent=slow),)
    )

    deploy = cause(diagnose(bundle, ONSET), "bad_deploy")

    assert deploy.state == "possible"
    assert deploy.score == 0.5
    assert [one.kind for one in deploy.supports] == ["correlation"]


def test_a_deploy_that_changed_the_failing_endpoint_is_likely() -> None:
    failing = window(
        RouteMetrics(route=ORDERS, requests=180, p99_s=0.1),
        RouteMetrics(route=EXPORT, requests=60, errors=50, p99_s=0.4),
    )
    bundle = replace(HEALTHY, deploys=(DEPLOYS,), metrics=(replace(METRICS, recent=failing),))

    deploy = cause(diagnose(bundle, ONSET), "bad_deploy")

    assert deploy.state == "likely"
    assert deploy.proposals[0].params == {"service": "shop", "to_version": "v2.4.0"}


def test_errors_on_the_new_release_only_confirm_its_deploy() -> None:
    split = window(
        RouteMetrics(route=ORDERS, version="2.4.0", requests=100, errors=0, p99_s=0.1),
        RouteMetrics(route=ORDERS, version="2.4.1", requests=100, errors=60, p99_s=0.1),
    )
    bundle = replace(HEALTHY, deploys=(DEPLOYS,), metrics=(replace(METRICS, recent=split),))

    top = diagnose(bundle, ONSET).causes[0]

    assert (top.key, top.state) == ("bad_deploy", "confirmed")


def test_a_deploy_after_the_onset_is_not_suspected() -> None:
    diagnosis = diagnose(replace(DRILL, postgres=(POSTGRES,), deploys=(DEPLOYS,)), ago(minutes=30))

    assert cause(diagnosis, "bad_deploy").supports == ()


def test_a_surge_of_answered_requests_is_a_traffic_spike() -> None:
    surge = window(
        RouteMetrics(route=ORDERS, requests=900, errors=60, p99_s=2.4),
        RouteMetrics(route=EXPORT, requests=100, p99_s=2.0),
    )
    busy = (SessionGroup(application="shop v2.4.0", user="shop", database="shop", state="active", count=20),)
    bundle = replace(
        HEALTHY,
        postgres=(replace(POSTGRES, used=21, groups=busy),),
        metrics=(replace(METRICS, recent=surge, pools=(Pool(name="db_pool", in_use=20, size=20, waiting=30),)),),
    )

    diagnosis = diagnose(bundle, ONSET)

    assert (diagnosis.causes[0].key, diagnosis.causes[0].state) == ("traffic_spike", "confirmed")
    assert cause(diagnosis, "session_leak").state == "refuted"


def test_a_storm_of_retries_is_not_a_traffic_spike() -> None:
    storm = window(
        RouteMetrics(route=ORDERS, requests=900, errors=810, p99_s=2.4),
        RouteMetrics(route=EXPORT, requests=100, errors=90),
    )

    spike = cause(diagnose(replace(HEALTHY, metrics=(replace(METRICS, recent=storm),)), ONSET), "traffic_spike")

    assert spike.state == "possible"
    assert spike.score < 0.5


def test_redis_down_is_confirmed_and_nothing_else_is() -> None:
    body = '{"checks": {"database": "ok", "redis": "Connection refused"}}'
    http = replace(HTTP, pages=(page("live", "/health"), page("ready", "/ready", status=503, body=body)))
    down = replace(REDIS, error="refused", error_text="Connection refused", used_bytes=None)

    diagnosis = diagnose(replace(HEALTHY, http=(http,), redis=(down,)), ONSET)

    assert [one.key for one in diagnosis.causes if one.state == "confirmed"] == ["redis_down"]
    assert diagnosis.families[2].cause == "redis_down"
    assert any("shop-redis" in str(spot) for spot in diagnosis.blind_spots)


def test_a_server_without_slots_is_exhausted_and_the_holders_are_a_blind_spot() -> None:
    full = replace(
        POSTGRES, error="too_many", sqlstate="53300", error_text="sorry, too many clients already", idle_in_transaction=None,
        lock_waits=None, long_queries=None, used=None, limits=None, groups=None, counters=None, statements=None, size_bytes=None,
    )  # fmt: skip

    top = diagnose(replace(HEALTHY, http=(UNREADY,), postgres=(full,)), ONSET).causes[0]

    assert (top.key, top.state) == ("connection_exhaustion", "confirmed")
    assert any("everything behind the connection" in text for text in top.unseen)


def test_an_expired_certificate_is_confirmed() -> None:
    pages = (page("live", "/health", status=None, error="tls", error_text="certificate has expired", tls_expired=True),)

    top = diagnose(replace(HEALTHY, http=(replace(HTTP, pages=pages),)), ONSET).causes[0]

    assert (top.key, top.state) == ("tls_expiry", "confirmed")


def test_a_third_party_that_fails_our_own_call_is_an_outage() -> None:
    theirs = HttpFacts(target="payments", at=NOW, third_party=True, pages=(page("endpoint", "/charge", status=503),))

    top = diagnose(replace(HEALTHY, http=(HTTP, theirs)), ONSET).causes[0]

    assert (top.key, top.state) == ("dependency_outage", "confirmed")


def test_what_cannot_be_seen_is_unprovable_and_says_why() -> None:
    alone = Bundle(
        started_at=NOW,
        ended_at=NOW,
        http=(HTTP,),
        errors=(ProbeError(target="shop-db", kind="postgres", reason="late"),),
    )

    diagnosis = diagnose(alone)

    assert cause(diagnosis, "session_leak").state == "unprovable"
    assert cause(diagnosis, "session_leak").unseen == ("shop-db: postgres facts (no answer within the deadline)",)
    assert cause(diagnosis, "redis_down").unseen == ("redis: nothing was looked at (no target configured)",)
    assert cause(diagnosis, "dependency_outage").state == "unprovable"


def test_the_seven_questions_are_always_answered_in_order() -> None:
    answers = diagnose(DRILL, ONSET).families

    assert [one.family for one in answers] == [
        "recent_deploy", "traffic_spike", "database", "third_party", "configuration", "resource_exhaustion", "concurrency",
    ]  # fmt: skip
    assert [one.state for one in answers][:3] == ["confirmed", "refuted", "confirmed"]
    assert all(one.answer for one in answers)


def test_traffic_without_a_baseline_is_said_to_be_unknown() -> None:
    diagnosis = diagnose(replace(HEALTHY, metrics=(replace(METRICS, baseline=None),)))

    traffic = next(one for one in diagnosis.findings if one.check_id == "metrics.traffic")
    assert traffic.verdict == "unknown"
    assert BASELINE.requests_per_s == 20.0


def test_a_diagnosis_is_recorded_with_its_causes_and_their_mitigations() -> None:
    event = diagnosed(diagnose(DRILL, ONSET), "b1", 2.1)

    assert event.causes[0].mitigation == "postgres.terminate_idle_in_transaction+service.rollback"
    assert event.causes[0].mitigation_params["postgres.terminate_idle_in_transaction:older_than_s"] == "45"
    assert event.causes[0].mitigation_params["service.rollback:to_version"] == "v2.4.0"
    assert event.causes[1].mitigation == "service.rollback"
    assert event.causes[0].state == "confirmed"
    assert "pg.idle_in_tx shop-db" in event.failed_checks
    assert all(one.supports for one in event.causes)


def test_the_same_bundle_replayed_from_json_gives_the_same_diagnosis() -> None:
    again = Bundle.from_json(DRILL.to_json())

    assert again == DRILL
    assert diagnose(again, ONSET) == diagnose(DRILL, ONSET)


def test_times_of_a_server_elsewhere_are_told_in_utc() -> None:
    server, deployed = timezone(timedelta(hours=5, minutes=30)), NOW - timedelta(minutes=10)
    old = [
        replace(one, xact_start=(NOW - timedelta(minutes=40)).astimezone(server))
        for one in leaking().idle_in_transaction or ()
    ]
    late = replace(DEPLOYS, deploys=(Deploy(service="shop", version="v2.5.0", at=deployed.astimezone(server)),))
    bundle = replace(DRILL, postgres=(replace(leaking(), idle_in_transaction=tuple(old)),), deploys=(late,))
    (suspect,) = suspects(look(bundle))
    assert "leaking since 13:23:00 UTC, before v2.5.0 came" in str(suspect)
    named = next(c for c in diagnose(replace(DRILL, deploys=(late,)), ONSET).causes if c.key == "bad_deploy")
    assert "at 13:53:00 UTC" in named.title


def test_that_nothing_is_wrong_is_an_answer() -> None:
    assert diagnose(HEALTHY).answer.startswith("Nothing is wrong that can be seen from here")
    assert "not seen" in diagnose(Bundle(started_at=NOW, ended_at=NOW)).answer


def test_trouble_that_nothing_explains_says_what_would_tell() -> None:
    broken = replace(HTTP, pages=(page("live", "/health"), page("endpoint", "/orders", status=500)))

    answer = diagnose(replace(HEALTHY, http=(broken,)), ONSET).answer

    assert answer.startswith("/orders answers HTTP 500, and nothing that was seen proves why")


def test_a_confirmed_cause_is_the_answer() -> None:
    assert diagnose(DRILL, ONSET).answer.startswith("confirmed (")


def test_a_busy_machine_ranks_below_a_more_specific_cause_that_is_proven() -> None:
    slow_live = page("live", "/health", total_s=0.6)
    starved = replace(
        HOST, cpu_percent=99.0, load_1=20.0, pressure=(Pressure(resource="cpu", some_avg10=90, some_avg60=90),)
    )
    down = replace(REDIS, error="refused", error_text="Connection refused")
    bundle = replace(HEALTHY, http=(replace(HTTP, pages=(slow_live,)),), host=(starved,))

    alone, both = diagnose(bundle, ONSET), diagnose(replace(bundle, redis=(down,)), ONSET)

    assert (alone.causes[0].key, alone.causes[0].state) == ("host_saturation", "confirmed")
    assert [one.key for one in both.causes[:2]] == ["redis_down", "host_saturation"]
    assert both.causes[1].part_of == "redis_down"


def test_a_refused_login_is_the_services_only_where_the_service_misses_it_too() -> None:
    refused = replace(POSTGRES, error="auth", error_text="password authentication failed")

    alone = cause(diagnose(replace(HEALTHY, postgres=(refused,)), ONSET), "bad_configuration")
    missed = cause(diagnose(replace(HEALTHY, postgres=(refused,), http=(UNREADY,)), ONSET), "bad_configuration")

    assert (alone.state, missed.state) == ("possible", "confirmed")


def test_a_third_party_that_is_slow_is_a_cause_only_where_ours_is_slow_too() -> None:
    theirs = HttpFacts(target="pay", at=NOW, third_party=True, pages=(page("endpoint", "/", total_s=1.4),))
    slow = replace(HTTP, pages=(page("live", "/health"), page("endpoint", "/pay", total_s=1.6)))

    alone = cause(diagnose(replace(HEALTHY, http=(HTTP, theirs)), ONSET), "dependency_slow")
    felt = cause(diagnose(replace(HEALTHY, http=(slow, theirs)), ONSET), "dependency_slow")

    assert (alone.state, felt.state) == ("possible", "confirmed")


def test_every_cause_can_be_spoken_for_by_some_check() -> None:
    spoken = {weight.hypothesis for check_id, _, bundle in EXPECTED for weight in judged(check_id, bundle).supports}

    assert {h.key for h in HYPOTHESES} - spoken == set()
