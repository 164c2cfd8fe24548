"""What every channel over somebody's HTTP API shares: what a failed call and an answer mean."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from tocsin.flows.ports import PermanentError, TransientError, UnansweredError
from tocsin.net.errors import ForbiddenTargetError, NetError, UntrustedCertificateError
from tocsin.net.http import Answer

AGAIN: Final = frozenset({408, 425, 429})
SERVER_ERRORS: Final = range(500, 600)
# Somebody in between speaks, who does not know what became of it behind them.
GATEWAYS: Final = frozenset({502, 504})


def answered(what: str, call: Callable[[], Answer]) -> Answer:
    """Return a good answer; `what` begins every error's sentence.

    Raises:
        TransientError: no answer, or 408, 425, 429, 5xx; UnansweredError where it may have done as asked all the same.
        PermanentError: it refused, or may not be called.
    """
    try:
        answer = call()
    except ForbiddenTargetError as error:
        raise PermanentError(f"{what}: {error} (set `trusted: true` on the channel if this is meant)") from error
    except UntrustedCertificateError as error:
        raise PermanentError(f"{what}: {error}") from error
    except NetError as error:
        kind = UnansweredError if error.heard else TransientError
        raise kind(f"{what}: {error}") from error
    if answer.ok:
        return answer
    told = f"{what}: answered {answer.status} {answer.text()}".rstrip()
    if answer.status in GATEWAYS:
        raise UnansweredError(told)
    if answer.status in AGAIN or answer.status in SERVER_ERRORS:
        raise TransientError(told)
    raise PermanentError(told)


def plain(text: str) -> str:
    """Return `text` without control characters and halves of surrogate pairs, which no API takes."""
    whole = text.encode("utf-8", "replace").decode()
    return "".join(c for c in whole if c.isprintable() or c == "\n")
