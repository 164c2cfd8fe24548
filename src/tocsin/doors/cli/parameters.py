"""Arguments and flags that many commands share, and how examples are written below their help."""

from __future__ import annotations

from typing import Annotated

import typer

AsJson = Annotated[bool, typer.Option("--json", help="Print data as JSON, with the name and version of its schema.")]
Ref = Annotated[
    str,
    typer.Argument(help="The incident, such as INC-42. May be left out while exactly one is open.", show_default=False),
]
RefAndText = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[REF] TEXT...", help="The incident (unless only one is open), then the text.", show_default=False
    ),
]
At = Annotated[
    str,
    typer.Option(
        "--at", help="When it was, if not now: 14:23 (UTC), 15m (ago), or 2026-01-20T14:23Z.", show_default=False
    ),
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do it without asking.")]
Reason = Annotated[str, typer.Option("--reason", "-r", help="Why.", show_default=False)]
Limit = Annotated[int, typer.Option("--limit", help="How many a page.", min=1, max=500)]
Cursor = Annotated[
    str, typer.Option("--cursor", help="Where the next page begins, as the last one said.", show_default=False)
]
Wait = Annotated[bool, typer.Option("--wait/--no-wait", help="Wait until it has ended.")]


def examples(*lines: str) -> str:
    """Return the end of a command's help."""
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)
