from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

from tocsin.adapters.probes.deploys import Deploys
from tocsin.domain.diagnosis.facts import DeployFacts
from tocsin.domain.diagnosis.targets import Target

NOW = datetime(2026, 3, 15, 14, 3, tzinfo=UTC)
LINE = {
    "service": "shop", "kind": "deploy", "version": "v2.4.1", "previous": "v2.4.0", "at": "2026-03-15T14:45:00+01:00",
    "by": "carol", "commit": "9ae52d3", "reason": "sales wants it", "changes": ["GET /api/v1/reports/export"],
}  # fmt: skip


def collect(path: Path, **options: object) -> DeployFacts:
    return Deploys(lambda: NOW).collect(
        Target(name="deploys", kind="deploys", options={"path": str(path), **options}), 1.0
    )


def written(path: Path, *lines: object) -> Path:
    path.write_text("".join((one if isinstance(one, str) else json.dumps(one)) + "\n" for one in lines))
    return path


def test_a_deploy_is_read_with_its_time_in_utc(tmp_path: Path) -> None:
    deploy = collect(written(tmp_path / "deploys.jsonl", LINE)).deploys[0]

    assert (deploy.service, deploy.version, deploy.previous, deploy.by) == ("shop", "v2.4.1", "v2.4.0", "carol")
    assert deploy.at == datetime(2026, 3, 15, 13, 45, tzinfo=UTC)
    assert deploy.changes == ("GET /api/v1/reports/export",)


def test_a_change_may_be_an_object_of_texts_and_the_first_deploy_has_no_predecessor(tmp_path: Path) -> None:
    change = {"kind": "added", "route": "/api/v1/reports/export", "file": "shop/reports.py", "summary": None}

    deploy = collect(written(tmp_path / "deploys.jsonl", LINE | {"changes": [change], "previous": None})).deploys[0]

    assert deploy.changes == ("added /api/v1/reports/export shop/reports.py",)
    assert deploy.previous == ""


def test_deploys_are_ordered_by_time_and_kept_to_one_service(tmp_path: Path) -> None:
    earlier = LINE | {"version": "v2.4.0", "at": "2026-03-12T10:00:00Z"}
    other = LINE | {"service": "billing"}

    facts = collect(written(tmp_path / "deploys.jsonl", LINE, other, earlier), service="shop")

    assert [one.version for one in facts.deploys] == ["v2.4.0", "v2.4.1"]


def test_a_line_that_cannot_be_read_is_a_blind_spot_and_hides_no_other(tmp_path: Path) -> None:
    facts = collect(written(tmp_path / "deploys.jsonl", "{torn", LINE | {"at": "2026-03-15T14:45:00"}, LINE))

    assert len(facts.deploys) == 1
    assert [spot.what for spot in facts.blind] == ["a deploy", "a deploy"]


def test_only_the_end_of_a_long_history_is_read(tmp_path: Path) -> None:
    lines = [LINE | {"version": f"v{number}", "changes": ["x" * 900]} for number in range(2000)]

    facts = collect(written(tmp_path / "deploys.jsonl", *lines), last=5)

    assert {one.version for one in facts.deploys} == {f"v{number}" for number in range(1995, 2000)}
    assert facts.blind == ()


def test_a_history_that_is_not_there_is_a_blind_spot(tmp_path: Path) -> None:
    facts = collect(tmp_path / "none.jsonl")

    assert facts.deploys == ()
    assert "No such file" in facts.blind[0].why
