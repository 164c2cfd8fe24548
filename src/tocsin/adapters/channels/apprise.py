"""The long tail: every service that the apprise library knows, by its address there (`tgram://…`, `discord://…`).

The library makes its own connections: the guarded client stands before none of them, which is why an address counts as
the operator's own. It says only whether all went well, and has time limits of its own; ours is kept beside them.
"""

from __future__ import annotations

import logging
import threading
import warnings
from collections.abc import Mapping
from importlib import import_module
from typing import Any, Final

import msgspec

from tocsin.adapters.channels.http_api import plain
from tocsin.adapters.options import read_options, usable_options
from tocsin.flows.ports import Message, PermanentError, TransientError, UnansweredError

# What it logs names addresses, which hold secrets.
logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)
_LOADING: Final = threading.Lock()


class AppriseOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An empty `url` means that the contact's address is the service's; it may be a reference (`env:`, `file:`)."""

    url: str = ""


def validate_options(raw: Mapping[str, object]) -> AppriseOptions:
    """Return the options in `raw`.

    Raises:
        InvalidError: an option is unknown or has the wrong type.
    """
    return read_options("apprise", raw, AppriseOptions)


class Apprise:
    """Hands messages to the library."""

    kind = "apprise"

    def deliver(self, message: Message, options: Mapping[str, object], deadline_s: float) -> str:
        """Send `message`; there is no receipt but the service's name.

        Raises:
            TransientError: the service did not take it, or not in time.
            PermanentError: the address is none that the library knows.
        """
        url = usable_options(validate_options, options).url or message.to
        library = _library()
        service = library.Apprise.instantiate(url, suppress_exceptions=True)
        if service is None:
            scheme = url.partition("://")[0][:20] if "://" in url else "an address without a scheme"
            raise PermanentError(f"{message.kind} {message.key}: apprise cannot read this address ({scheme})")
        what = f"{message.kind} {message.key} by apprise to {service.service_name}"
        title = plain(message.subject) + (" (possible repeat)" if message.possible_repeat else "")
        taken = _in_time(lambda: service.notify(body=plain(message.text), title=title), deadline_s, what)
        if not taken:
            raise TransientError(f"{what}: the service did not take it")
        return f"{service.service_name}"


def _library() -> Any:  # noqa: ANN401 (a module)
    """Return the library; loading its hundred services takes a second, which only who uses it should wait for."""
    with _LOADING, warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # it still asks for a module that Python is to lose
        library = import_module("apprise")
        library.Apprise.instantiate("json://localhost", suppress_exceptions=True)
        return library


def _in_time(send: Any, deadline_s: float, what: str) -> bool:  # noqa: ANN401 (the library's own method)
    """Return what `send` says; one that takes too long is left behind in its thread."""
    answers: list[bool | Exception] = []

    def run() -> None:
        try:
            answers.append(bool(send()))
        except Exception as error:  # noqa: BLE001 (a hundred services, each with errors of its own)
            answers.append(error)

    thread = threading.Thread(target=run, name="apprise", daemon=True)
    thread.start()
    thread.join(deadline_s)
    if not answers:
        raise UnansweredError(f"{what}: no answer within {deadline_s:g} s")
    answer = answers[0]
    if isinstance(answer, Exception):
        raise TransientError(f"{what}: {type(answer).__name__}") from answer
    return answer
