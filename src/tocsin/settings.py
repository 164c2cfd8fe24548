"""The environment, read once. Every secret also accepts a `…_FILE`; a wrong value is named at start, not at first use."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any


class SettingsError(Exception):
    """A setting cannot be right: which, why, and how to mend it. Exit 2."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Where things are and who may reach them. Documented in docs/reference/settings.md.

    `home` holds the embedded database, the local context and the signing keys; nobody else can read it.
    """

    home: Path
    database: str
    host: str = "127.0.0.1"
    port: int = 8787
    public_url: str = "http://127.0.0.1:8787"
    secret: str = ""
    trusted_proxies: tuple[str, ...] = ()
    secure_cookies: bool = False
    with_drills: bool = False
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
    port = _port(environment.get("TOCSIN_PORT", "8787"))
    secret = _secret(environment, "TOCSIN_SECRET")
    if not is_loopback(host) and len(secret) < SHORTEST_SECRET:
        raise SettingsError(
            f"TOCSIN_HOST={host} is reachable from outside, which needs TOCSIN_SECRET (or TOCSIN_SECRET_FILE) of at least "
            f"{SHORTEST_SECRET} characters; make one with: python3 -c 'import secrets; print(secrets.token_urlsafe(32))'"
        )
    public_url = environment.get("TOCSIN_PUBLIC_URL", f"http://{host}:{port}").rstrip("/")
    if not public_url.startswith(("http://", "https://")):
        raise SettingsError(f"TOCSIN_PUBLIC_URL={public_url!r} must begin with http:// or https://")
    settings = Settings(
        home=home,
        database=_secret(environment, "TOCSIN_DATABASE") or f"sqlite:///{home / 'tocsin.db'}",
        host=host,
        port=port,
        public_url=public_url,
        secret=secret,
        trusted_proxies=tuple(p.strip() for p in environment.get("TOCSIN_TRUSTED_PROXIES", "").split(",") if p.strip()),
        secure_cookies=public_url.startswith("https://"),
        with_drills=environment.get("TOCSIN_WITH_DRILLS", "") == "1",
    )
    return replace(settings, **_retention(environment))


SHORTEST_SECRET = 32
_KEPT = ("raw", "jobs", "alerts", "bundles", "samples")


def is_loopback(host: str) -> bool:
    """Return whether only this machine can reach `host`."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 <= int(text) <= 65535:  # noqa: PLR2004 (the highest TCP port)
        raise SettingsError(f"TOCSIN_PORT={text!r} is not a port (0 to 65535)")
    return int(text)


def _retention(environment: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}  # keyword arguments of `replace`
    for kind in _KEPT:
        name = f"TOCSIN_KEEP_{kind.upper()}_DAYS"
        text = environment.get(name)
        if text is None:
            continue
        if not text.isdecimal() or int(text) < 1:
            raise SettingsError(f"{name}={text!r} is not a number of days of at least 1")
        found[f"keep_{kind}"] = timedelta(days=int(text))
    return found


def _secret(environment: Mapping[str, str], name: str) -> str:
    path = environment.get(f"{name}_FILE")
    if path is None:
        return environment.get(name, "")
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise SettingsError(f"{name}_FILE={path}: {error.strerror}") from error
