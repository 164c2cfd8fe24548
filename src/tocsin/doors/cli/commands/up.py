"""`up`, and the two processes it keeps running: `serve` and `work`. Either may be killed alone and comes back."""

from __future__ import annotations

import typer

app = typer.Typer()
