"""Where it is: endpoints that the text names, and the services they and its words point to."""

from __future__ import annotations

from collections.abc import Sequence

import re2

from tocsin.domain.catalogue import Service

MAX_ENDPOINTS = 8
WHOLE_NAME, ENDPOINT, PART_OF_NAME, PART_OF_ENDPOINT = 10, 8, 4, 3

_ENDPOINT = re2.compile(
    r"(?:^|[\s\"'`(\[,:])(?:(GET|POST|PUT|PATCH|DELETE|HEAD)\s+)?(?:https?://[^\s/\"'<>]+)?(/[A-Za-z][\w\-./{}:*]*)"
)
_WORD = re2.compile(r"[a-z0-9]+")
_COMMON = frozenset({
    "api", "app", "application", "backend", "db", "frontend", "gateway", "main", "prod", "production", "server", "service",
    "site", "svc", "system", "the", "web", "worker", "v1", "v2", "v3", "get", "post", "put", "patch", "delete", "id", "all",
    "and", "of", "for", "in", "on", "is", "users", "user", "customers",
})  # fmt: skip


def endpoints(text: str) -> tuple[str, ...]:
    """Return the paths that `text` names, with their method where it is given."""
    found = []
    for match in _ENDPOINT.finditer(text):
        path = str(match.group(2)).rstrip(".:,-")
        found.append(f"{match.group(1)} {path}" if match.group(1) else path)
    return tuple(dict.fromkeys(found))[:MAX_ENDPOINTS]


def candidates(text: str, named: Sequence[str], services: Sequence[Service]) -> tuple[str, ...]:
    """Return the keys of the services that `text` may mean, the likeliest first.

    A service counts by its whole key or name, an endpoint of its own among `named`, or a telling word of either. One that is
    for practice counts by its whole key alone: a real incident is never taken for a drill because of a word.
    """
    words = _words(text)
    paths = {path.rpartition(" ")[2] for path in named}
    known = frozenset(words)
    scores = {service.key: _score(service, words, known, paths) for service in services}
    best = max(scores.values(), default=0)
    likely = [key for key, score in scores.items() if score and score * 2 >= best]
    return tuple(sorted(likely, key=lambda key: -scores[key]))


def _score(service: Service, words: list[str], known: frozenset[str], paths: set[str]) -> int:
    if service.drill:
        key = _words(service.key)
        return WHOLE_NAME + len(key) if _contains(words, key) else 0
    score = 0
    for name in {service.key, service.name}:
        name_words = _words(name)
        if known.issuperset(name_words) and _contains(words, name_words):
            score = max(score, WHOLE_NAME + len(name_words))
        elif any(word in known for word in name_words if word not in _COMMON):
            score = max(score, PART_OF_NAME)
    own = {endpoint.rpartition(" ")[2] for endpoint in service.endpoints}
    if any(path == mine or path.startswith(f"{mine.rstrip('/')}/") for path in paths for mine in own):
        score += ENDPOINT
    elif not score and any(word in known for endpoint in own for word in _words(endpoint) if word not in _COMMON):
        score = PART_OF_ENDPOINT
    return score


def _words(text: str) -> list[str]:
    """Return the words of `text` in lower case, plurals as singulars."""
    return [_singular(word) for word in _WORD.findall(text.lower())]


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word  # noqa: PLR2004 (bus, dns)


def _contains(words: list[str], phrase: list[str]) -> bool:
    if not phrase or all(word in _COMMON for word in phrase):
        return False
    return any(words[at : at + len(phrase)] == phrase for at in range(len(words) - len(phrase) + 1))
