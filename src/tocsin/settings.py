"""The environment, read once. Every secret also accepts a `…_FILE`; a wrong value is named at start, not at first use."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal, get_args
from urllib.parse import urlsplit

LogLevel = Literal["debug", "info", "warning", "error"]


class SettingsError(Exception):
    """A setting cannot be right: which, why, and how to mend it. Exit 2."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Where things are and who may reach them. Documented in docs/reference/settings.md.

    `home` holds the embedded database, the local context and the signing keys; nobody else can read it. With `smtp_port`
    0 no mail is taken. `deadman_url` is asked while all is well, by whoever notices when it is not.
    """

    home: Path
    database: str = field(repr=False)
    host: str = "127.0.0.1"
    port: int = 8787
    public_url: str = "http://127.0.0.1:8787"
    secrets: tuple[str, ...] = field(default=(), repr=False)
    trusted_proxies: tuple[str, ...] = ()
    secure_cookies: bool = False
    with_drills: bool = False
    log_level: LogLevel = "info"
    smtp_host: str = "127.0.0.1"
    smtp_port: int = 0
    smtp_certificate: str = ""
    smtp_key: str = ""
    deadman_url: str = field(default="", repr=False)
    deadman_every: timedelta = timedelta(minutes=1)
    workers: int = 16
    lease: timedelta = timedelta(seconds=8)
    keep_raw: timedelta = timedelta(days=30)
    keep_jobs: timedelta = timedelta(days=90)
    keep_alerts: timedelta = timedelta(days=90)
    keep_bundles: timedelta = timedelta(days=365)
    keep_samples: timedelta = timedelta(days=14)
    keep_changes: timedelta = timedelta(days=365)

    @property
    def allows_drills(self) -> bool:
        """Whether drills may run here: they were asked for, and nobody else can reach this instance."""
        return self.with_drills and is_loopback(self.host)


def read(environment: Mapping[str, str]) -> Settings:
    """Return the settings that `environment` names.

    Raises:
        SettingsError: a value cannot be used; or a public address was asked for without a secret.
    """
    home = Path(environment.get("TOCSIN_HOME") or "~/.local/state/tocsin").expanduser().resolve()
    host = environment.get("TOCSIN_HOST", "127.0.0.1")
    port = _port("TOCSIN_PORT", environment.get("TOCSIN_PORT", "8787"))
    secrets = _secrets(environment)
    if not is_loopback(host) and not secrets:
        raise SettingsError(
            f"TOCSIN_HOST={host} is reachable from outside, which needs TOCSIN_SECRET (or TOCSIN_SECRET_FILE) of at least "
            f"{SHORTEST_SECRET} characters; {HOW_TO_MAKE_ONE}"
        )
    here = f"[{host}]" if ":" in host else host
    public_url = _public_url(environment.get("TOCSIN_PUBLIC_URL", f"http://{here}:{port}"))
    settings = Settings(
        home=home,
        database=_secret(environment, "TOCSIN_DATABASE") or f"sqlite:///{home / 'tocsin.db'}",
        host=host,
        port=port,
        public_url=public_url,
        secrets=secrets,
        trusted_proxies=_proxies(environment.get("TOCSIN_TRUSTED_PROXIES", "")),
        secure_cookies=public_url.startswith("https://"),
        with_drills=_switch(environment, "TOCSIN_WITH_DRILLS"),
        log_level=_log_level(environment.get("TOCSIN_LOG_LEVEL", "info")),
        smtp_host=environment.get("TOCSIN_SMTP_HOST") or host,
        smtp_port=_port("TOCSIN_SMTP_PORT", environment.get("TOCSIN_SMTP_PORT") or "0"),
    )
    more = {**_work(environment), **_retention(environment), **_mail(environment), **_deadman(environment)}
    return replace(settings, **more)


SHORTEST_SECRET = 32
HOW_TO_MAKE_ONE = "make one with: python3 -c 'import secrets; print(secrets.token_urlsafe(32))'"
MOST_WORKERS = 64
SHORTEST_LEASE_S, LONGEST_LEASE_S = 3, 300
LONGEST_KEPT = 36_500
SHORTEST_BEAT_S, LONGEST_BEAT_S = 10, 86_400
_KEPT = ("raw", "jobs", "alerts", "bundles", "samples", "changes")


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


def _log_level(text: str) -> LogLevel:
    known: dict[str, LogLevel] = {level: level for level in get_args(LogLevel)}
    if text not in known:
        raise SettingsError(f"TOCSIN_LOG_LEVEL={text!r} is none of {', '.join(known)}")
    return known[text]


def _secrets(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Return the signing secrets, newest first: separated by commas, or one a line."""
    text = _secret(environment, "TOCSIN_SECRET")
    found = tuple(part.strip() for part in text.replace(",", "\n").splitlines() if part.strip())
    name = "TOCSIN_SECRET_FILE" if "TOCSIN_SECRET_FILE" in environment else "TOCSIN_SECRET"
    for number, one in enumerate(found, 1):
        if len(one) < SHORTEST_SECRET:
            raise SettingsError(
                f"{name}: secret {number} of {len(found)} has {len(one)} characters and needs {SHORTEST_SECRET} "
                f"(several are separated by commas or lines); {HOW_TO_MAKE_ONE}"
            )
    return found


def _work(environment: Mapping[str, str]) -> dict[str, Any]:
    workers = _number(environment, "TOCSIN_WORKERS", 1, MOST_WORKERS, "threads of a lane")
    lease = _number(environment, "TOCSIN_LEASE_SECONDS", SHORTEST_LEASE_S, LONGEST_LEASE_S, "seconds")
    return {**({"workers": workers} if workers else {}), **({"lease": timedelta(seconds=lease)} if lease else {})}


def _number(environment: Mapping[str, str], name: str, least: int, most: int, what: str) -> int | None:
    """Return a setting that is a number, None where nothing is said."""
    text = environment.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(most))) or not least <= int(text) <= most:
        raise SettingsError(f"{name}={text!r} is not a number of {what} from {least} to {most}")
    return int(text)


def _mail(environment: Mapping[str, str]) -> dict[str, Any]:
    certificate, key = (environment.get(f"TOCSIN_SMTP_{name}", "") for name in ("CERTIFICATE", "KEY"))
    if key and not certificate:
        raise SettingsError("TOCSIN_SMTP_KEY is set without TOCSIN_SMTP_CERTIFICATE, to which it belongs")
    for name, path in (("CERTIFICATE", certificate), ("KEY", key)):
        if path and not Path(path).is_file():
            raise SettingsError(f"TOCSIN_SMTP_{name}={path}: there is no such file; write the path of a PEM file")
    return {"smtp_certificate": certificate, "smtp_key": key}


def _deadman(environment: Mapping[str, str]) -> dict[str, Any]:
    url = _secret(environment, "TOCSIN_DEADMAN_URL")
    if url and not url.startswith(("http://", "https://")):
        raise SettingsError("TOCSIN_DEADMAN_URL is not an address that begins with http:// or https://")
    every = _number(environment, "TOCSIN_DEADMAN_SECONDS", SHORTEST_BEAT_S, LONGEST_BEAT_S, "seconds")
    return {"deadman_url": url, **({"deadman_every": timedelta(seconds=every)} if every else {})}


def _retention(environment: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}  # keyword arguments of `replace`
    for kind in _KEPT:
        days = _number(environment, f"TOCSIN_KEEP_{kind.upper()}_DAYS", 1, LONGEST_KEPT, "days")
        if days is not None:
            found[f"keep_{kind}"] = timedelta(days=days)
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
