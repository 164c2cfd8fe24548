"""What was changed: commits with their deploys, deploys of commits nobody listed, and flags."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from tocsin.adapters.frozen.values import first, moment, text
from tocsin.domain.diagnosis.correlation.incident import Candidate, Rollout

Record = Mapping[str, object]
_LONGEST_DIFF = 200_000
_SHORTEST_PREFIX = 7
Told = list[tuple[str, Rollout]]


def read_changes(
    commits: Sequence[Record], deploys: Iterable[Record], flags: Iterable[Record]
) -> tuple[Candidate, ...]:
    """Return every change that may be to blame, each with the moments from which a service ran with it."""
    told: Told = [pair for one in deploys if (pair := _deploy(one)) is not None]
    known = [candidate for one in commits if (candidate := _commit(one, told)) is not None]
    shas = [candidate.key for candidate in known]
    unlisted = dict.fromkeys(sha for sha, _ in told if not any(_same(sha, known_sha) for known_sha in shas))
    alone = [Candidate(key=sha, at=None, rollouts=_rollouts(sha, told)) for sha in unlisted]
    turned = [candidate for one in flags if (candidate := _flag(one)) is not None]
    return (*known, *alone, *turned)


def _deploy(record: Record) -> tuple[str, Rollout] | None:
    sha, at = text(first(record, "commit_sha", "commit", "sha")), moment(first(record, "timestamp", "time", "at"))
    if not sha or at is None:
        return None
    service = text(first(record, "service", "service.name", "app"))
    return sha, Rollout(at=at, service=service, version=text(record.get("version")))


def _commit(record: Record, told: Told) -> Candidate | None:
    sha = text(first(record, "sha", "commit_sha", "commit", "id"))
    if not sha:
        return None
    files = first(record, "files_changed", "files")
    return Candidate(
        key=sha,
        at=moment(first(record, "timestamp", "time", "date")),
        message=text(record.get("message")),
        files=tuple(text(one) for one in files if text(one)) if isinstance(files, list) else (),
        diff=_diff(first(record, "diff", "patch")),
        rollouts=_rollouts(sha, told),
    )


def _diff(value: object) -> str:
    """Return a diff, which may come as one text, as lines, or by file."""
    if isinstance(value, Mapping):
        return "\n".join(f"@@ {name} @@\n{_diff(part)}" for name, part in value.items())[:_LONGEST_DIFF]
    if isinstance(value, list):
        return "\n".join(_diff(part) for part in value)[:_LONGEST_DIFF]
    return value[:_LONGEST_DIFF] if isinstance(value, str) else ""


def _rollouts(sha: str, told: Told) -> tuple[Rollout, ...]:
    return tuple(sorted((one for other, one in told if _same(sha, other)), key=_when))


def _when(rollout: Rollout) -> datetime:
    return rollout.at


def _same(one: str, other: str) -> bool:
    shorter, longer = sorted((one.lower(), other.lower()), key=len)
    return shorter == longer or (len(shorter) >= _SHORTEST_PREFIX and longer.startswith(shorter))


def _flag(record: Record) -> Candidate | None:
    name, at = text(first(record, "flag", "name", "key")), moment(first(record, "timestamp", "time", "at"))
    if not name:
        return None
    said = " ".join(part for part in (f"flag {name}", text(record.get("change"))) if part)
    service = text(first(record, "service", "service.name"))
    rollouts = (Rollout(at=at, service=service),) if at else ()
    return Candidate(key=name, at=at, kind="flag", message=said, rollouts=rollouts)
