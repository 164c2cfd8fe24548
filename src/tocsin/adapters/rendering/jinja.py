"""The sandbox itself: Jinja's, with bounded loops, bounded text and unknowns that never fail."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import TracebackType
from typing import Any

from jinja2 import Template, TemplateSyntaxError, nodes, pass_context
from jinja2.exceptions import SecurityError
from jinja2.filters import FILTERS
from jinja2.runtime import Context, LoopContext
from jinja2.sandbox import SandboxedEnvironment

from tocsin.adapters.rendering import language
from tocsin.adapters.rendering.values import Unknown, plain, printed
from tocsin.domain.errors import InvalidError

MAX_CHARS = 65_536
MAX_LOOPS = 10_000
MAX_BITS = 256
KEPT = 256
CUT = "\n… (cut: the message was too long)"
_BUDGET = "_budget"
_DRAW = "_draw"


class Jinja:
    """Renders templates. `max_chars` bounds a source, a value on the way, and the text."""

    def __init__(self, *, max_chars: int = MAX_CHARS) -> None:
        self._max_chars = max_chars
        self._text = _Sandbox(autoescape=False)
        self._html = _Sandbox(autoescape=True)
        # Reading a template costs ten times what filling it does, and an installation has a few dozen of them.
        self._compiled = functools.lru_cache(maxsize=KEPT)(self._compile)

    def check(self, source: str) -> None:
        """Return when `source` is a template that can be rendered.

        Raises:
            InvalidError: it is not; `field` is the line.
        """
        self._compiled(source, self._text)

    def render(self, source: str, fields: Mapping[str, object], *, html: bool = False) -> str:
        """Return the text; what is unknown (missing or None) prints as 'unknown', and the end of a long text is cut.

        With `html`, every value is escaped.

        Raises:
            InvalidError: the template is broken, or fails on these values; `field` is the line.
        """
        template = self._compiled(source, self._html if html else self._text)
        known: dict[str, Any] = {
            str(name): value if type(value) is str else plain(value)  # most are, in every message
            for name, value in fields.items()
            if value is not None
        }
        known[_BUDGET] = iter(range(MAX_LOOPS))
        try:
            return _bounded(template.generate(known), self._max_chars)
        except (RecursionError, MemoryError) as error:
            raise InvalidError("the template is nested too deeply", mend="Write it flatter.") from error
        except Exception as error:  # whatever a template can do wrong, it is the template that is wrong
            line = _line(error.__traceback__)
            raise InvalidError(f"line {line}: {error}", field=f"line {line}", mend=language.MEND) from error

    def _compile(self, source: str, environment: SandboxedEnvironment) -> Template:
        if len(source) > self._max_chars:
            raise InvalidError(f"the template is longer than {self._max_chars} characters", mend="Shorten it.")
        try:
            tree = environment.parse(source)
            language.check(tree)
            for loop in list(tree.find_all(nodes.For)):
                loop.iter = nodes.Filter(loop.iter, _DRAW, [], [], None, None, lineno=loop.lineno)
            return environment.from_string(tree)
        except TemplateSyntaxError as error:
            raise InvalidError(
                f"line {error.lineno}: {error.message}", field=f"line {error.lineno}", mend=language.MEND
            ) from error
        except (RecursionError, SyntaxError, MemoryError) as error:
            raise InvalidError("the template is nested too deeply", mend="Write it flatter.") from error


class _Sandbox(SandboxedEnvironment):
    intercepted_binops = frozenset({"+", "*", "%"})

    def __init__(self, *, autoescape: bool) -> None:
        super().__init__(autoescape=autoescape, undefined=Unknown, finalize=printed, keep_trailing_newline=True)
        self.filters = {name: _patient(FILTERS[name]) for name in language.FILTERS}
        self.filters["join"] = _patient(_join)
        self.filters[_DRAW] = _draw
        self.globals = {"range": self.globals["range"]}

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:  # noqa: ANN401 (Jinja's signature)
        return super().is_safe_attribute(obj, attr, value) and (
            attr in language.METHODS or isinstance(obj, LoopContext) or not callable(value)
        )

    def getattr(self, obj: Any, attribute: str) -> Any:  # noqa: ANN401 (Jinja's signature)
        if isinstance(obj, dict) and attribute in obj:  # a field called `items` is a field
            return obj[attribute]
        return super().getattr(obj, attribute)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:  # noqa: ANN401 (Jinja's signature)
        sizes = [_size(left), _size(right)]
        if operator == "%" and isinstance(left, str):
            raise SecurityError("% is for numbers; use {{ }} to put text together")
        if operator == "*" and max(sizes) and _product(left, right, sizes) > MAX_CHARS:
            raise SecurityError("the product is too large")
        if operator == "+" and sum(sizes) > MAX_CHARS:
            raise SecurityError("the sum is too long")
        if operator == "*" and _bits(left) + _bits(right) > MAX_BITS:
            raise SecurityError("the number is too large")
        return super().call_binop(context, operator, left, right)


def _patient(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return the filter `function` for which unknown stays unknown, unless it is there to replace it."""
    value_at = 1 if hasattr(function, "jinja_pass_arg") else 0

    @functools.wraps(function)
    def filtered(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 (any filter)
        value = args[value_at]
        if isinstance(value, Unknown) and function is not FILTERS["default"]:
            return value
        return function(*args, **kwargs)

    return filtered


def _join(value: Iterable[object], separator: str = ", ", attribute: str | None = None) -> str:
    if len(separator) > 100:  # noqa: PLR2004 (no list reads well with more between its items)
        raise SecurityError("the separator is too long")
    parts = [part.get(attribute, Unknown()) if attribute and isinstance(part, dict) else part for part in value]
    return separator.join(str(printed(part)) for part in parts)


@pass_context
def _draw(context: Context, items: Iterable[object]) -> Iterator[object]:
    """Yield `items` while the template's budget of loop turns lasts."""
    budget = context[_BUDGET]
    for item in items:
        if next(budget, None) is None:
            raise SecurityError(f"the loops take more than {MAX_LOOPS} turns")
        yield item


def _bounded(chunks: Iterable[str], limit: int) -> str:
    parts, length = [], 0
    for chunk in chunks:
        parts.append(chunk[: limit - length])
        length += len(parts[-1])
        if length >= limit:
            return "".join(parts)[: limit - len(CUT)] + CUT
    return "".join(parts)


def _size(value: object) -> int:
    return len(value) if isinstance(value, str | list | tuple) else 0


def _product(left: object, right: object, sizes: list[int]) -> int:
    times = next((number for number in (left, right) if isinstance(number, int)), 1)
    return max(sizes) * times


def _bits(value: object) -> int:
    return value.bit_length() if isinstance(value, int) else 0


def _line(traceback: TracebackType | None) -> int:
    """Return the template's line in which an error happened; Jinja puts its lines into the traceback."""
    line = 0
    while traceback is not None:
        if traceback.tb_frame.f_code.co_filename in {"<template>", "<unknown>"}:
            line = traceback.tb_lineno
        traceback = traceback.tb_next
    return line
