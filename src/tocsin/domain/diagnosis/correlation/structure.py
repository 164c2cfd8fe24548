"""Shapes of a diff: a call put into a loop, a guard taken away, an order turned round, a version raised."""

from __future__ import annotations

from collections import Counter

import re2

from tocsin.domain.diagnosis.correlation.patch import Patch, calls

_LOOP = re2.compile(r"(?:^|\W)(?:for|while|foreach|forEach|each|map|flatMap|stream)\b.*[{:(]|(?:\bfor\b .* \bin\b .*)")
_WORK = re2.compile(
    r"(?i)\b[\w.]*(?:query|get|fetch|find|load|select|exec|put|post|send|call|lookup|read|write|save|insert|update|invoke|"
    r"request|resolve|list|count|publish|describe|check|verify|render|do|scan|price|quote|hydrate|retrieve)[A-Za-z]*\("
)
_PURE = re2.compile(
    r"(?i)\b(?:append|len|string|format|parse|strip|split|lower|upper|getname|getid|setname|list|get)\("
)
_GUARD = re2.compile(
    r"(?i)\bif\b.*(?:[!=]= ?nil|is (?:not )?none|[!=]==? ?(?:null|undefined)|not \w+|!\w+)|isnil|isnull|nonnull|ispresent|\?\.|hasattr|"
    r"\bok\b|if let|is_some|is_none|\.get\(|orelse"
)
_CHECKED = re2.compile(
    r"([A-Za-z_][\w.]*)(?:\(\))?\s*(?:[!=]==?|is)\s*(?:not\s+)?(?:nil|None|null|undefined)|(?:not|!)\s?([A-Za-z_][\w.]*)"
)
_OPERATOR = re2.compile(r"==|!=|<=|>=|<|>|&&|\|\||\band\b|\bor\b|!|\bnot\b")
_STATEMENT = re2.compile(r"^\s*(?:await |go |defer )?[A-Za-z_][\w.]*\(.*\);?\s*$")
_VERSION = re2.compile(r"v?(\d+)\.(\d+)(?:\.(\d+))?")
_IMPORT = re2.compile(r"^(?:import|from|use|using|require|#include|@use|open)\b|^[\"'][\w./-]+[\"']$")
_LOOP_REACH = 8
_MAJOR, _MINOR, _PATCH = 1.0, 0.5, 0.1


def loop_call(patch: Patch) -> str:
    """Return a call that reaches outside and was put into a loop, or an empty string."""
    before = calls(patch.gone)
    since = _LOOP_REACH
    for side, line in patch.order:
        if side == "removed":
            continue
        since = 0 if _LOOP.search(line) else since + 1
        if side != "added" or since > _LOOP_REACH:
            continue
        work = [name for name in calls(line) if name not in before]
        if work and since and _WORK.search(line) and not _only_pure(line):
            return line.strip()
    return ""


def _only_pure(line: str) -> bool:
    return len(_PURE.findall(line)) >= sum(calls(line).values())


def unguarded(patch: Patch) -> str:
    """Return what is used without the check that was taken away, or an empty string."""
    remains = "\n".join(line for side, line in patch.order if side != "removed")
    for _, line in patch.removed:
        if not _GUARD.search(line):
            continue
        for found in _CHECKED.findall(line):
            name = found[0] or found[1]
            used = f"{name}." in remains or f"{name}[" in remains or f"{name}->" in remains or f"*{name}" in remains
            if name and used and not _still_checked(name, remains):
                return str(name)
    return ""


def _still_checked(name: str, remains: str) -> bool:
    return any(name in line and _GUARD.search(line) for line in remains.splitlines())


def moved(patch: Patch) -> str:
    """Return the first line of a block whose lines are all still there in another order, or an empty string."""
    gone = [line.strip() for _, line in patch.removed]
    come = [line.strip() for _, line in patch.added]
    if not gone or Counter(gone) != Counter(come) or all(_IMPORT.search(line) for line in gone):
        return ""
    return gone[0]


def call_gone(patch: Patch) -> str:
    """Return a statement that was one call and has no successor, or an empty string."""
    if calls(patch.come):
        return ""
    return next((line.strip() for _, line in patch.removed if _STATEMENT.match(line)), "")


def flipped(patch: Patch) -> str:
    """Return a line whose names stayed while an operator of a condition changed, or an empty string."""
    for turned in patch.turned:
        old, new = _OPERATOR.findall(turned.before), _OPERATOR.findall(turned.after)
        bare = (_OPERATOR.sub("", turned.before).split(), _OPERATOR.sub("", turned.after).split())
        if old != new and bare[0] == bare[1]:
            return turned.after.strip()
    return ""


def version_bump(patch: Patch) -> tuple[float, str]:
    """Return how far a version was raised (1 for a major one) and what it is, or 0 and an empty string."""
    best, what = 0.0, ""
    for turned in patch.turned:
        old, new = _VERSION.search(turned.before), _VERSION.search(turned.after)
        if not old or not new or old.groups() == new.groups():
            continue
        major, minor = old.group(1) != new.group(1), old.group(2) != new.group(2)
        share = _MAJOR if major else _MINOR if minor else _PATCH
        if share > best:
            best, what = share, f"`{turned.after.strip()[:100]}` for `{turned.before.strip()[:100]}`"
    return best, what
