"""Every route of the application, whoever added it, with requests that fit it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI
from starlette.routing import BaseRoute, Mount

SECOND = {"plan": "p1", "task": "t1", "followup": "a1", "event": "1", "bundle": "none", "integration": "shop",
          "runbook": "lock-chain"}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A path with its parameters in braces and one method; `body` is the JSON schema of what it takes."""

    method: str
    path: str
    body: dict[str, Any] | None

    @property
    def about_one(self) -> bool:
        """Whether the path names an incident."""
        return "{ref}" in self.path

    def filled(self, ref: str) -> str:
        """Return the path about one incident; further parameters get values that exist or could."""
        path = self.path.replace("{ref}", ref)
        for name, value in SECOND.items():
            path = path.replace(f"{{{name}}}", value)
        while "{" in path:
            before, _, rest = path.partition("{")
            path = before + ref + rest.partition("}")[2]
        return path

    def request(self, ref: str) -> dict[str, Any]:
        """Return a body that mentions an incident wherever it can."""
        return _example(self.body, ref) if self.body else {}


def routes_of(server: FastAPI) -> list[Route]:
    """Return the application's routes, those of mounted applications too."""
    schema = server.openapi()
    found = []
    for path, methods in _walk(server.routes, ""):
        for method in sorted(methods - {"HEAD", "OPTIONS"}):
            operation = schema["paths"].get(path, {}).get(method.lower(), {})
            content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
            body = _whole(content["schema"], schema["components"]["schemas"]) if content else None
            found.append(Route(method=method, path=path, body=body))
    return found


def _walk(routes: Iterable[BaseRoute], prefix: str) -> Iterator[tuple[str, set[str]]]:
    for route in routes:
        included = getattr(route, "original_router", None)
        if included is not None:
            yield from _walk(included.routes, prefix)
        elif isinstance(route, Mount):
            yield from _walk(route.routes, prefix + route.path)
        else:
            path = getattr(route, "path", None)
            assert path is not None, f"{route} is a kind of route this test does not know: teach it"
            yield prefix + path, set(getattr(route, "methods", None) or {"GET"})


def _whole(schema: Any, parts: dict[str, Any]) -> Any:
    if isinstance(schema, dict):
        name = schema.get("$ref", "").rpartition("/")[2]
        return _whole(parts[name], parts) if name else {k: _whole(v, parts) for k, v in schema.items()}
    return [_whole(one, parts) for one in schema] if isinstance(schema, list) else schema


def _example(schema: dict[str, Any], ref: str, name: str = "") -> Any:
    wanted = next((s for s in schema.get("anyOf", []) if s.get("type") != "null"), schema)
    if "const" in wanted or "enum" in wanted:
        return wanted.get("const") or wanted["enum"][0]
    match wanted.get("type"):
        case "object":
            required = set(wanted.get("required", ())) | {"other", "into", "reason", "text"}
            parts = wanted.get("properties", {})
            return {key: _example(part, ref, key) for key, part in parts.items() if key in required}
        case "array":
            return [_example(wanted["items"], ref, name)]
        case "boolean":
            return True
        case "integer" | "number":
            return 1
        case _:
            return _text(wanted, ref, name)


def _text(schema: dict[str, Any], ref: str, name: str) -> str:
    if schema.get("format") == "date-time":
        return "2026-01-20T14:00:00Z"
    known = {"person": "ben", "role": "commander", "severity": "SEV1", "section": "summary", "hash": "0123456789ab"}
    return known.get(name, ref if name in {"other", "into"} else "words")
