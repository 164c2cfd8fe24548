"""Collects what a rule finds wrong, with the file and line it stands on."""

from __future__ import annotations

from collections.abc import Collection

from tocsin.config.problems import Problem, did_you_mean
from tocsin.config.tree import Tree, Where, field_of, find


class Checker:
    """Rules say what is wrong by path; `tree` turns the path into a place, `name` stands in where there is no file."""

    def __init__(self, tree: Tree | None, name: str = "") -> None:
        self.problems: list[Problem] = []
        self._tree = tree
        self._name = name

    def say(self, where: Where, message: str, mend: str = "", *, below: int = 0) -> None:
        """Note a problem; `below` is the line inside a text of several lines, from 1."""
        file, line = self._name, 0
        if self._tree is not None:
            at = find(self._tree, where)
            inside = below if isinstance(at.value, str) and "\n" in at.value else 0
            file, line = at.file, at.line + inside
        self.problems.append(Problem(file=file, line=line, field=field_of(where), message=message, mend=mend))

    def word(self, where: Where, word: str, known: Collection[str], kind: str) -> None:
        """Note it when `word` is not among `known`."""
        if word not in known:
            self.say(where, f"{word!r} is no {kind}", did_you_mean(word, known, otherwise=f"There is no {kind} yet."))
