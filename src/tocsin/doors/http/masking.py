"""A configuration as it may be shown: references stay, anything that could be a secret itself does not."""

from __future__ import annotations

from typing import Any

from tocsin.net.redaction import MASK, is_secret_name, redact

REFERENCES = ("env:", "file:", "sha256:")


def masked(value: Any, name: str = "") -> Any:  # noqa: ANN401 (JSON in, JSON out)
    """Return JSON without secrets: values named like one that are no references, and passwords inside addresses."""
    match value:
        case dict():
            return {key: masked(part, key) for key, part in value.items()}
        case list():
            return [masked(part, name) for part in value]
        case str() if value.startswith(REFERENCES) or not value:
            return value
        case str():
            return MASK if is_secret_name(name) else redact(value)
        case _:
            return value
