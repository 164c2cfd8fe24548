"""Names of endpoints and files, wherever they turn up."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath

from tocsin.domain.diagnosis.facts import Deploy
from tocsin.domain.diagnosis.look import Look

_ROUTE = re.compile(r"(?:(?<![\w/])(GET|HEAD|POST|PUT|PATCH|DELETE)\s+)?(?<![\w./])(/[\w{}:.-]+(?:/[\w{}:.-]+)*)")
_FILE = re.compile(r"[\w./-]+\.(?:py|sql|ya?ml|toml|ts|js|go|rb|java)\b")
_SHORTEST_WORD = 4


def path_of(route: str) -> str:
    """Return the path of `GET /a/b`."""
    return route.rpartition(" ")[2]


def routes_in(text: str) -> tuple[str, ...]:
    """Return the endpoints a text names, with their method where it is given."""
    return tuple(f"{method} {path}".strip().rstrip(".:") for method, path in _ROUTE.findall(text))


def route_of(tags: Mapping[str, str], look: Look) -> str:
    """Return the endpoint that sqlcommenter tags name, or an empty string."""
    route = tags.get("route", "")
    return with_method(f"{tags.get('method', '')} {route}".strip() if path_of(route) == route else route, look)


def with_method(route: str, look: Look) -> str:
    """Return the route with its method, where the metrics know exactly one."""
    windows = [window for facts in look.bundle.metrics for window in (facts.recent, facts.since_start) if window]
    known = {one.route for window in windows for one in window.routes if path_of(one.route) == path_of(route)}
    return known.pop() if " " not in route and len(known) == 1 else route


def routes_changed(deploy: Deploy, look: Look) -> tuple[str, ...]:
    """Return the endpoints a deploy's changes name."""
    return tuple(dict.fromkeys(with_method(route, look) for line in deploy.changes for route in routes_in(line)))


def touched(deploy: Deploy, routes: Iterable[str]) -> tuple[str, ...]:
    """Return those of `routes` that a deploy's changes name."""
    changed = {path_of(route) for line in deploy.changes for route in routes_in(line)}
    return tuple(route for route in routes if path_of(route) in changed)


def touched_by_file(deploy: Deploy, routes: Iterable[str]) -> tuple[str, ...]:
    """Return those of `routes` with a path segment that is the name of a changed file: a weaker sign."""
    stems = {PurePosixPath(name).stem for line in deploy.changes for name in _FILE.findall(line)}
    words = {stem for stem in stems if len(stem) >= _SHORTEST_WORD}
    return tuple(route for route in routes if words & set(path_of(route).split("/")))
