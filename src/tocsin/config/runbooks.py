"""Runbooks from YAML: those that ship, and a team's own, which take the place of a shipped one of the same key."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Final

from tocsin.config.decode import Decoder
from tocsin.config.problems import ConfigError, Problem
from tocsin.config.runbook_check import check_runbook
from tocsin.config.tree import Tree, read_tree
from tocsin.domain.mitigation.runbook import Runbook

__all__ = ["check_runbook", "own_runbooks", "read_runbook", "shipped_runbooks"]

_MEND: Final = "List paths of YAML files, or write the runbook here."


@cache
def shipped_runbooks() -> tuple[Runbook, ...]:
    """Return the runbooks that ship, by key; they are part of the program and read once.

    Raises:
        ConfigError: the installation is broken.
    """
    found = [read_runbook(path) for path in sorted(_folder().glob("*.yaml"))]
    problems = [problem for _, wrong in found for problem in wrong]
    if problems:
        raise ConfigError(problems)
    return tuple(runbook for runbook, _ in found if runbook is not None)


def read_runbook(path: Path) -> tuple[Runbook | None, list[Problem]]:
    """Return the runbook in the file and everything that is wrong with it; None as soon as anything is."""
    tree, problems = read_tree(path)
    if tree is None:
        return None, problems
    runbook, wrong = _read(tree)
    return (None if problems else runbook), sorted({*problems, *wrong})


def own_runbooks(named: Tree | None, beside: Path) -> tuple[dict[str, Runbook], Tree | None, list[Problem]]:
    """Return what `runbooks:` gives, each a path beside the file or written in place.

    The tree that is returned holds each by its key with its own file and lines, so that later rules find their places.
    """
    found: dict[str, Runbook] = {}
    trees: dict[str, Tree] = {}
    problems: list[Problem] = []
    for i, item in enumerate(_items(named, problems)):
        tree, wrong = _tree(item, beside, f"runbooks[{i}]")
        problems += wrong
        if tree is None:
            continue
        runbook, wrong = _read(tree)
        problems += wrong
        key = runbook.key if runbook else ""
        if runbook is not None and key in found:
            problems.append(_problem(item, f"runbooks[{i}]", f"there is a runbook called {key} already", "Keep one."))
        elif runbook is not None:
            found[key], trees[key] = runbook, tree
    whole = None if named is None else replace(named, value=trees)
    return found, whole, problems


def _items(named: Tree | None, problems: list[Problem]) -> list[Tree]:
    match named.value if named is not None else None:
        case None:
            return []
        case list() as items:
            return items
        case dict() as keyed:
            return [_keyed(key, child) for key, child in keyed.items()]
        case _:
            assert named is not None  # noqa: S101 (None is the first case)
            problems.append(_problem(named, "runbooks", "should be a list", _MEND))
            return []


def _keyed(key: str, child: Tree) -> Tree:
    """Return a runbook that is written under its key with the key inside."""
    if not isinstance(child.value, dict) or "key" in child.value:
        return child
    return replace(child, value={"key": Tree(file=child.file, line=child.line, value=key), **child.value})


def _tree(item: Tree, beside: Path, field: str) -> tuple[Tree | None, list[Problem]]:
    if isinstance(item.value, dict):
        return item, []
    if not isinstance(item.value, str):
        return None, [_problem(item, field, "is neither a path nor a runbook", _MEND)]
    tree, problems = read_tree(beside / item.value)
    if tree is None:
        return None, [replace(p, file=item.file, line=item.line, field=field, message=f"{item.value} {p.message}")
                      if not p.line else p for p in problems]  # fmt: skip
    return tree, problems


def _read(tree: Tree) -> tuple[Runbook | None, list[Problem]]:
    decoder = Decoder()
    runbook = decoder.item(Runbook, tree)
    problems = decoder.problems or check_runbook(runbook, tree)
    return (None if problems else runbook), problems


def _folder() -> Path:
    return Path(str(files("tocsin").joinpath("packs", "runbooks")))


def _problem(at: Tree, field: str, message: str, mend: str) -> Problem:
    return Problem(file=at.file, line=at.line, field=field, message=message, mend=mend)
