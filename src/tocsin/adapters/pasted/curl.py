"""What `curl -v` (or `curl -i`) printed: one page, or why there was none."""

from __future__ import annotations

from dataclasses import replace

from tocsin.adapters.pasted.paste import Paste
from tocsin.domain.diagnosis.facts import Facts, HttpFacts, HttpPage
from tocsin.domain.diagnosis.facts.http import ErrorKind, PageRole

_EXCERPT = 2000
# curl's exit codes.
_CODES: dict[str, ErrorKind] = {
    "6": "dns",
    "7": "refused",
    "28": "timeout",
    "35": "tls",
    "52": "reset",
    "56": "reset",
    "60": "tls",
}


def read(paste: Paste) -> Facts | None:
    """Return the page that was asked for, None where this is not curl's output."""
    lines = paste.lines
    status = next((one for one in reversed(lines) if one.lstrip("< ").startswith("HTTP/")), "")
    failed = next((one for one in lines if one.startswith("curl: (")), "")
    if not failed and not (status and (status.startswith("< ") or lines[0] == status)):
        return None
    host = _header(lines, "> host:")
    path = next(
        (one.split()[2] for one in lines if one.startswith("> ") and one.rpartition(" ")[2].startswith("HTTP/")), "/"
    )
    scheme = "https" if any(" TLS " in one or "SSL connection" in one for one in lines) else "http"
    page = HttpPage(role=_role(path), url=paste.clean(f"{scheme}://{host or 'pasted'}{path}"))
    if failed:
        code, _, text = failed.removeprefix("curl: (").partition(")")
        expired = "expired" in paste.text.lower()
        page = replace(
            page, error=_CODES.get(code, "other"), error_text=paste.clean(text.strip())[:300], tls_expired=expired
        )
    else:
        words = status.lstrip("< ").split()
        number = words[1] if len(words) > 1 else ""
        body = "\n".join(one for one in lines if not one.startswith(("<", ">", "*", "{ [", "} [")) and one != status)
        page = replace(page, status=int(number) if number.isdigit() else None, body=paste.clean(body)[:_EXCERPT])
    return HttpFacts(target=paste.name, at=paste.at, pages=(page,))


def _header(lines: list[str], name: str) -> str:
    return next((one.partition(":")[2].strip() for one in lines if one.lower().startswith(name)), "")


def _role(path: str) -> PageRole:
    if "ready" in path:
        return "ready"
    return "live" if "health" in path or "live" in path else "endpoint"
