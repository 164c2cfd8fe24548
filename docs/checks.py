"""The reference of checks: what each looks at, where its lines come from, and which causes it speaks for and against.

The causes are read from the code (`weigh("key", …)` in a check and in what it calls) and told apart by running every
check on the facts of its tests.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections import defaultdict
from collections.abc import Callable, Iterator
from types import FunctionType
from typing import Any

from tocsin.domain.diagnosis.check import Check
from tocsin.domain.diagnosis.checks.catalogue import CHECKS, run_checks
from tocsin.domain.diagnosis.look import Look

Seen = dict[str, set[str]]
Judge = Callable[..., object]


def rows() -> Iterator[tuple[str, str, str, str, str]]:
    """Yield (id, what, thresholds and their source, causes it speaks for, causes it speaks against), by id."""
    supports, refutes = _observed()
    for one in sorted(CHECKS, key=lambda check: check.id):
        against = refutes[one.id]
        for_ = supports[one.id] | (_named(one) - against)
        what = (inspect.getdoc(one.judge) or "").splitlines()[0]
        yield f"`{one.id}`", what, one.source, _keys(for_), _keys(against)


def _keys(causes: set[str]) -> str:
    return ", ".join(f"`{key}`" for key in sorted(causes))


def _observed() -> tuple[Seen, Seen]:
    """Run every check on the facts of its tests; return the causes each spoke for and against."""
    from tests.domain.diagnosis.test_checks import EXPECTED  # noqa: PLC0415 (its facts are asked for here only)

    supports: Seen = defaultdict(set)
    refutes: Seen = defaultdict(set)
    for _, _, bundle in EXPECTED:
        for finding in run_checks(Look(bundle=bundle)):
            supports[finding.check_id] |= {weight.hypothesis for weight in finding.supports}
            refutes[finding.check_id] |= {weight.hypothesis for weight in finding.refutes}
    return supports, refutes


def _named(check: Check[Any]) -> set[str]:
    """Return the causes that the check's own code weighs, and that of functions it calls by name."""
    found: set[str] = set()
    todo: list[Judge] = [check.judge]
    seen: set[str] = set()
    while todo:
        function = todo.pop()
        if (
            not isinstance(function, FunctionType)
            or function.__qualname__ in seen
            or "diagnosis" not in function.__module__
        ):
            continue
        seen.add(function.__qualname__)
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
        calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)]
        for call in calls:
            name = call.func.id if isinstance(call.func, ast.Name) else ""
            first = call.args[0] if call.args else None
            if name == "weigh" and isinstance(first, ast.Constant):
                found.add(str(first.value))
            elif name != "weigh" and (called := function.__globals__.get(name)):
                todo.append(called)
    return found
