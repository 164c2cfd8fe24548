"""Trees become the domain's dataclasses; every mistake is collected, none is the last.

A tuple of items with a `key` may be written as a list of items or as a mapping from key to item. A field whose name is
a Python word ends in `_` in the class and not in the file (`for_` is `for`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import date, datetime, time, timedelta
from types import NoneType, UnionType
from typing import Any, Final, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from tocsin.config.problems import Problem, did_you_mean
from tocsin.config.tree import Tree, Where, field_of
from tocsin.domain.durations import MEND, parse_duration
from tocsin.domain.errors import InvalidError

T = TypeVar("T")
Shorthand = Callable[[str], object]

_NO_TIME: Final = datetime(1, 1, 1)  # noqa: DTZ001 (a blank: the file it stands in for is refused)
_BLANKS: Final[Mapping[object, object]] = {
    str: "",
    int: 0,
    float: 0.0,
    bool: False,
    timedelta: timedelta(0),
    datetime: _NO_TIME,
    date: _NO_TIME.date(),
    time: _NO_TIME.time(),
    Mapping: {},
    tuple: (),
}
_NAMES: Final[Mapping[object, str]] = {
    str: "text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    dict: "a mapping",
    list: "a list",
    NoneType: "nothing",
}
_MOMENTS: Final[Mapping[object, tuple[Shorthand, str, str]]] = {
    datetime: (datetime.fromisoformat, "a date and time", "2026-01-05T09:00"),
    date: (date.fromisoformat, "a date", "2026-12-25"),
    time: (time.fromisoformat, "a time of day", "09:00"),
}
_BAD: Final = object()


class Decoder:
    """Reads trees into dataclasses and keeps what is wrong in `problems`.

    `shorthands` reads a class from one line of text, which may also be written in full; `lines` reads one that is
    written as text or a number only, and may hold several. `fixed` gives a class's fields that a file may not set.
    """

    def __init__(
        self,
        *,
        shorthands: Mapping[type, Shorthand] | None = None,
        lines: Mapping[type, Shorthand] | None = None,
        fixed: Mapping[type, Mapping[str, object]] | None = None,
    ) -> None:
        self.problems: list[Problem] = []
        self._shorthands = {**(shorthands or {}), **(lines or {})}
        self._lines = frozenset(lines or {})
        self._fixed = dict(fixed or {})

    def item(self, cls: type[T], tree: Tree, where: Where = (), *, key: str | None = None) -> T:
        """Return `tree` as a `cls`; whatever is missing or wrong is in `problems` and blank in the answer."""
        if cls in self._lines or (isinstance(tree.value, str) and cls in self._shorthands):
            return cast("T", self._short(cls, tree, where))
        mapping = tree.value if isinstance(tree.value, dict) else None
        if mapping is None:
            self._say(
                tree,
                where,
                f"should be a mapping, not {_kind(tree)}",
                f"Give {cls.__name__.lower()} as `name: value` lines.",
            )
            mapping = {}
        fixed = self._fixed.get(cls, {})
        known = {_written(f): f for f in fields(cast("Any", cls)) if f.name not in fixed}
        self._unknown(cls, mapping, known, where)
        hints = get_type_hints(cls)
        values: dict[str, object] = dict(fixed)
        for name, field in known.items():
            if name == "key" and key is not None:
                values["key"] = key
                continue
            child, hint, at = mapping.get(name), hints[field.name], (*where, name)
            needed = field.default is MISSING and field.default_factory is MISSING
            if child is not None and (child.value is not None or needed):
                values[field.name] = self.value(hint, child, at)
            elif needed:
                self._say(tree, at, f"{name} is missing", f"Add `{name}:`.")
                values[field.name] = _blank(hint)
        return cls(**values)

    def value(self, hint: object, tree: Tree, where: Where) -> object:
        """Return `tree` as `hint` says, or a blank with the problem noted."""
        origin, args = get_origin(hint), get_args(hint)
        if origin in {Union, UnionType}:
            return self._union(args, tree, where)
        if origin is Literal:
            return self._literal(args, tree, where)
        if origin is tuple:
            return self._tuple(args[0], tree, where)
        if origin is not None and issubclass(cast("type", origin), Mapping):
            return self._mapping(args[1], tree, where)
        if is_dataclass(hint):
            return self.item(cast("type", hint), tree, where)
        return self._scalar(hint, tree, where)

    def _unknown(self, cls: type, mapping: Mapping[str, Tree], known: Mapping[str, object], where: Where) -> None:
        for name, child in mapping.items():
            if name not in known:
                message = f"{cls.__name__.lower()} has no {name!r}"
                self._say(child, (*where, name), message, did_you_mean(name, known))

    def _short(self, cls: type, tree: Tree, where: Where) -> object:
        if isinstance(tree.value, dict | list | bool | NoneType):
            self._say(tree, where, f"should be one line of text, not {_kind(tree)}", "Write it in quotes.")
            return _blank(cls)
        try:
            return self._shorthands[cls](str(tree.value))
        except InvalidError as error:
            self._say(tree, where, str(error), error.mend)
            return _blank(cls)

    def _union(self, args: tuple[object, ...], tree: Tree, where: Where) -> object:
        if tree.value is None and NoneType in args:
            return None
        choices = [arg for arg in args if arg is not NoneType]
        if len(choices) == 1:
            return self.value(choices[0], tree, where)
        if isinstance(tree.value, bool) and bool in choices:
            return tree.value
        if isinstance(tree.value, int | float) and float in choices:
            return float(tree.value)
        if isinstance(tree.value, str) and str in choices:
            return tree.value
        self._say(tree, where, f"should be {_listed(choices)}, not {_shown(tree)}", "")
        return _blank(choices[0])

    def _literal(self, args: tuple[object, ...], tree: Tree, where: Where) -> object:
        text = "" if tree.value is None else tree.value
        if text in args:
            return text
        words = [str(arg) for arg in args if arg]
        self._say(tree, where, f"{_shown(tree)} is none of {', '.join(words)}", did_you_mean(str(text), words))
        return args[0]

    def _tuple(self, hint: object, tree: Tree, where: Where) -> tuple[object, ...]:
        if isinstance(tree.value, list):
            found = [self.value(hint, child, (*where, i)) for i, child in enumerate(tree.value)]
            several = hint in self._lines
            return tuple(
                one for value in found for one in (value if several and isinstance(value, tuple) else (value,))
            )
        keyed = is_dataclass(hint) and "key" in {f.name for f in fields(hint)}
        if keyed and isinstance(tree.value, dict):
            return tuple(self._keyed(cast("type", hint), key, child, where) for key, child in tree.value.items())
        kind = "a list, or a mapping from key to item," if keyed else "a list"
        self._say(tree, where, f"should be {kind} not {_kind(tree)}", "Put `- ` before each item.")
        return ()

    def _keyed(self, cls: type, key: str, child: Tree, where: Where) -> object:
        inside = child.value.get("key") if isinstance(child.value, dict) else None
        if inside is not None and inside.value != key:
            message = f"{key} calls itself {inside.value}"
            self._say(inside, (*where, key, "key"), message, "Leave `key` out; the name before the colon is the key.")
        if child.value is None:
            child = Tree(file=child.file, line=child.line, value={})
        return self.item(cls, child, (*where, key), key=key)

    def _mapping(self, hint: object, tree: Tree, where: Where) -> dict[str, object]:
        if not isinstance(tree.value, dict):
            self._say(tree, where, f"should be a mapping, not {_kind(tree)}", "Write `name: value` lines.")
            return {}
        if hint is object:
            return cast("dict[str, object]", tree.plain())
        return {key: self.value(hint, child, (*where, key)) for key, child in tree.value.items()}

    def _scalar(self, hint: object, tree: Tree, where: Where) -> object:
        if hint is object:
            return tree.plain()
        if hint is timedelta:
            return self._duration(tree, where)
        if hint in _MOMENTS:
            return self._moment(hint, tree, where)
        value = _as_scalar(hint, tree.value)
        if value is _BAD:
            self._say(tree, where, f"should be {_NAMES[hint]}, not {_shown(tree)}", "")
            return _blank(hint)
        return value

    def _duration(self, tree: Tree, where: Where) -> timedelta:
        try:
            return parse_duration(str(tree.value))
        except InvalidError as error:
            self._say(tree, where, str(error), MEND)
            return timedelta(0)

    def _moment(self, hint: object, tree: Tree, where: Where) -> object:
        read, name, example = _MOMENTS[hint]
        try:
            return read(str(tree.value))
        except ValueError:
            self._say(tree, where, f"{_shown(tree)} is not {name}", f"Write it like {example}.")
            return _BLANKS[hint]

    def _say(self, tree: Tree, where: Where, message: str, mend: str) -> None:
        problem = Problem(file=tree.file, line=tree.line, field=field_of(where), message=message, mend=mend)
        self.problems.append(problem)


def _written(field: Field[Any]) -> str:
    return field.name.removesuffix("_")


def _as_scalar(hint: object, value: object) -> object:
    """Numbers are also text where text is wanted (a key such as 24); nothing else is converted."""
    if hint is str:
        return value if isinstance(value, str) else str(value) if type(value) in {int, float} else _BAD
    if hint is bool:
        return value if isinstance(value, bool) else _BAD
    if isinstance(value, bool):
        return _BAD
    if hint is int:
        return value if isinstance(value, int) else _BAD
    return float(value) if isinstance(value, int | float) else _BAD


def _blank(hint: object) -> object:
    origin, args = get_origin(hint), get_args(hint)
    if origin in {Union, UnionType}:
        return None if NoneType in args else _blank(args[0])
    if origin is Literal:
        return args[0]
    if is_dataclass(hint):
        hints = get_type_hints(hint)
        needed = [f for f in fields(hint) if f.default is MISSING and f.default_factory is MISSING]
        return cast("type", hint)(**{f.name: _blank(hints[f.name]) for f in needed})
    return _BLANKS.get(Mapping if origin is not None and issubclass(cast("type", origin), Mapping) else origin or hint)


def _shown(tree: Tree) -> str:
    if isinstance(tree.value, str):
        return repr(tree.value)
    return _kind(tree) if isinstance(tree.value, dict | list | NoneType) else f"{tree.value}"


def _kind(tree: Tree) -> str:
    """What it is without what it says, which may be a secret in the wrong place."""
    return _NAMES[type(tree.value)]


def _listed(choices: list[object]) -> str:
    return " or ".join(_NAMES[choice] for choice in choices)
