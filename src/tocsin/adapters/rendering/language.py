"""The part of Jinja that a message needs, and nothing that could grow without end."""

from __future__ import annotations

from jinja2 import nodes

from tocsin.domain.errors import InvalidError

NODES = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const, nodes.List, nodes.Tuple,
    nodes.If, nodes.CondExpr, nodes.For, nodes.Assign, nodes.Getattr, nodes.Getitem, nodes.Slice,
    nodes.Filter, nodes.Test, nodes.Call, nodes.Keyword, nodes.Compare, nodes.Operand,
    nodes.And, nodes.Or, nodes.Not, nodes.Add, nodes.Sub, nodes.Mul, nodes.Div, nodes.FloorDiv, nodes.Mod,
    nodes.Neg, nodes.Pos,
)  # fmt: skip

FILTERS = (
    "abs", "capitalize", "count", "d", "default", "dictsort", "e", "escape", "first", "float", "int", "items", "join",
    "last", "length", "list", "lower", "map", "max", "min", "reject", "rejectattr", "reverse", "round", "select",
    "selectattr", "sort", "string", "sum", "title", "trim", "truncate", "unique", "upper", "urlencode", "wordcount",
)  # fmt: skip

METHODS = frozenset({
    "capitalize", "cycle", "endswith", "get", "items", "keys", "lower", "split", "startswith", "strip", "title",
    "upper", "values",
})  # fmt: skip

MEND = "Templates may print, compare, loop, filter and use if; write it with those."


def check(tree: nodes.Template) -> None:
    """Return when `tree` uses only what is allowed.

    Raises:
        InvalidError: it uses more; `field` is the line.
    """
    for node in _walk(tree):
        reason = _refusal(node)
        if reason:
            raise InvalidError(f"line {node.lineno}: {reason}", field=f"line {node.lineno}", mend=MEND)


def _walk(node: nodes.Node) -> list[nodes.Node]:
    found, waiting = [], [node]
    while waiting:
        one = waiting.pop()
        found.append(one)
        waiting.extend(one.iter_child_nodes())
    return found


def _refusal(node: nodes.Node) -> str:
    match node:
        case _ if not isinstance(node, NODES):
            return f"a template may not use {type(node).__name__}"
        case nodes.For(recursive=True):
            return "a loop may not call itself"
        case nodes.Name(name=name) | nodes.Filter(name=name) if name.startswith("_"):
            return f"{name} is not a name for templates"
        case nodes.Call(node=nodes.Name(name="range")) | nodes.Call(node=nodes.Getattr(attr=("cycle"))):
            return ""
        case nodes.Call(node=nodes.Getattr(attr=attr)) if attr in METHODS:
            return ""
        case nodes.Call():
            return "a template may call only range() and simple text methods"
        case nodes.List() | nodes.Tuple(ctx="load") if not all(isinstance(part, nodes.Const) for part in node.items):
            return "a list in a template may hold only literal values"
        case _:
            return ""
