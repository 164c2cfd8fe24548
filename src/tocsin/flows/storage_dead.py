"""What the store promises of rows that were given up."""

from __future__ import annotations

from typing import Protocol


class DeadLetters(Protocol):
    """Rows that nobody tries any more, inside one transaction."""

    def revive(self, job_id: str) -> bool:
        """Let a dead row be tried again from now on, as one whose earlier tries may have been heard; False for any other row.

        Its key and the number of its tries stay, so that no older holder can settle it.
        """
        ...
