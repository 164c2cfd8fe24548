"""The rules of the house that a linter cannot say: read from the source itself."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import tocsin

SOURCE = Path(tocsin.__file__).parent
TESTS = Path(__file__).parent.parent
LONGEST_FILE, LONGEST_FUNCTION = 400, 60

# What the domain may lean on: values and arithmetic. No clock, no chance, no system, no log.
PURE = frozenset(
    [
        "__future__",
        "abc",
        "base64",
        "bisect",
        "collections",
        "dataclasses",
        "datetime",
        "difflib",
        "enum",
        "fractions",
        "functools",
        "graphlib",
        "hashlib",
        "heapq",
        "hmac",
        "html",
        "itertools",
        "json",
        "math",
        "operator",
        "statistics",
        "re",
        "string",
        "textwrap",
        "types",
        "typing",
        "unicodedata",
        "urllib.parse",
        "zoneinfo",
        "msgspec",
    ]
)
# google-re2 is the linear-time engine for texts that people and senders bring.
PURE_WITH_RE2 = ("comms/draft", "alerts", "diagnosis")
CLOCKS = frozenset({"now", "utcnow", "today", "fromtimestamp"})


def files(root: Path) -> list[Path]:
    return sorted(p for p in root.rglob("*.py") if "__pycache__" not in p.parts)


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imported(module: ast.Module) -> Iterator[str]:
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def _pure(name: str, path: Path) -> bool:
    if name.split(".", maxsplit=1)[0] == "tocsin":
        return name.startswith("tocsin.domain")
    inside = path.relative_to(SOURCE / "domain").as_posix()
    if name == "pathlib":
        return "import PurePosixPath" in path.read_text(encoding="utf-8")  # spells paths, touches none
    if name == "re2":
        return inside.startswith(PURE_WITH_RE2)
    return name in PURE or name.split(".", maxsplit=1)[0] in PURE - {"urllib"}


@pytest.mark.parametrize("path", files(SOURCE / "domain"), ids=lambda p: p.relative_to(SOURCE).as_posix())
def test_the_domain_sees_values_only(path: Path) -> None:
    module = tree(path)

    assert [name for name in imported(module) if not _pure(name, path)] == []
    clocks = [
        ast.unparse(node.func)
        for node in ast.walk(module)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CLOCKS
    ]
    assert clocks == []
    called = {n.func.id for n in ast.walk(module) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)}
    assert not called & {"open", "print", "input", "eval", "exec", "__import__"}


def test_no_file_is_longer_than_a_reader_can_hold() -> None:
    long = {p.relative_to(SOURCE).as_posix(): n for p in files(SOURCE) if (n := len(p.read_text().splitlines())) > 400}
    # Two lists that are read as tables: every event there is, and everything the store promises.
    assert set(long) <= {"domain/incident/events.py", "flows/storage.py"}, long


def test_no_function_is_longer_than_a_screen() -> None:
    long = [
        f"{path.relative_to(SOURCE)}:{node.lineno} {node.name} has {length} lines"
        for path in files(SOURCE)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (length := (node.end_lineno or node.lineno) - node.body[0].lineno + 1) > LONGEST_FUNCTION
        and "migrations" not in path.parts
    ]
    assert long == []


def test_every_module_says_why_it_exists() -> None:
    silent = [str(p.relative_to(SOURCE)) for p in files(SOURCE) if not ast.get_docstring(tree(p))]
    assert silent == []


def test_nothing_is_mocked() -> None:
    mocked = [
        str(path)
        for path in (*files(SOURCE), *files(TESTS))
        for name in imported(tree(path))
        if name in {"mock", "unittest.mock", "pytest_mock", "freezegun", "time_machine"}
    ]
    assert mocked == []


def test_patterns_of_the_engine_that_can_be_stalled_are_our_own() -> None:
    """`re` backtracks: a pattern that somebody brings goes to RE2, and what stands in our files is written there."""
    brought = [
        f"{path.relative_to(SOURCE)}:{node.lineno}"
        for path in files(SOURCE)
        for function in ast.walk(tree(path))
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and ast.unparse(node.func.value) == "re"
        and node.func.attr != "escape"
        and not isinstance(node.args[0], ast.Constant)
    ]
    assert brought == []


def test_no_shell_is_started() -> None:
    shells = [
        f"{path.relative_to(SOURCE)}:{node.lineno}"
        for path in files(SOURCE)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call)
        and (
            any(k.arg == "shell" and ast.unparse(k.value) != "False" for k in node.keywords)
            or ast.unparse(node.func) in {"os.system", "os.popen", "subprocess.getoutput", "subprocess.getstatusoutput"}
        )
    ]
    assert shells == []
