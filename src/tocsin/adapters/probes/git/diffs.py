"""What commits did: the newest diffs before the onset, short and without secrets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from tocsin.domain.diagnosis.facts import Deploy
from tocsin.net.redaction import MASK, redact

MOST_COMMITS = 20
MOST_OF_ONE = 8_000
MOST_OF_ALL = 64_000
_WIDEST = 300
_FIELD, _RECORD = "\x1f", "\x1e"
_FORMAT = f"{_RECORD}%H{_FIELD}"


def arguments(commits: Sequence[str], paths: Sequence[str]) -> list[str]:
    """Return the arguments for `git log` that write the diffs of `commits`, in their order."""
    return [
        "--no-walk=unsorted",
        f"--format={_FORMAT}",
        "--patch",
        "--unified=3",
        "--diff-merges=first-parent",
        "--no-renames",
        "--no-ext-diff",
        "--no-textconv",
        "--no-show-signature",
        "--no-mailmap",
        "--no-color",
        "--submodule=short",
        "--src-prefix=a/",
        "--dst-prefix=b/",
        "--end-of-options",
        *commits,
        "--",
        *paths,
    ]


def wanted(commits: Sequence[Deploy], onset: datetime) -> list[str]:
    """Return the commits whose diffs are worth reading: the last before the onset first, since a later one broke nothing."""
    before = sorted((one for one in commits if one.at <= onset), key=lambda one: one.at, reverse=True)
    return [one.commit for one in before[:MOST_COMMITS]]


def with_diffs(commits: Sequence[Deploy], written: str) -> tuple[Deploy, ...]:
    """Return `commits` with the diffs that git wrote, each cut to its share."""
    found: dict[str, str] = {}
    left = MOST_OF_ALL
    for record in written.split(_RECORD)[1:]:
        commit, _, diff = record.partition(_FIELD)
        text = short(diff, min(MOST_OF_ONE, left))
        left -= len(text)
        if text:
            found[commit] = text
    return tuple(replace(one, diff=found.get(one.commit, "")) for one in commits)


def short(diff: str, limit: int) -> str:
    """Return the whole lines of a diff that `limit` characters have room for, with what looks like a secret hidden."""
    kept: list[str] = []
    for line in _without_keys(diff.strip("\n").splitlines()):
        limit -= len(line) + 1
        if limit < 0:
            break
        kept.append(line)
    return redact("\n".join(kept))


def _without_keys(lines: Sequence[str]) -> Iterator[str]:
    """Yield lines cut to a readable width; those of a private key are hidden on either side of the diff."""
    inside = False
    for line in lines:
        if line.startswith(("diff --git", "@@")):
            inside = False
        if "PRIVATE KEY" in line:
            inside = "BEGIN" in line
            yield line[:1] + MASK
        else:
            yield line[:1] + MASK if inside else line[:_WIDEST]
