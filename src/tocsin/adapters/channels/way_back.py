"""What every way back to a sender shares: its address and credential, and what its answer means."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from tocsin.adapters.options import read_options
from tocsin.domain.errors import InvalidError
from tocsin.flows.ports import PermanentError, TransientError, UnansweredError
from tocsin.net.errors import ForbiddenTargetError, NetError, UntrustedCertificateError
from tocsin.net.http import Answer
from tocsin.net.redaction import origin_of

AGAIN = frozenset({408, 425, 429})
SERVER_ERRORS = range(500, 600)
ACKNOWLEDGE, UNACKNOWLEDGE, RESOLVE = "acknowledge", "unacknowledge", "resolve"


class WayBackOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the sender takes it, and its credential (already resolved; '' where it asks for none)."""

    url: str
    key: str = ""

    def at(self, path: str) -> str:
        """Return the address of a path there."""
        return f"{self.url.rstrip('/')}/{path}"


def validate_options(raw: Mapping[str, object]) -> WayBackOptions:
    """Return the options in `raw`.

    Raises:
        InvalidError: an option is unknown or has the wrong type, or `url` is not http(s).
    """
    options = read_options("write_back", raw, WayBackOptions)
    if not options.url.startswith(("http://", "https://")):
        mend = "Write the sender's own address, such as https://events.pagerduty.com."
        raise InvalidError(f"write_back: {options.url[:40]!r} is not an http or https URL", field="url", mend=mend)
    return options


def called(what: str, options: WayBackOptions, call: Callable[[], Answer]) -> Answer:
    """Return a good answer.

    Raises:
        TransientError: no answer, or 408, 425, 429, 5xx.
        PermanentError: it refused, or may not be called.
    """
    told = f"{what} at {origin_of(options.url)}"
    try:
        answer = call()
    except (ForbiddenTargetError, UntrustedCertificateError) as error:
        raise PermanentError(f"{told}: {error}") from error
    except NetError as error:
        kind = UnansweredError if error.heard else TransientError
        raise kind(f"{told}: {error}") from error
    if answer.ok:
        return answer
    reason = f"{told}: answered {answer.status} {answer.text()}".rstrip()
    if answer.status in AGAIN or answer.status in SERVER_ERRORS:
        raise TransientError(reason)
    raise PermanentError(reason)


def bearer(key: str) -> dict[str, str]:
    """Return the header that carries a key, none without one."""
    return {"Authorization": f"Bearer {key}"} if key else {}
