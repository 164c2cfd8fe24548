"""Whether an incident is real, practice, or history written down afterwards."""

from __future__ import annotations

from typing import Literal

Mode = Literal["standard", "drill", "backfill"]
