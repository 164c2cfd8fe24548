"""YAML as a tree that remembers where every value stands, also after one file has been laid over another."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal

from ruamel.yaml import YAML, MappingNode, SequenceNode
from ruamel.yaml import Node as YamlNode
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from tocsin.config.problems import Problem

Step = str | int
Where = tuple[Step, ...]
Scalar = str | int | float | bool | None
Blend = Literal["", "replace", "first"]

_MOST_NODES: Final = 200_000
_TRUE: Final = frozenset({"true", "True", "TRUE"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """One value and its place. `value` is a scalar, a mapping of trees, or a list of trees.

    `blend` is how it is laid over an inherited value: `replace` puts it in its place, `first` puts its keys in front.
    """

    file: str
    line: int
    value: Scalar | dict[str, Tree] | list[Tree]
    blend: Blend = ""

    def plain(self) -> object:
        """Return the value without its places."""
        match self.value:
            case dict() as mapping:
                return {key: child.plain() for key, child in mapping.items()}
            case list() as items:
                return [child.plain() for child in items]
            case scalar:
                return scalar


def read_tree(path: Path, *, name: str = "") -> tuple[Tree | None, list[Problem]]:
    """Return the file's tree (None when it cannot be read at all) and what is wrong with it as YAML."""
    shown = name or str(path)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason, mend = (
            (error.strerror, "Check its path and rights.")
            if isinstance(error, OSError)
            else ("it is not UTF-8 text", "Save it as UTF-8; a backup is restored with `tocsin restore`.")
        )
        return None, [Problem(file=shown, line=0, field="", message=f"cannot be read: {reason}", mend=mend)]
    return parse_tree(text, shown)


def parse_tree(text: str, file: str) -> tuple[Tree | None, list[Problem]]:
    """Return the tree of the YAML in `text` and what is wrong with it as YAML; `file` is the name errors carry."""
    try:
        root = YAML(typ="safe", pure=True).compose(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        what = " ".join(part for part in (error.context, error.problem) if part)
        return None, [
            Problem(file=file, line=mark.line + 1 if mark else 0, field="", message=f"not YAML: {what}", mend=_MEND)
        ]
    except YAMLError as error:
        return None, [Problem(file=file, line=0, field="", message=f"not YAML: {error}", mend=_MEND)]
    if root is None:
        return Tree(file=file, line=1, value={}), []
    reader = _Reader(file)
    return reader.tree(root, ()), reader.problems


def find(root: Tree, where: Where) -> Tree:
    """Return the tree at `where`, or the nearest one above it. A name finds a key, or a list's item by its `key`."""
    at = root
    for step in where:
        child = _child(at, step)
        if child is None:
            return at
        at = child
    return at


def field_of(where: Where) -> str:
    """Return `where` as a person writes it: `teams.core.members[0]`."""
    text = ""
    for step in where:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def lay_over(under: Tree, over: Tree) -> Tree:
    """Return `over` laid over `under`: mappings and keyed lists merge key by key, `null` takes a value out, all else replaces."""
    lower, upper = _as_mapping(under), _as_mapping(over)
    if over.blend == "replace" or lower is None or upper is None:
        return replace(over, blend="")
    merged = {key: lay_over(lower[key], child) if key in lower else child for key, child in upper.items()}
    inherited = {key: child for key, child in lower.items() if key not in upper}
    order = [*upper, *inherited] if over.blend == "first" else [*lower, *(key for key in upper if key not in lower)]
    kept = {key: merged.get(key) or inherited[key] for key in order}
    return Tree(file=over.file, line=over.line, value={k: v for k, v in kept.items() if v.value is not None})


_MEND: Final = "Mend the YAML; indentation and quotes are the usual reasons."


class _Reader:
    """Turns ruamel's nodes into trees, collecting what is wrong on the way."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []
        self._open: set[int] = set()
        self._left = _MOST_NODES

    def tree(self, node: YamlNode, where: Where) -> Tree:
        line = node.start_mark.line + 1
        self._left -= 1
        if id(node) in self._open or self._left < 0:
            self._say(
                line, where, "refers to itself or repeats itself too often", "Write the value out instead of an alias."
            )
            return Tree(file=self.file, line=line, value=None)
        self._open.add(id(node))
        value = self._value(node, where)
        self._open.discard(id(node))
        return Tree(file=self.file, line=line, value=value, blend=self._blend(node, where))

    def _value(self, node: YamlNode, where: Where) -> Scalar | dict[str, Tree] | list[Tree]:
        if isinstance(node, MappingNode):
            return self._mapping(node, where)
        if isinstance(node, SequenceNode):
            return [self.tree(child, (*where, i)) for i, child in enumerate(node.value)]
        return _scalar(str(node.tag), str(node.value))

    def _mapping(self, node: MappingNode, where: Where) -> dict[str, Tree]:
        found: dict[str, Tree] = {}
        for key_node, child in node.value:
            line = key_node.start_mark.line + 1
            key = str(key_node.value)
            if key in found:
                said = f"{key} is given twice, first on line {found[key].line}"
                self._say(line, (*where, key), said, "Keep one of them.")
                continue
            found[key] = replace(self.tree(child, (*where, key)), line=line)
        return found

    def _blend(self, node: YamlNode, where: Where) -> Blend:
        tag = str(node.tag)
        if tag == "!replace":
            return "replace"
        if tag == "!first":
            return "first"
        if tag.startswith("!"):
            self._say(node.start_mark.line + 1, where, f"the tag {tag} means nothing here", "Known: !replace, !first.")
        return ""

    def _say(self, line: int, where: Where, message: str, mend: str) -> None:
        self.problems.append(Problem(file=self.file, line=line, field=field_of(where), message=message, mend=mend))


def _scalar(tag: str, text: str) -> Scalar:
    kind = tag.rpartition(":")[2]
    if kind == "null":
        return None
    if kind == "bool":
        return text in _TRUE
    if kind in {"int", "float"}:
        return _number(text, kind)
    return text


def _number(text: str, kind: str) -> Scalar:
    plain = text.replace("_", "")
    try:
        return int(plain, 0) if kind == "int" else float(plain.replace(".inf", "inf").replace(".nan", "nan"))
    except ValueError:
        return text  # such as 007, which YAML calls a number and people mean as text


def _child(tree: Tree, step: Step) -> Tree | None:
    if isinstance(tree.value, dict):
        if isinstance(step, str):
            return tree.value.get(step)
        return list(tree.value.values())[step] if step < len(tree.value) else None
    if isinstance(tree.value, list):
        if isinstance(step, str):
            return next((item for item in tree.value if _key_of(item) == step), None)
        return tree.value[step] if step < len(tree.value) else None
    return None


def _key_of(item: Tree) -> str | None:
    key = item.value.get("key") if isinstance(item.value, dict) else None
    return str(key.value) if key is not None else None


def _as_mapping(tree: Tree) -> dict[str, Tree] | None:
    """A mapping as it is, a list of items that all have a `key` by their keys, anything else not at all."""
    if isinstance(tree.value, dict):
        return tree.value
    if isinstance(tree.value, list) and tree.value:
        keyed = {key: item for item in tree.value if (key := _key_of(item)) is not None}
        if len(keyed) == len(tree.value):
            return keyed
    return None
