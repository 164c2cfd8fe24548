"""Facts about impact as flags, shared by the commands that state them."""

from __future__ import annotations

from typing import Annotated

import typer

Users = Annotated[int | None, typer.Option("--users", help="How many users are affected.", min=0, show_default=False)]
UsersPercent = Annotated[
    float | None,
    typer.Option("--users-percent", help="Share of users affected, in percent.", min=0, max=100, show_default=False),
]
Errors = Annotated[
    float | None,
    typer.Option("--errors", help="Share of requests that fail, in percent.", min=0, max=100, show_default=False),
]
Trend = Annotated[str, typer.Option("--trend", help="worse, steady or better.", show_default=False)]
StillWorks = Annotated[str, typer.Option("--still-works", help="What still works.", show_default=False)]
DataLoss = Annotated[
    bool | None, typer.Option("--data-loss/--no-data-loss", help="Whether data is lost.", show_default=False)
]


def impact_body(
    *,
    users: int | None = None,
    users_percent: float | None = None,
    errors: float | None = None,
    trend: str = "",
    still_works: str = "",
    data_loss: bool | None = None,
) -> dict[str, object]:
    """Return the facts that were given, as the API names them."""
    facts: dict[str, object] = {
        "users_affected": users,
        "users_percent": users_percent,
        "error_percent": errors,
        "trend": trend or None,
        "still_works": still_works or None,
        "data_loss": data_loss,
    }
    return {name: value for name, value in facts.items() if value is not None}
