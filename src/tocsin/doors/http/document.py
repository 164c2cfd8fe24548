"""The API's description (OpenAPI): every operation by its own name, every refusal as a problem document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from tocsin.doors.http.problems import MEDIA

PROBLEM: Final[dict[str, Any]] = {
    "title": "Problem",
    "description": "Why not, where, and how to mend it (RFC 9457).",
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "const": "about:blank"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "The sentence to read."},
        "mend": {"type": "string", "description": "What to do about it."},
        "field": {"type": "string", "description": "Which value cannot be right."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "message"],
                "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
            },
        },
        "id": {"type": "string", "description": "Where a fault of Tocsin's stands in its log."},
    },
}
REFUSAL: Final = {
    "description": "No, and why",
    "content": {MEDIA: {"schema": {"$ref": "#/components/schemas/Problem"}}},
}
# JSON Schema's `duration` (RFC 3339) has no fractions and no sign, which ISO 8601 has, and so do our durations.
DURATION: Final = {
    "pattern": "^-?P[0-9YMWDTHS.]+$",
    "description": "A duration as ISO 8601 writes it, such as PT14M59.5S.",
}
OPEN: Final = frozenset({"/health", "/ready"})
SECRET: Final = frozenset({"/v1/tokens", "/v1/login-links", "/v1/password"})  # nothing of theirs is kept for a repeat
TOKEN: Final = {"type": "http", "scheme": "bearer", "description": "An API token: `tocsin token`, or POST /v1/tokens."}
KEY: Final = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "The same key with the same request gets the first answer again, for 24 h.",
    "schema": {"type": "string", "maxLength": 200},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """What another door answers, in this description's words: operations by path and method, and the keys they take."""

    paths: Mapping[str, Mapping[str, Mapping[str, Any]]] = field(default_factory=dict)
    security: Mapping[str, Any] = field(default_factory=dict)


def operation_id(route: APIRoute) -> str:
    """Return what an operation is called in clients: the name of its function."""
    return route.name


def describe(api: FastAPI, elsewhere: Elsewhere) -> None:
    """Let `api` describe itself, once, and what is answered `elsewhere`."""

    def openapi() -> dict[str, Any]:
        if api.openapi_schema is None:
            bare = get_openapi(title=api.title, version=api.version, description=api.description, routes=api.routes)
            completed = _completed(bare)
            completed["paths"] |= {path: _summarized(ways) for path, ways in elsewhere.paths.items()}
            completed["components"]["securitySchemes"] |= elsewhere.security
            api.openapi_schema = completed
        return api.openapi_schema

    api.openapi = openapi  # type: ignore[method-assign]  # FastAPI's own way to extend its description


def _completed(schema: dict[str, Any]) -> dict[str, Any]:
    parts = schema["components"]["schemas"]
    for unused in ("HTTPValidationError", "ValidationError"):
        parts.pop(unused, None)
    parts["Problem"] = PROBLEM
    _describe_durations(parts)
    schema["components"]["securitySchemes"] = {"token": TOKEN}
    schema["paths"] = {path: _summarized(methods) for path, methods in schema["paths"].items()}
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            operation["responses"].pop("422", None)
            operation["responses"]["default"] = REFUSAL
            if path not in OPEN:
                operation["security"] = [{"token": []}]
            if method == "post" and path not in SECRET:
                operation.setdefault("parameters", []).append(KEY)
    return schema


def _describe_durations(part: object) -> None:
    """Let every duration in a schema be described as it is written."""
    if isinstance(part, dict):
        if part.get("format") == "duration":
            del part["format"]
            part |= DURATION
        part = list(part.values())
    if isinstance(part, list):
        for inner in part:
            _describe_durations(inner)


def _summarized(methods: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return operations with their first sentences as their summaries."""
    return {
        method: {**operation, "summary": operation["description"].partition("\n")[0].rstrip(".")}
        for method, operation in methods.items()
    }
