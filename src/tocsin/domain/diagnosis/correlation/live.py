"""The same weighing for a running system: what a change did, against what answers and servers complain of now."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import get_args

import re2

from tocsin.domain.changes import ChangeKind
from tocsin.domain.diagnosis.correlation.incident import Candidate, FrozenIncident
from tocsin.domain.diagnosis.correlation.matching import NOTHING, Content, Match, seen, set_off
from tocsin.domain.diagnosis.correlation.mechanisms.catalogue import MECHANISMS
from tocsin.domain.diagnosis.correlation.mechanisms.mechanism import Mechanism
from tocsin.domain.diagnosis.correlation.nature import Nature, nature_of
from tocsin.domain.diagnosis.correlation.scene import Scene, Symptom
from tocsin.domain.diagnosis.facts import Bundle, Deploy, LogTemplate

_KINDS: tuple[ChangeKind, ...] = get_args(ChangeKind)
_BODY = 400
_NEARLY = 0.9
_FIRST_PART = 0.3
_RARE = 0.1
_PATH = re2.compile(r"^[\w@.-]+(?:/[\w@.{}-]+)+(?::.*)?$|^[\w-]+\.[a-z]{1,8}$")
_TURN = re2.compile(r"^(.*?[=:]\s*|.*\b(?:from|von)\s+)(\S+)\s*(?:->|→|=>|to)\s*(\S+)\s*$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tie:
    """What ties a change to the trouble, and how strongly, 0 to 1.

    `exact` says that its diff or its values were seen, not only words about it; `nature` is whether it can matter at all.
    """

    strength: float
    mechanism: str
    does: str
    fits: str
    exact: bool
    nature: Nature


def tie(deploy: Deploy, complained: tuple[Symptom, ...]) -> Tie:
    """Return how a change fits what is complained of; strength 0 where its content says nothing."""
    content = Content(change=candidate_of(deploy))
    scene = Scene(incident=FrozenIncident(), symptoms=complained, shifts=(), usual=frozenset())
    nature = nature_of(content.change, content.patch)
    strength, mechanism, doing, shown = max(
        (_fit(one, content, seen(one, scene, deploy.service)) for one in MECHANISMS), key=lambda fit: fit[0]
    )
    return Tie(
        strength=strength * nature.matters,
        mechanism=mechanism,
        does=next(iter(doing.why), ""),
        fits=next(iter(shown.why), ""),
        exact=bool(content.patch.order),
        nature=nature,
    )


def _fit(mechanism: Mechanism, content: Content, shown: Match) -> tuple[float, str, Match, Match]:
    doing = set_off(mechanism, content) if shown.strength else NOTHING
    return shown.strength * doing.strength, mechanism.title, doing, shown


def candidate_of(deploy: Deploy) -> Candidate:
    """Return a change as content: its files, its words, its diff, and as one each line such as `pool.size: 20 -> 5`."""
    first = next(iter(deploy.changes), "")
    kind = next((kind for kind in _KINDS if first.startswith(f"{kind}: ")), None)
    files = tuple(line.partition(":")[0] for line in deploy.changes if _PATH.match(line))
    said = [line.removeprefix(f"{kind}: ").removeprefix("commit: ") for line in deploy.changes if not _PATH.match(line)]
    turned = [found.groups() for line in said if (found := _TURN.match(line))]
    diff = "\n".join([f"-{head}{old}\n+{head}{new}" for head, old, new in turned] + [deploy.diff] * bool(deploy.diff))
    message = "\n".join(said)
    return Candidate(key=deploy.version, at=deploy.at, kind=kind or "code", message=message, files=files, diff=diff)


def complaints(bundle: Bundle) -> tuple[Symptom, ...]:
    """Return what answers, servers and probes complain of in a bundle."""
    return tuple(
        Symptom(service=service, text=text, source=source) for service, text, source in _said(bundle) if text.strip()
    )


def _more_than_before(template: LogTemplate) -> bool:
    """Whether an error came hardly at all in the first part of the time that was read."""
    begin = max(1, int(len(template.counts) * _FIRST_PART))
    return sum(template.counts[:begin]) <= _RARE * template.count


def _said(bundle: Bundle) -> Iterator[tuple[str, str, str]]:
    for facts in bundle.http:
        for page in facts.pages:
            if not page.ok:
                yield facts.service, f"{page.path} {page.answer} {page.error_text} {page.body[:_BODY]}", "answer"
    for postgres in bundle.postgres:
        yield postgres.service, postgres.error_text, "server"
        if postgres.limits and (postgres.used or 0) >= _NEARLY * postgres.limits.usable:
            yield postgres.service, f"{postgres.used} of {postgres.limits.usable} connections in use", "server"
        for session in postgres.long_queries or ():
            yield postgres.service, f"slow query for {session.query_s:.0f} s: {session.query}", "server"
        for wait in postgres.lock_waits or ():
            yield postgres.service, f"waiting for a lock for {wait.wait_s:.0f} s: {wait.session.query}", "server"
    for logs in bundle.logs:
        for template in logs.templates:
            if template.trouble and _more_than_before(template):
                said = " ".join((template.text, template.logger, *template.examples[:1]))
                yield template.service or logs.service, said, "log"
    for redis in bundle.redis:
        yield redis.service, redis.error_text, "server"
    yield from (("", error.detail, f"{error.kind} probe") for error in bundle.errors)
