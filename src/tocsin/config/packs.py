"""Packs from YAML: the presets that ship, and a team's own file laid over one of them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Final

from tocsin.config.decode import Decoder
from tocsin.config.differences import difference
from tocsin.config.pack_check import check_pack
from tocsin.config.problems import ConfigError, Problem, did_you_mean
from tocsin.config.tree import Tree, find, lay_over, read_tree
from tocsin.domain.errors import InvalidError
from tocsin.domain.policy.pack import Comparison, Condition, Pack

__all__ = ["check_pack", "diff_packs", "list_packs", "load_pack", "read_pack", "read_preset"]

_COMMON: Final = "base"
_FILE: Final = "pack.yaml"
_OPS: Final[dict[str, Comparison]] = {">": ">", ">=": ">=", "<": "<", "<=": "<=", "==": "==", "is": "is"}


def list_packs(extra_dirs: Sequence[Path] = ()) -> list[str]:
    """Return the keys of every pack that can be loaded by key: the presets, then those found in `extra_dirs`."""
    return list(_Shelf(extra_dirs).known)


def load_pack(key_or_path: str | Path, extra_dirs: Sequence[Path] = ()) -> Pack:
    """Return the pack called so, or in the file there, with what it extends filled in.

    Raises:
        ConfigError: there is no such pack, or something in it is wrong; `problems` names every file and line.
    """
    pack, problems = read_pack(key_or_path, extra_dirs)
    if pack is None or problems:
        raise ConfigError(problems)
    return pack


def read_pack(key_or_path: str | Path, extra_dirs: Sequence[Path] = ()) -> tuple[Pack | None, list[Problem]]:
    """Return the pack and everything that is wrong with it; the pack is None as soon as anything is."""
    tree, problems = _Shelf(extra_dirs).read(str(key_or_path))
    if tree is None:
        return None, problems
    decoder = Decoder(shorthands={Condition: parse_condition})
    pack = decoder.item(Pack, tree)
    problems += decoder.problems
    if not decoder.problems:
        problems += check_pack(pack, tree)
    return (None if problems else pack), sorted(set(problems))


@cache
def read_preset(key: str) -> tuple[Pack | None, tuple[Problem, ...]]:
    """Return what `read_pack` says of a preset: what ships with the program is read once a process."""
    pack, problems = read_pack(key)
    return pack, tuple(problems)


def diff_packs(old: Pack, new: Pack) -> list[str]:
    """Return what changed from `old` to `new`, one line a figure: `+` new, `-` gone, `~` changed."""
    return difference(old, new)


def parse_condition(text: str) -> Condition:
    """Return the condition in `text`, such as `users_percent >= 50` or `data_loss is true`.

    Raises:
        InvalidError: it is not a fact, a comparison and a value.
    """
    mend = "Write a fact, a comparison and a value, such as `users_percent >= 50` or `data_loss is true`."
    words = text.split()
    if len(words) != len(("fact", "op", "value")) or words[1] not in _OPS:
        raise InvalidError(f"{text!r} is not a condition", mend=mend)
    fact, op, value = words
    return Condition(fact=fact, op=_OPS[op], value=_condition_value(value, text, mend, is_word=op == "is"))


def _condition_value(value: str, text: str, mend: str, *, is_word: bool) -> float | bool | str:
    if is_word:
        return {"true": True, "false": False}.get(value, value)
    try:
        return float(value)
    except ValueError as error:
        raise InvalidError(f"{value!r} in {text!r} is not a number", mend=mend) from error


class _Shelf:
    """The packs there are: a preset is never shadowed by a file of the same name."""

    def __init__(self, extra_dirs: Sequence[Path]) -> None:
        presets = {path.parent.name: path for path in sorted(_presets().glob(f"*/{_FILE}"))}
        self.common = presets.pop(_COMMON)
        self.known: dict[str, Path] = {}
        for directory in extra_dirs:
            for path in sorted([*directory.glob(f"*/{_FILE}"), *directory.glob("*.yaml")]):
                self.known.setdefault(path.parent.name if path.name == _FILE else path.stem, path)
        self.known = {**presets, **{key: path for key, path in self.known.items() if key not in presets}}

    def read(self, named: str) -> tuple[Tree | None, list[Problem]]:
        """Return the tree of the pack called so, with what it extends laid under it."""
        path = self._path(named, Path())
        if path is None:
            return None, [self._unknown(named, Tree(file=named, line=0, value=None), "")]
        return self._filled(path, ())

    def _filled(self, path: Path, seen: tuple[Path, ...]) -> tuple[Tree | None, list[Problem]]:
        shipped = path.is_relative_to(_presets())
        tree, problems = _shipped_tree(path) if shipped else read_tree(path)
        problems = [*problems]
        parent = tree.value.get("extends") if tree is not None and isinstance(tree.value, dict) else None
        if tree is None or parent is None or not parent.value:
            return tree, problems
        if find(tree, ("key",)) is tree:
            problems.append(_problem(tree, "key", "key is missing", "Add `key:`; a pack has a name of its own."))
        above = self._path(str(parent.value), path.parent)
        if above is None:
            return None, [*problems, self._unknown(str(parent.value), parent, "extends")]
        if above in (*seen, path):
            return None, [*problems, _problem(parent, "extends", "the pack extends itself", "Extend a preset instead.")]
        under, more = self._filled(above, (*seen, path))
        return (None if under is None else lay_over(under, tree)), [*problems, *more]

    def _path(self, named: str, beside: Path) -> Path | None:
        if named == _COMMON:
            return self.common
        if named in self.known:
            return self.known[named].resolve()
        path = beside / named
        return path.resolve() if named.endswith((".yaml", ".yml")) and path.is_file() else None

    def _unknown(self, named: str, at: Tree, field: str) -> Problem:
        packs = ", ".join(self.known)
        mend = did_you_mean(named, self.known)
        message = f"there is no pack called {named!r}; the packs are {packs}"
        return _problem(
            at, field, message, mend if mend.startswith("Did") else "Or give the path of a pack's YAML file."
        )


@cache
def _presets() -> Path:
    return Path(str(files("tocsin").joinpath("packs"))).resolve()


@cache
def _shipped_tree(path: Path) -> tuple[Tree | None, list[Problem]]:
    return read_tree(path)


def _problem(at: Tree, field: str, message: str, mend: str) -> Problem:
    return Problem(file=at.file, line=at.line, field=field, message=message, mend=mend)
