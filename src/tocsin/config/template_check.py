"""Whether a template can be filled, found out when it is written and not when somebody is waiting for the message."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from jinja2 import TemplateSyntaxError, meta, nodes
from jinja2.sandbox import SandboxedEnvironment

from tocsin.config.problems import did_you_mean
from tocsin.domain.comms.fields import FIELD_NAMES, PUBLIC_FIELDS

_OUTSIDE: Final = "Customers and the public may read the public_ fields, times, status and service."


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """What is wrong on which line of a template, from 1."""

    line: int
    message: str
    mend: str


def template_mistakes(
    source: str, *, outside: bool = False, known: Collection[str] = FIELD_NAMES, kind: str = "message"
) -> list[Mistake]:
    """Return what keeps `source` from being filled: broken syntax, unknown filters, fields no message has, other files.

    `outside` is for customers and the public: such a template may only name what may be shown to them. `known` are the
    fields of a template of another `kind`.
    """
    environment = SandboxedEnvironment(autoescape=False)
    try:
        tree = environment.parse(source)
        environment.compile(source)
    except TemplateSyntaxError as error:
        return [
            Mistake(
                line=error.lineno,
                message=f"the template is broken: {error.message}",
                mend="Mend it; see docs on templates.",
            )
        ]
    unknown = meta.find_undeclared_variables(tree) - set(known)
    found = [
        Mistake(line=name.lineno, message=f"no {kind} has a field {name.name!r}", mend=did_you_mean(name.name, known))
        for name in tree.find_all(nodes.Name)
        if name.name in unknown
    ]
    if outside:
        found += [
            Mistake(line=name.lineno, message=f"{name.name} is for people inside", mend=_OUTSIDE)
            for name in tree.find_all(nodes.Name)
            if name.name in set(FIELD_NAMES) - PUBLIC_FIELDS
        ]
    if any(True for _ in meta.find_referenced_templates(tree)):
        found.append(Mistake(line=1, message="a template cannot include another", mend="Write the text here."))
    return found
