"""Which server to speak to and as whom: flags, then the environment, then the context that `tocsin up` left at home."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

from tocsin.doors.cli.exits import CommandError, ExitCode
from tocsin.doors.cli.session import Session

NAME = "context.json"
PRIVATE = 0o600
OTHERS = 0o077


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """A server's address without a trailing slash, and a token for it ('' when there is none)."""

    url: str
    token: str


def write_context(home: Path, connection: Connection) -> Path:
    """Keep `connection` in the home directory, for its owner only, and return the file."""
    path = home / NAME
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    body = json.dumps({"url": connection.url, "token": connection.token})
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE), "w", encoding="utf-8") as file:
        file.write(body + "\n")
    fresh.replace(path)
    return path


def read_context(home: Path) -> Connection | None:
    """Return the connection kept in the home directory, or None.

    Raises:
        CommandError: the file cannot be read, or others may read it.
    """
    path = home / NAME
    try:
        if path.stat().st_mode & OTHERS:
            raise CommandError(
                "others may read the local token", ExitCode.AUTH, where=str(path), mend=f"chmod 600 {path}"
            )
        kept = json.loads(path.read_text(encoding="utf-8"))
        return Connection(url=str(kept["url"]).rstrip("/"), token=str(kept["token"]))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise CommandError(f"cannot read the local context: {error.strerror}", where=str(path)) from error
    except (ValueError, KeyError, TypeError) as error:
        raise CommandError("the local context is damaged", where=str(path), mend="Run `tocsin up` again.") from error


def connect(session: Session) -> Connection:
    """Return the server and the token to use. The local token is never sent to an address from elsewhere.

    Raises:
        CommandError: no server is known (exit 6), or no token for it (exit 4).
    """
    named = (session.url or session.environment.get("TOCSIN_URL", "")).rstrip("/")
    token = _token(session)
    kept = None if named and token else read_context(session.settings().home)
    url = named or (kept.url if kept else "")
    if not url:
        raise CommandError(
            "no server is known here",
            ExitCode.UNAVAILABLE,
            mend="Start one with `tocsin up`, or set TOCSIN_URL and TOCSIN_TOKEN (or TOCSIN_TOKEN_FILE).",
        )
    if not url.startswith(("http://", "https://")):
        raise CommandError(
            f"{url!r} is no address of a server", ExitCode.USAGE, mend="Write it like http://127.0.0.1:8787."
        )
    if not token and kept is not None and kept.url == url:
        token = kept.token
    if not token:
        raise CommandError(
            f"no token for {url}",
            ExitCode.AUTH,
            mend="Set TOCSIN_TOKEN or TOCSIN_TOKEN_FILE, or give --token-file; an admin makes one with `tocsin token create`.",
        )
    return Connection(url=url, token=token)


def _token(session: Session) -> str:
    path = session.token_file or session.environment.get("TOCSIN_TOKEN_FILE", "")
    if session.token_file is None and session.environment.get("TOCSIN_TOKEN"):
        return session.environment["TOCSIN_TOKEN"].strip()
    if not path:
        return ""
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise CommandError(f"cannot read the token: {error.strerror}", ExitCode.AUTH, where=str(path)) from error
