"""Changes that senders told of, as facts beside those of the deploys probe."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from tocsin.domain.changes import Change
from tocsin.domain.diagnosis.facts import Bundle, Deploy, DeployFacts
from tocsin.domain.diagnosis.releases import same_version

TARGET = "changes"
_SAME = timedelta(minutes=10)
_SHORT_COMMIT = 7


def with_changes(bundle: Bundle, changes: Iterable[Change], at: datetime) -> Bundle:
    """Return `bundle` with what senders told of; a deploy that a probe saw as well counts once, as the probe saw it."""
    seen = [deploy for facts in bundle.deploys for deploy in facts.deploys]
    told = [deploy for deploy in map(_deploy, changes) if not any(_same(deploy, one) for one in seen)]
    if not told:
        return bundle
    facts = DeployFacts(target=TARGET, at=at, deploys=tuple(sorted(told, key=lambda deploy: deploy.at)))
    return replace(bundle, deploys=(*bundle.deploys, facts), targets=tuple(sorted({*bundle.targets, TARGET})))


def _deploy(change: Change) -> Deploy:
    words = f"{change.kind}: {change.summary}" if change.summary else ""
    return Deploy(
        service=change.service,
        version=change.version or change.commit[:_SHORT_COMMIT] or f"{change.kind} change",
        at=change.at,
        kind="rollback" if change.rollback else "deploy",
        previous=change.previous,
        by=change.by,
        commit=change.commit,
        changes=tuple(text for text in (words, *change.files) if text),
    )


def _same(one: Deploy, other: Deploy) -> bool:
    named = same_version(one.version, other.version) or (bool(one.commit) and one.commit == other.commit)
    return one.service == other.service and named and abs(one.at - other.at) <= _SAME
