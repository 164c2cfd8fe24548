"""The environment, read once. Every secret also accepts a `…_FILE`; a wrong value is named at start, not at first use."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit


class SettingsError(Exception):
    """A setting cannot be right: which, why, and how to mend it. Exit 2."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Where things are and who may reach them. Documented in docs/reference/settings.md.

    `home` holds the embedded database, the local context and the signing keys; nobody else can read it. With `smtp_port`
    0 no mail is taken.
    """

    home: Path
    database: str = field(repr=False)
    host: str = "127.0.0.1"
    port: int = 8787
    public_url: str = "http://127.0.0.1:8787"
    secret: str = field(default="", repr=False)
    trusted_proxies: tuple[str, ...] = ()
    secure_cookies: bool = False
    with_drills: bool = False
    smtp_host: str = "127.0.0.1"
    smtp_port: int = 0
    workers: int = 16
    lease: timedelta = timedelta(seconds=10)
    keep_raw: timedelta = timedelta(days=30)
    keep_jobs: timedelta = timedelta(days=90)
    keep_alerts: timedelta = timedelta(days=90)
    keep_bundles: timedelta = timedelta(days=365)
    keep_samples: timedelta = timedelta(days=14)


def read(environment: Mapping[str, str]) -> Settings:
    """Return the settings that `environment` names.

    Raises:
        SettingsError: a value cannot be used; or a public address was asked for without a secret.
    """
    home = Path(environment.get("TOCSIN_HOME") or "~/.local/state/tocsin").expanduser().resolve()
    host = environment.get("TOCSIN_HOST", "127.0.0.1")
    port = _port("TOCSIN_PORT", environment.get("TOCSIN_PORT", "8787"))
    secret = _secret(environment, "TOCSIN_SECRET")
    if not is_loopback(host) and len(secret) < SHORTEST_SECRET:
        raise SettingsError(
            f"TOCSIN_HOST={host} is reachable from outside, which needs TOCSIN_SECRET (or TOCSIN_SECRET_FILE) of at least "
            f"{SHORTEST_SECRET} characters; make one with: python3 -c 'import secrets; print(secrets.token_urlsafe(32))'"
        )
    here = f"[{host}]" if ":" in host else host
    public_url = _public_url(environment.get("TOCSIN_PUBLIC_URL", f"http://{here}:{port}"))
    settings = Settings(
        home=home,
        database=_secret(environment, "TOCSIN_DATABASE") or f"sqlite:///{home / 'tocsin.db'}",
        host=host,
        port=port,
        public_url=public_url,
        secret=secret,
        trusted_proxies=_proxies(environment.get("TOCSIN_TRUSTED_PROXIES", "")),
        secure_cookies=public_url.startswith("https://"),
        with_drills=_switch(environment, "TOCSIN_WITH_DRILLS"),
        smtp_host=environment.get("TOCSIN_SMTP_HOST") or host,
        smtp_port=_port("TOCSIN_SMTP_PORT", environment.get("TOCSIN_SMTP_PORT") or "0"),
    )
    return replace(settings, **_retention(environment))


SHORTEST_SECRET = 32
LONGEST_KEPT = 36_500
_KEPT = ("raw", "jobs", "alerts", "bundles", "samples")


def is_loopback(host: str) -> bool:
    """Return whether only this machine can reach `host`."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _port(name: str, text: str) -> int:
    if not (text.isascii() and text.isdecimal()) or not 0 <= int(text) <= 65535:  # noqa: PLR2004 (the highest TCP port)
        raise SettingsError(f"{name}={text!r} is not a port (0 to 65535)")
    return int(text)


def _public_url(text: str) -> str:
    try:
        parts = urlsplit(text)
        fits = parts.scheme in {"http", "https"} and bool(parts.hostname) and " " not in text and text.isprintable()
    except ValueError:
        fits = False
    if not fits:
        raise SettingsError(f"TOCSIN_PUBLIC_URL={text!r} is not an address that begins with http:// or https://")
    return text.rstrip("/")


def _proxies(text: str) -> tuple[str, ...]:
    found = tuple(part.strip() for part in text.split(",") if part.strip())
    for one in found:
        try:
            ipaddress.ip_network(one, strict=False)
        except ValueError as error:
            mend = "list addresses or networks, such as 10.0.0.1,10.1.0.0/16"
            raise SettingsError(f"TOCSIN_TRUSTED_PROXIES: {one!r} is no address; {mend}") from error
    return found


def _switch(environment: Mapping[str, str], name: str) -> bool:
    text = environment.get(name, "")
    if text not in {"", "0", "1"}:
        raise SettingsError(f"{name}={text!r} is neither 1 nor 0")
    return text == "1"


def _retention(environment: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}  # keyword arguments of `replace`
    for kind in _KEPT:
        name = f"TOCSIN_KEEP_{kind.upper()}_DAYS"
        text = environment.get(name)
        if text is None:
            continue
        if not (text.isascii() and text.isdecimal()) or not 1 <= int(text) <= LONGEST_KEPT:
            raise SettingsError(f"{name}={text!r} is not a number of days from 1 to {LONGEST_KEPT}")
        found[f"keep_{kind}"] = timedelta(days=int(text))
    return found


def _secret(environment: Mapping[str, str], name: str) -> str:
    path = environment.get(f"{name}_FILE")
    if path is None:
        return environment.get(name, "")
    try:
        text = Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise SettingsError(f"{name}_FILE={path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"{name}_FILE={path}: not text in UTF-8") from error
    if not text:
        raise SettingsError(f"{name}_FILE={path}: the file is empty")
    return text
