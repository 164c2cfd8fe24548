"""Commits of a real repository become changes; nothing that the repository configures is run."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tocsin.adapters.probes.git import Git, validate_options
from tocsin.domain.diagnosis.facts import Bundle, Deploy, DeployFacts
from tocsin.domain.diagnosis.look import Look
from tocsin.domain.diagnosis.targets import Target
from tocsin.domain.errors import InvalidError

NOW = datetime(2026, 3, 15, 14, 0, tzinfo=UTC)


def collect(path: Path | str, **options: object) -> DeployFacts:
    target = Target(name="shop repo", kind="git", service="shop", options={"path": str(path), **options})
    return Git(lambda: NOW).collect(target, 20.0)


def git(folder: Path, *arguments: str, at: datetime = NOW) -> None:
    env = {
        "PATH": "/usr/bin:/bin", "HOME": str(folder), "GIT_COMMITTER_DATE": at.isoformat(), "GIT_AUTHOR_DATE": at.isoformat(),
        "GIT_AUTHOR_NAME": "Carol", "GIT_AUTHOR_EMAIL": "c@shop.test", "GIT_COMMITTER_NAME": "Carol",
        "GIT_COMMITTER_EMAIL": "c@shop.test",
    }  # fmt: skip
    subprocess.run(["git", "-C", str(folder), *arguments], check=True, capture_output=True, env=env, timeout=60)


def commit(folder: Path, file: str, subject: str, **before: float) -> None:
    path = folder / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(subject)
    git(folder, "add", ".")
    git(folder, "commit", "-m", subject, at=NOW - timedelta(**before))


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    git(tmp_path, "init", "-b", "main")
    commit(tmp_path, "README.md", "Begin", days=9)
    commit(tmp_path, "app/routes/reports.py", "Reports are exported", minutes=40)
    commit(tmp_path, "docs/ü page.md", 'Revert "Pages"', minutes=10)
    return tmp_path


def test_the_commits_of_the_window_become_changes_with_their_files(repository: Path) -> None:
    facts = collect(repository)

    assert (facts.blind, facts.committed) == ((), True)
    assert [(one.service, one.by, one.kind, one.changes[0]) for one in facts.deploys] == [
        ("shop", "Carol", "deploy", "commit: Reports are exported"),
        ("shop", "Carol", "rollback", 'commit: Revert "Pages"'),
    ]
    assert facts.deploys[0].changes[1:] == ("app/routes/reports.py",)
    assert facts.deploys[0].at == NOW - timedelta(minutes=40)


def test_paths_and_a_number_narrow_what_is_read_and_that_is_said(repository: Path) -> None:
    assert [one.changes[1] for one in collect(repository, paths=["app"]).deploys] == ["app/routes/reports.py"]
    newest = collect(repository, last=1)
    assert (len(newest.deploys), [spot.what for spot in newest.blind]) == (1, ["older commits"])


def test_nothing_of_the_environment_or_the_repository_is_run(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trap = tmp_path / "trap"
    trap.write_text(f"#!/bin/sh\ntouch {tmp_path}/sprung\n")
    trap.chmod(0o700)
    for name in ("core.pager", "core.fsmonitor", "diff.external", "gpg.program", "core.sshCommand"):
        git(repository, "config", name, str(trap))
    git(repository, "config", "log.showSignature", "true")
    for name in ("GIT_EXTERNAL_DIFF", "GIT_PAGER", "GIT_SSH_COMMAND"):
        monkeypatch.setenv(name, str(trap))
    monkeypatch.setenv("GIT_DIR", "/nowhere")

    facts = collect(repository)

    assert len(facts.deploys) == 2
    assert not (tmp_path / "sprung").exists()


def test_what_a_commit_did_is_told_short_and_without_secrets(repository: Path) -> None:
    lines = [f"field_{n} = {n}" for n in range(4000)]
    path = repository / "app/settings.py"
    path.write_text("\n".join(("pool_size = 40", 'token = "hunter2-old"', *lines)))
    (repository / "app/key.pem").write_text("-----BEGIN PRIVATE KEY-----\nhunter2-pem\n-----END PRIVATE KEY-----\n")
    git(repository, "add", ".")
    git(repository, "commit", "-m", "Settings", at=NOW - timedelta(minutes=5))
    path.write_text("\n".join(("pool_size = 4", 'token = "hunter2-new"', *lines)))
    (repository / "app/key.pem").unlink()
    git(repository, "add", "-A", ".")
    git(repository, "commit", "-m", "Tidy up", at=NOW - timedelta(minutes=4))

    facts = collect(repository)

    long, newest = facts.deploys[-2:]
    assert {"-pool_size = 40", "+pool_size = 4"} <= set(newest.diff.splitlines())
    assert 1000 < len(long.diff) <= 8000
    assert "hunter2" not in repr(facts)
    assert [one.diff for one in collect(repository, diffs=False).deploys] == [""] * 4


def test_a_commit_after_the_onset_is_not_read(repository: Path) -> None:
    options: dict[str, object] = {"path": str(repository)}
    target = Target(name="repo", kind="git", options=options, onset=NOW - timedelta(minutes=20))

    before, after = Git(lambda: NOW).collect(target, 20.0).deploys

    assert "app/routes/reports.py" in before.diff
    assert after.diff == ""


def test_git_is_ended_once_it_wrote_what_there_is_room_for(repository: Path) -> None:
    for number in range(12):
        commit(repository, f"app/{'n' * 200}{number}.py", f"Change {number}", minutes=5)

    facts = collect(repository, max_bytes=1024)

    assert facts.blind[0].why == "git wrote more than 1024 bytes; what is older was left out"
    assert 0 < len(facts.deploys) < 12


def test_a_repository_that_cannot_be_read_is_a_blind_spot(repository: Path) -> None:
    for facts in (collect("/nowhere/at/all"), collect(repository, ref="no-such-branch")):
        assert facts.deploys == ()
        assert "git ended with" in facts.blind[0].why


def test_a_commit_that_a_deploy_took_along_counts_once() -> None:
    shipped = Deploy(service="shop", version="v2", at=NOW, commit="8d1f0c2a")
    known = Deploy(service="shop", version="8d1f0c2", at=NOW - timedelta(hours=1), commit="8d1f0c2a" + "0" * 32)
    other = Deploy(service="shop", version="aaaaaaa", at=NOW, commit="a" * 40)
    deploys = (
        DeployFacts(target="deploys", at=NOW, deploys=(shipped,)),
        DeployFacts(target="repo", at=NOW, deploys=(known, other), committed=True),
    )

    look = Look(bundle=Bundle(started_at=NOW, ended_at=NOW, deploys=deploys))

    assert {one.version for one in look.deploys} == {"v2", "aaaaaaa"}


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"path": "shop"}, "path"),
        ({"path": "/shop", "ref": "--output=/x"}, "ref"),
        ({"path": "/shop", "last": 0}, "last"),
    ],
)
def test_options_that_cannot_be_are_named(options: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidError) as caught:
        validate_options(options)

    assert caught.value.field == field
