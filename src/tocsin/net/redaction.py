"""Secrets stay out of logs, errors and bundles: every text that quotes the outside passes through here.

Linear time (RE2): the text may come from an attacker. It errs on the side of hiding too much.
"""

from __future__ import annotations

from typing import Protocol
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

import re2

MASK = "***"


class _Match(Protocol):
    def group(self, number: int) -> str: ...


_TELLING_WORD = (
    r"(?:secret|token|passw(?:or)?d|passphrase|pwd|api[_\-]?key|access[_\-]?key|private[_\-]?key"
    r"|routing[_\-]?key|integration[_\-]?key|credential|signature|cookie)"
)
_SECRET_NAME = re2.compile(rf"(?i){_TELLING_WORD}")
_KEYED = re2.compile(
    rf"(?i)([\w.\-]*{_TELLING_WORD}[\w.\-]*\\?[\"']?\s*[:=]\s*)"
    r"(\\\"[^\"]*\"|\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*$|(?:[^\s,;&\"'}\])\\]|\\[^\"])+)"
)
_AUTHORIZATION = re2.compile(r"(?i)(authorization\\?[\"']?\s*[:=]\s*\\?[\"']?)(?:[a-z]+\s+)?[^\s\"'\\,;]+")
_BEARER = re2.compile(r"(?i)\b(bearer\s+)[\w\-.~+/=]{6,}")
_USERINFO = re2.compile(r"([A-Za-z][A-Za-z0-9+.\-]*://[^\s/?#:@\"'<>]*):([^\s\"'<>]*)@")
_PORT = re2.compile(r"^\d{1,5}[/?#]")
_KNOWN_SHAPES = re2.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----[^-]*(?:-----END [A-Z ]*PRIVATE KEY-----)?"
    r"|\b(?:xox[abeoprs]-[\w\-]{6,}|gh[opsru]_\w{20,}|glpat-[\w\-]{10,}|AKIA[0-9A-Z]{16}"
    r"|eyJ[\w\-]+\.eyJ[\w\-]+\.[\w\-]*)"
)

# Whatever one of the above finds has one of these in it.
_SUSPECT = re2.compile(
    (
        rf"(?i){_TELLING_WORD}|authorization|bearer\s|://[^\s/?#:@\"'<>]*:[^\s\"'<>]*@|private key|xox[abeoprs]-|gh[opsru]_|glpat-|akia|eyj"
    ).encode()
)


def redact(text: str) -> str:
    """Return `text` without passwords in URLs and DSNs, bearer tokens and the values of keys named like secrets."""
    clean = text.encode("utf-8", "replace").decode()
    clean = _KNOWN_SHAPES.sub(MASK, clean)
    clean = _USERINFO.sub(_without_password, clean)
    clean = _AUTHORIZATION.sub(rf"\1{MASK}", clean)
    clean = _BEARER.sub(rf"\1{MASK}", clean)
    masked: str = _KEYED.sub(_masked_value, clean)
    return masked


def redact_body(body: bytes) -> bytes:
    """Return a body of text without secrets; one glance tells most that hold none. What is no text stays as it is."""
    if not _SUSPECT.search(body):
        return body
    try:
        return redact(body.decode()).encode()
    except UnicodeDecodeError:
        return body


def is_secret_name(name: str) -> bool:
    """Return whether what is called `name` is likely a secret."""
    return bool(_SECRET_NAME.search(name))


def redact_url(url: str) -> str:
    """Return `url` without its password and without query values that are named like secrets."""
    try:
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2]
        user, colon, _ = parts.netloc.rpartition("@")[0].partition(":")
    except ValueError:
        return "(unreadable URL)"
    bare_token = user and not colon and parts.scheme in {"http", "https"}
    shown = MASK if bare_token else user + (f":{MASK}" if colon else "")
    query = [(name, MASK if _SECRET_NAME.search(name) else value) for name, value in parse_qsl(parts.query)]
    netloc = f"{shown}@{host}" if shown else host
    return redact(urlunsplit((parts.scheme, netloc, parts.path, urlencode(query, safe="*:/", quote_via=quote), "")))


def origin_of(url: str) -> str:
    """Return scheme and host of `url`: all that may be shown where the path itself is a secret (chat webhooks)."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "(unreadable URL)"
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}" if parts.netloc else "(unreadable URL)"


def _without_password(match: _Match) -> str:
    if _PORT.search(match.group(2)):  # http://host:8080/a@b has a port there, not a password
        return f"{match.group(1)}:{match.group(2)}@"
    return f"{match.group(1)}:{MASK}@"


def _masked_value(match: _Match) -> str:
    value = match.group(2)
    if value.startswith('\\"'):
        return match.group(1) + f'\\"{MASK}' + ('\\"' if value.endswith('\\"') else '"')
    opening = value[0] if value[0] in "\"'" else ""
    return f"{match.group(1)}{opening}{MASK}{opening}"
