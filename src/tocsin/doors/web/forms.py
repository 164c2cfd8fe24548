"""A form's fields as the bodies the API takes: the same names, units and limits."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final, TypeVar, get_args, get_origin

from pydantic import AwareDatetime, BaseModel, ValidationError
from starlette.datastructures import FormData

from tocsin.domain.errors import InvalidError
from tocsin.doors.http import bodies as b

B = TypeVar("B", bound=BaseModel)
_MENDS: Final = {
    "missing": "Fill it in.",
    "string_too_short": "Fill it in.",
    "string_too_long": "Say it in fewer words, or put it into a note.",
    "timezone_aware": "Write it like 2026-01-31T14:23:00, in UTC.",
    "datetime_from_date_parsing": "Write it like 2026-01-31T14:23:00, in UTC.",
    "datetime_parsing": "Write it like 2026-01-31T14:23:00, in UTC.",
}


def read_form(model: type[B], form: FormData) -> B:
    """Return the body that `form` fills in; empty fields are left out, lists come one item a line.

    Raises:
        InvalidError: a value cannot be used; names the field.
    """
    try:
        return model.model_validate(_fields(model, form))
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        message = f"{name.replace('_', ' ')}: {first['msg'][:1].lower()}{first['msg'][1:]}"
        raise InvalidError(
            message, field=name, mend=_MENDS.get(first["type"], "Change it and send it again.")
        ) from error


def read_plan(form: FormData) -> b.PlanBody:
    """Return what to plan: one action with its parameters, one `name = value` a line, or what the diagnosis proposes.

    Raises:
        InvalidError: a line is not `name = value`, or a value cannot be used.
    """
    body = read_form(b.PlanBody, form)
    action = _text(form, "action")
    if not action:
        return body
    params = {}
    for line in _lines([_text(form, "params")]):
        name, equals, value = line.partition("=")
        if not equals:
            mend = "Write one parameter a line, like: older_than = 300"
            raise InvalidError(f"params: {line!r} has no value", field="params", mend=mend)
        params[name.strip()] = value.strip()
    return body.model_copy(update={"actions": [b.AskBody(action=action, params=params)]})


def _fields(model: type[BaseModel], form: FormData, prefix: str = "") -> dict[str, object]:
    found: dict[str, object] = {}
    for name, info in model.model_fields.items():
        kind = info.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            found[name] = _fields(kind, form, prefix=f"{name}.")
            continue
        given = [v.strip() for v in form.getlist(prefix + name) if isinstance(v, str) and v.strip()]
        if not given:
            continue
        if get_origin(kind) in {list, tuple}:
            found[name] = _lines(given)
        elif get_origin(kind) is not dict:
            found[name] = _moment(given[-1]) if _is_moment(kind) else given[-1]
    return found


def _lines(given: list[str]) -> list[str]:
    return [line.strip() for text in given for line in text.splitlines() if line.strip()]


def _is_moment(kind: Any) -> bool:  # noqa: ANN401 (an annotation can be anything)
    return kind is AwareDatetime or kind is datetime or any(_is_moment(arg) for arg in get_args(kind))


def _moment(text: str) -> str:
    """Return a time with its zone: fields of forms have none and say that they are in UTC."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return text
    return at.isoformat() if at.tzinfo else at.replace(tzinfo=UTC).isoformat()


def _text(form: FormData, name: str) -> str:
    value = form.get(name, "")
    return value.strip() if isinstance(value, str) else ""
