"""The tree of routes, drawn with lines."""

from __future__ import annotations

from typing import Any

from tocsin.domain import words
from tocsin.doors.cli.moments import length
from tocsin.doors.cli.rendering.sheet import Sheet

Json = dict[str, Any]  # as the API answers it


def drawn(found: list[Json]) -> Sheet:
    """Return two lines a route: its name and matchers, and what it says once everything it inherits is filled in."""
    sheet = Sheet()
    for number, route in enumerate(found):
        name, matchers = str(route["place"][-1]), "{" + ", ".join(route["matchers"]) + "}"
        shown = f" {matchers}" if route["matchers"] and name != matchers else ""
        more = " continue" if route["goes_on"] else ""
        sheet.add((_branch(found, number), "dim"), (name, "bold"), shown, (more, "yellow"))
        sheet.add((_stem(found, number), "dim"), (_said(route), "dim"))
    return sheet


def _said(route: Json) -> str:
    told = [f"{name} {route[name]}" for name in ("policy", "team", "service", "severity") if route[name]]
    told.append(f"by {', '.join(route['group_by']) or 'nothing'}")
    clocks = (("wait", "group_wait"), ("every", "group_interval"), ("repeat", "repeat_interval"))
    told += [f"{word} {words.span(length(route[name]))}" for word, name in clocks]
    told += [f"window {words.span(length(route['group_window']))}"] if route["group_window"] else []
    told += [f"dependents {route['dependents']}"] if route["dependents"] != "join" else []
    told += [f"muted in {', '.join(route['mute_time_intervals'])}"] if route["mute_time_intervals"] else []
    told += [f"only in {', '.join(route['active_time_intervals'])}"] if route["active_time_intervals"] else []
    return "; ".join(told)


def _branch(found: list[Json], number: int) -> str:
    depth = int(found[number]["depth"])
    if not depth:
        return ""
    return _bars(found, number, depth) + ("├─ " if _goes_on(found, number, depth) else "└─ ")


def _stem(found: list[Json], number: int) -> str:
    """Return what stands left of a route's second line: a bar for each level that goes on below."""
    depth = int(found[number]["depth"])
    below = number + 1 < len(found) and found[number + 1]["depth"] > depth
    return _bars(found, number, depth + 1) + ("│  " if below else "")


def _bars(found: list[Json], number: int, depth: int) -> str:
    return "".join("│  " if _goes_on(found, number, level) else "   " for level in range(1, depth))


def _goes_on(found: list[Json], number: int, level: int) -> bool:
    """Return whether another route of that level follows before the tree climbs above it."""
    follower = next((route for route in found[number + 1 :] if route["depth"] <= level), None)
    return follower is not None and follower["depth"] == level
