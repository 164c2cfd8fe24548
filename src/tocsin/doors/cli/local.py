"""Errors of what runs here rather than behind the API, each with its exit code."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tocsin.domain.errors import InvalidError, RefusedError
from tocsin.doors.cli.exits import CommandError, ExitCode
from tocsin.flows.access import DeniedError
from tocsin.flows.policies import NotConfiguredError
from tocsin.flows.ports import PermanentError, TransientError
from tocsin.flows.storage import DatabaseAddressError, StoreUnavailableError

_CODES: tuple[tuple[type[Exception], ExitCode], ...] = (
    (InvalidError, ExitCode.USAGE),
    (RefusedError, ExitCode.CONFLICT),
    (DeniedError, ExitCode.AUTH),
    (DatabaseAddressError, ExitCode.USAGE),
    (StoreUnavailableError, ExitCode.UNAVAILABLE),
    (TransientError, ExitCode.UNAVAILABLE),
    (NotConfiguredError, ExitCode.UNAVAILABLE),
    (PermanentError, ExitCode.ERROR),
    (OSError, ExitCode.ERROR),
)


@contextmanager
def locally() -> Iterator[None]:
    """Turn what local work raises into the error of a command."""
    try:
        yield
    except tuple(kind for kind, _ in _CODES) as error:
        code = next(code for kind, code in _CODES if isinstance(error, kind))
        where, mend = str(getattr(error, "field", "")), str(getattr(error, "mend", ""))
        text = str(error)
        # A configuration's errors carry their places and mends line by line already.
        told = {} if mend and mend in text else {"where": where, "mend": mend}
        raise CommandError(text, code, **told) from error
