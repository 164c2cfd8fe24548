"""Which release something belongs to, and how that is known."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from tocsin.domain.diagnosis.facts import Deploy
from tocsin.domain.diagnosis.look import Look

_VERSION = re.compile(r"(?<![\w.])v?\d+\.\d+(?:\.\d+)*(?:[-+][0-9A-Za-z.]+)?(?![\w])")
_TOKENS = re.compile(r"[\w.+-]+")
_SHORT_COMMIT = 7
CLOCK_SLACK = timedelta(seconds=2)

Known = Literal["session", "metrics", "history", ""]


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """A version and its deploy; `known` from the session itself, the service's metrics, or only from the deploy times."""

    version: str = ""
    known: Known = ""
    deploy: Deploy | None = None


def same_version(one: str, other: str) -> bool:
    """Whether two spellings (`v2.4.1`, `2.4.1`) mean one version."""
    return bool(one) and one.lower().removeprefix("v") == other.lower().removeprefix("v")


def version_named(text: str, deploys: Iterable[Deploy]) -> str:
    """Return the version that `text` (an application name, a tag) names, in the deploy's spelling where one matches."""
    tokens = [piece for token in _TOKENS.findall(text) for piece in (token, *token.split("-"))]
    for deploy in deploys:
        commit = deploy.commit[:_SHORT_COMMIT]
        named = any(same_version(token, deploy.version) for token in tokens)
        if named or (len(commit) == _SHORT_COMMIT and any(token.startswith(commit) for token in tokens)):
            return deploy.version
    found = next((match for piece in tokens if (match := _VERSION.fullmatch(piece))), None)
    return found.group() if found else ""


def version_of(application: str, tags: Mapping[str, str], look: Look) -> str:
    """Return the version a database session says it belongs to, or an empty string."""
    named = tags.get("version") or tags.get("release") or ""
    return version_named(named, look.deploys) or version_named(application, look.deploys)


def release_of(applications: Iterable[tuple[str, Mapping[str, str]]], since: datetime | None, look: Look) -> Release:
    """Return the release behind sessions given as (application name, tags), in use `since`.

    The session's own word counts most, then the only version the service's metrics report, then the last deploy before.
    """
    versions = {version_of(name, tags, look) for name, tags in applications} - {""}
    if len(versions) == 1:
        version = versions.pop()
        return Release(version=version, known="session", deploy=deploy_of(version, look))
    reported = {version for facts in look.bundle.metrics for version in facts.versions}
    if len(reported) == 1:
        version = version_named(reported.pop(), look.deploys)
        if version:
            return Release(version=version, known="metrics", deploy=deploy_of(version, look))
    last = last_deploy(look, before=(since or look.began) + CLOCK_SLACK)
    return Release(version=last.version, known="history", deploy=last) if last else Release()


def deploy_of(version: str, look: Look) -> Deploy | None:
    """Return the newest deploy of a version."""
    return next((deploy for deploy in reversed(look.deploys) if same_version(deploy.version, version)), None)


def last_deploy(look: Look, *, before: datetime) -> Deploy | None:
    """Return the newest deploy at or before a moment, if it lies in the window in which deploys are suspected."""
    window = timedelta(seconds=look.limits.deploy_window_s)
    return next((deploy for deploy in reversed(look.deploys) if before - window <= deploy.at <= before), None)
