"""Changes of a running system are weighed by what they did."""

from __future__ import annotations

from dataclasses import replace

from tests.domain.diagnosis.cases import DEPLOYS, HEALTHY, ONSET, UNREADY, ago

from tocsin.domain.diagnosis.correlation.live import candidate_of, complaints
from tocsin.domain.diagnosis.diagnose import diagnose
from tocsin.domain.diagnosis.diagnosis import Diagnosis
from tocsin.domain.diagnosis.facts import Deploy, LogFacts, LogTemplate
from tocsin.domain.diagnosis.findings import Finding


def _with(*changes: str) -> Diagnosis:
    deploy = Deploy(service="shop", version="v9", at=ago(minutes=8), changes=changes)
    bundle = replace(HEALTHY, http=(UNREADY,), metrics=(), deploys=(replace(DEPLOYS, deploys=(deploy,)),))
    return diagnose(bundle, ONSET)


def _content(diagnosis: Diagnosis) -> Finding:
    return next(one for one in diagnosis.findings if one.check_id == "change.content")


def _score(diagnosis: Diagnosis) -> float:
    return next(one.score for one in diagnosis.causes if one.key == "bad_deploy")


def test_a_setting_that_explains_what_is_complained_of_is_evidence() -> None:
    found = _with("config: database.pool_size: 40 -> 4", "deploy/prod/shop.yaml")

    assert _content(found).verdict == "warn"
    assert "a connection pool runs dry" in _content(found).observed
    assert _score(found) > 0.5


def test_a_setting_that_gives_more_room_is_none() -> None:
    found = _with("config: database.pool_size: 40 -> 44", "deploy/prod/shop.yaml")

    assert _content(found).verdict == "ok"
    assert _score(found) <= 0.5


def test_words_about_a_change_alone_are_never_more_than_possible() -> None:
    found = _with("code: rework how database connections are taken from the pool")

    assert _score(found) <= 0.5


def test_a_change_of_documents_speaks_against_the_deploy() -> None:
    documents, unknown = _with("docs/pool.md"), _with()

    assert _score(documents) < _score(unknown)


DIFF = """diff --git a/app/database.py b/app/database.py
@@ -8,7 +8,7 @@ def engine() -> Engine:
     return create_engine(
         settings.dsn,
-        pool_size=40,
+        pool_size=4,
         pool_timeout=5,
     )
"""
COMMIT = Deploy(
    service="shop",
    version="8d1f0c2",
    at=ago(minutes=8),
    commit="8d1f0c2a" + "0" * 32,
    changes=("commit: Tidy up", "app/database.py"),
    diff=DIFF,
)


def _committed(*deploys: Deploy, commit: Deploy) -> Diagnosis:
    facts = (replace(DEPLOYS, deploys=deploys), replace(DEPLOYS, target="repo", deploys=(commit,), committed=True))
    return diagnose(replace(HEALTHY, http=(UNREADY,), metrics=(), deploys=facts), ONSET)


def test_a_commit_whose_diff_does_what_is_complained_of_is_likely() -> None:
    without, found = _committed(commit=replace(COMMIT, diff="")), _committed(commit=COMMIT)

    assert "a connection pool runs dry" in _content(found).observed
    assert _score(without) <= 0.5 < _score(found)
    assert next(one.state for one in found.causes if one.key == "bad_deploy") == "likely"


def test_a_release_is_judged_by_the_diff_of_the_commit_it_names() -> None:
    release = Deploy(service="shop", version="v9", at=ago(minutes=6), commit="8d1f0c2a")

    found = _content(_committed(release, commit=COMMIT))

    assert found.observed.startswith("shop v9: a connection pool runs dry")


def test_a_commit_whose_diff_only_moves_words_of_people_speaks_against_it() -> None:
    prose = replace(
        COMMIT, changes=("commit: Pool", "docs/pool.md"), diff=DIFF.replace("app/database.py", "docs/pool.md")
    )

    assert _score(_committed(commit=prose)) < _score(_committed(commit=replace(COMMIT, diff="")))


def test_nothing_is_judged_where_nobody_complains() -> None:
    deploy = Deploy(service="shop", version="v9", at=ago(minutes=8), changes=("config: pool: 9 -> 1",))
    bundle = replace(HEALTHY, deploys=(replace(DEPLOYS, deploys=(deploy,)),))

    assert not [one for one in diagnose(bundle, ONSET).findings if one.check_id == "change.content"]


def test_new_errors_of_logs_are_complaints_and_those_of_every_day_are_not() -> None:
    fresh = _template("no space left on device", counts=(0, 0, 0, 0, 9, 9))
    daily = _template("client went away", counts=(5, 5, 5, 5, 5, 5))
    logs = LogFacts(target="app", at=ONSET, service="shop", templates=(fresh, daily))

    found = complaints(replace(HEALTHY, logs=(logs,)))

    assert [one.text.strip() for one in found] == ["no space left on device"]


def _template(text: str, counts: tuple[int, ...]) -> LogTemplate:
    return LogTemplate(text=text, level="error", count=sum(counts), first_at=ONSET, last_at=ONSET, counts=counts)


def test_a_told_change_is_read_as_files_words_and_turned_values() -> None:
    found = candidate_of(
        Deploy(service="a", version="1", at=ago(), changes=("flag: new cart on", "src/cart.py", "ttl: 15m -> 2s"))
    )

    assert found.kind == "flag"
    assert found.files == ("src/cart.py",)
    assert found.diff == "-ttl: 15m\n+ttl: 2s"
    assert "new cart on" in found.message
