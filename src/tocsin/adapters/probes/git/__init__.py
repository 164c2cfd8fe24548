"""Which commits a local repository has of late, through `git log`: a fixed command that only reads, no shell.

Nothing of the environment reaches git but where programs are; hooks, pagers, signature checks, mail maps and fetching are
off, so that a repository's own configuration runs nothing.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from tocsin.adapters.options import read_options
from tocsin.adapters.probes.api import require_within
from tocsin.adapters.probes.git import diffs
from tocsin.adapters.probes.git.running import git_log
from tocsin.domain.diagnosis.facts import BlindSpot, Deploy, DeployFacts
from tocsin.domain.diagnosis.redaction import excerpt
from tocsin.domain.diagnosis.targets import Target
from tocsin.domain.errors import InvalidError
from tocsin.flows.ports import Clock
from tocsin.net.redaction import redact

_FIELD, _RECORD = "\x1f", "\x1e"
_FORMAT = f"{_RECORD}%H{_FIELD}%cI{_FIELD}%an{_FIELD}%s{_FIELD}"
_SHORT = 7
_MOST_FILES = 20
_FIELDS = 5
_SHORTEST_S = 0.05
_LIMITS = {"last": (1, 500), "window_s": (60, 30 * 86_400), "max_bytes": (1024, 1 << 24)}


class GitOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`path` is a clone on this machine, `ref` what of it runs, `paths` the parts of it that concern the service.

    At most `last` commits of the last `window_s` are read. A commit is a change, not proof that it went out: where a
    deploy job tells when it did, use `deploys` as well. Something else has to keep the clone up to date. `diffs` reads what
    the last commits before the onset did, a few thousand characters of each; they are kept with the facts.
    """

    path: str
    ref: str = "HEAD"
    paths: tuple[str, ...] = ()
    last: int = 50
    window_s: float = 172_800.0
    max_bytes: int = 1_048_576
    diffs: bool = True


def validate_options(raw: Mapping[str, object]) -> GitOptions:
    """Return the options in `raw`.

    Raises:
        InvalidError: an option is unknown, has the wrong type, or cannot be.

    """
    options = read_options("git", raw, GitOptions)
    require_within("git", options, _LIMITS)
    if not Path(options.path).is_absolute() and not options.path.startswith(("env:", "file:")):
        raise InvalidError("git: `path` is not absolute", field="path", mend="Write the clone's absolute path.")
    if not options.ref or options.ref.startswith("-"):
        raise InvalidError("git: `ref` is no ref", field="ref", mend="Write a branch, a tag or HEAD.")
    return options


class Git:
    """Runs `git log` for the commits, and once more for what they did."""

    kind = "git"

    def __init__(self, now: Clock) -> None:
        self._now = now

    def collect(self, target: Target, deadline_s: float) -> DeployFacts:
        """Return the newest commits as changes within `deadline_s` seconds. A repository that refuses is a blind spot.

        Raises:
            InvalidError: the target's options do not hold.

        """
        options = validate_options(target.options)
        began = time.monotonic()
        facts = DeployFacts(target=target.name, at=self._now(), service=target.service, committed=True)
        since = facts.at - timedelta(seconds=options.window_s)
        output, why = git_log(options.path, _arguments(options, since), limit_s=deadline_s, max_bytes=options.max_bytes)
        spots = [BlindSpot(target=target.name, what="commits", why=redact(why))] if why else []
        commits = [one for text in output.split(_RECORD)[1:] if (one := _commit(text, target.service or "git"))]
        if len(commits) >= options.last:
            mend = "raise `last`, or narrow `paths`"
            why = f"only the newest {options.last} were read"
            spots.append(BlindSpot(target=target.name, what="older commits", why=why, mend=mend))
        if options.diffs and commits:
            commits, told = _with_diffs(commits, target, options, began + deadline_s - time.monotonic())
            spots += told
        return replace(
            facts,
            deploys=tuple(sorted(commits, key=lambda one: one.at)),
            blind=tuple(spots),
            took_s=time.monotonic() - began,
        )


def _with_diffs(
    commits: list[Deploy], target: Target, options: GitOptions, left_s: float
) -> tuple[list[Deploy], list[BlindSpot]]:
    """Return the commits with what they did; what cannot be read of it is a blind spot and costs nothing else."""
    names = diffs.wanted(commits, target.onset or max(one.at for one in commits))
    if not names:
        return commits, []
    written, why = git_log(
        options.path,
        diffs.arguments(names, options.paths),
        limit_s=max(_SHORTEST_S, left_s),
        max_bytes=options.max_bytes,
    )
    spots = [BlindSpot(target=target.name, what="what commits did", why=redact(why))] if why else []
    return list(diffs.with_diffs(commits, written)), spots


def _arguments(options: GitOptions, since: datetime) -> list[str]:
    return [
        f"--max-count={options.last}",
        f"--since={since.isoformat()}",
        f"--format={_FORMAT}",
        "--name-only",
        "--first-parent",
        "--diff-merges=first-parent",
        "--no-renames",
        "--no-ext-diff",
        "--no-textconv",
        "--no-show-signature",
        "--no-mailmap",
        "--no-color",
        "--end-of-options",
        options.ref,
        "--",
        *options.paths,
    ]


def _commit(text: str, service: str) -> Deploy | None:
    parts = text.split(_FIELD)
    if len(parts) != _FIELDS:
        return None
    commit, at, by, subject, files = parts
    try:
        when = datetime.fromisoformat(at)
    except ValueError:
        return None
    names = [name for name in files.splitlines() if name]
    return Deploy(
        service=service,
        version=commit[:_SHORT],
        at=when.astimezone(UTC),
        kind="rollback" if subject.startswith('Revert "') else "deploy",
        by=by,
        commit=commit,
        changes=(redact(excerpt(f"commit: {subject}")), *names[:_MOST_FILES]),
    )
