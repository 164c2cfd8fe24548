"""What short messages and calls by Twilio's REST API share; servers that speak it as well are reached by `url`."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Final
from urllib.parse import urlencode

import msgspec

from tocsin.adapters.channels.http_api import answered
from tocsin.adapters.options import read_options
from tocsin.domain.errors import InvalidError
from tocsin.flows.ports import PermanentError
from tocsin.net.http import Answer, Http
from tocsin.net.redaction import origin_of

VERSION: Final = "2010-04-01"
# How a message that was taken can turn out at once not to be sent.
LOST: Final = frozenset({"failed", "undelivered", "canceled"})
# Twilio's clock and the database's may differ.
SKEW: Final = timedelta(minutes=2)
_SHORTEST_NUMBER, _LONGEST_NUMBER = 3, 15


class TwilioOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whose account, by which number. `token` is its value, already resolved; it also signs what Twilio tells us.

    `sender` is a number, or the id of a messaging service. `language` is how a call is spoken. `trusted` allows an
    address that is not public.
    """

    account: str
    token: str
    sender: str
    url: str = "https://api.twilio.com"
    language: str = "en-GB"
    trusted: bool = False


class Taken(msgspec.Struct, frozen=True):
    """What became of a message or call, as far as is known."""

    sid: str = ""
    status: str | None = None
    error_code: int | None = None


def validate_options(kind: str, raw: Mapping[str, object]) -> TwilioOptions:
    """Return the options in `raw`.

    Raises:
        InvalidError: an option is missing, unknown or of the wrong type, or `url` is not http(s).
    """
    options = read_options(kind, raw, TwilioOptions)
    if not options.url.startswith(("http://", "https://", "env:", "file:")):
        mend = "Leave it out for Twilio itself, or write the whole address."
        raise InvalidError(f"{kind}: {options.url[:40]!r} is not an http or https URL", field="url", mend=mend)
    for name in ("account", "token", "sender"):
        if not getattr(options, name).strip():
            raise InvalidError(f"{kind}: {name} is empty", field=name, mend="Find it in the provider's console.")
    return options


def number_of(to: str) -> str:
    """Return a telephone number as the API wants it.

    Raises:
        PermanentError: it is none in international form.
    """
    digits = "".join(c for c in to if c not in " -()./")
    usable = digits[1:].isascii() and digits[1:].isdecimal()
    if not digits.startswith("+") or not usable or not _SHORTEST_NUMBER <= len(digits) - 1 <= _LONGEST_NUMBER:
        raise PermanentError("the address is no telephone number; write it as +49 151 2345678")
    return digits


def post(http: Http, options: TwilioOptions, what: str, fields: Mapping[str, str], *, limit_s: float) -> str:
    """Create a message or a call (`what` is Messages or Calls) and return its id.

    Raises:
        TransientError: no answer, or one that says to try again.
        PermanentError: it refused, or says that it will not be sent.
    """
    headers = {"Content-Type": "application/x-www-form-urlencoded", **_credentials(options)}
    body = urlencode(fields).encode()
    told = f"{what} at {origin_of(options.url)}"
    url = _address(options, what)
    answer = answered(told, lambda: http.post(url, body, limit_s=limit_s, trusted=options.trusted, headers=headers))
    taken = _read(answer, Taken, Taken())
    if taken.status in LOST:
        raise PermanentError(f"{told}: {taken.status}, error {taken.error_code}")
    return taken.sid or f"HTTP {answer.status}"


def listed(http: Http, options: TwilioOptions, what: str, query: Mapping[str, str], *, limit_s: float) -> Any:  # noqa: ANN401 (JSON of somebody else)
    """Return what the API lists.

    Raises:
        TransientError: no answer, or one that says to try again.
        PermanentError: it refused.
    """
    url = f"{_address(options, what)}?{urlencode(query)}"
    told = f"a list of {what} at {origin_of(options.url)}"
    answer = answered(
        told, lambda: http.get(url, limit_s=limit_s, trusted=options.trusted, headers=_credentials(options))
    )
    return _read(answer, dict, {})


def moment(text: str) -> datetime:
    """Return when the API says that something was; long ago where it does not say."""
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _address(options: TwilioOptions, what: str) -> str:
    return f"{options.url.rstrip('/')}/{VERSION}/Accounts/{options.account}/{what}.json"


def _credentials(options: TwilioOptions) -> dict[str, str]:
    pair = f"{options.account}:{options.token}".encode()
    return {"Authorization": f"Basic {b64encode(pair).decode()}"}


def _read(answer: Answer, shape: Any, instead: Any) -> Any:  # noqa: ANN401 (whatever shape is asked for)
    try:
        return msgspec.json.decode(answer.body, type=shape)
    except msgspec.DecodeError:
        return instead
