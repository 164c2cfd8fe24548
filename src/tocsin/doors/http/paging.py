"""Listings that answer a bare list say in a header where the next page begins, so that their body stays what it was."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import Query, Response

NEXT_CURSOR: Final = "Tocsin-Next-Cursor"
LARGEST: Final = 500
Cursor = Annotated[str, Query(description="Where the page begins: what the last one's `Tocsin-Next-Cursor` said.")]
PAGED: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "headers": {
            NEXT_CURSOR: {
                "description": "The `cursor` of the next page; empty on the last.",
                "schema": {"type": "string"},
            }
        }
    }
}


def next_page(response: Response, cursor: str) -> None:
    """Say in the answer's header where the next page begins."""
    response.headers[NEXT_CURSOR] = cursor
