"""An adapter's options: a raw mapping from the configuration becomes its typed form, or an error that says where."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

import msgspec
import re2

from tocsin.domain.errors import InvalidError
from tocsin.flows.ports import PermanentError

Options = TypeVar("Options", bound=msgspec.Struct)
_PATH = re2.compile(r" - at `\$\.?([^`]*)`$")
_NAMED = re2.compile(r"field `([^`]+)`")


def read_options(kind: str, raw: Mapping[str, object], shape: type[Options]) -> Options:
    """Return `raw` as `shape` (a frozen `msgspec.Struct` with `forbid_unknown_fields`).

    Raises:
        InvalidError: a value has the wrong type, is missing, or nobody knows it; `field` names it.
    """
    try:
        return msgspec.convert(dict(raw), shape)
    except msgspec.ValidationError as error:
        message = str(error)
        path, named = _PATH.search(message), _NAMED.search(message)
        field = path.group(1) if path else named.group(1) if named else ""
        known = ", ".join(shape.__struct_encode_fields__)
        raise InvalidError(f"{kind}: {message}", field=field, mend=f"{kind} knows these options: {known}.") from error


def usable_options(validate: Callable[[Mapping[str, object]], Options], raw: Mapping[str, object]) -> Options:
    """Return `validate(raw)` at the moment of use, where a wrong option is a delivery that will never succeed.

    Raises:
        PermanentError: the options do not hold; the message says how to mend them.
    """
    try:
        return validate(raw)
    except InvalidError as error:
        raise PermanentError(f"{error}. {error.mend}") from error
