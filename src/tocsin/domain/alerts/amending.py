"""What a sender says anew of an alert, without telling that it fires or ends: other words, labels, tags, a note."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from msgspec.structs import replace

from tocsin.domain.alerts.fold import AlertState

MOST_NOTES: Final = 20
MOST_TAGS: Final = 50
LONGEST_NAME: Final = 130


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What somebody says of an alert. `asked` is what they wanted done with it that a sender's key does not do here, '' for nothing."""

    text: str = ""
    by: str = ""
    source: str = ""
    asked: str = ""

    def sentence(self, name: str) -> str:
        """Return it as a line of the incident, for the alert of that name."""
        who = ", ".join(part for part in (self.by, self.source) if part)
        asked = f"asked to {self.asked}, which is done here and not by the sender" if self.asked else ""
        said = ": ".join(part for part in (asked, self.text) if part)
        return f"{name}: {said}{f' ({who})' if who else ''}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Amendment:
    """What changes; '' and nothing leave things as they are."""

    summary: str = ""
    description: str = ""
    severity: str = ""
    labels: Mapping[str, str] | None = None
    without_labels: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    without_tags: tuple[str, ...] = ()
    note: Note | None = None


def amended(state: AlertState, amendment: Amendment, at: datetime) -> AlertState:
    """Return the alert as amended; the same note said twice in a row is one."""
    description = {"description": amendment.description} if amendment.description else {}
    gone = frozenset(amendment.without_labels)
    labels = {name: value for name, value in state.labels.items() if name not in gone}
    return replace(
        state,
        name=amendment.summary[:LONGEST_NAME] or state.name,
        summary=amendment.summary or state.summary,
        severity=amendment.severity or state.severity,
        annotations={**state.annotations, **description},
        labels={**labels, **(amendment.labels or {})},
        extra=_with_note(_with_tags(state.extra, amendment), amendment.note, at),
    )


def notes_of(state: AlertState) -> list[Mapping[str, str]]:
    """Return the notes that are kept with an alert, the oldest first: `note`, `user`, `source`, `at`."""
    kept = state.extra.get("notes")
    if not isinstance(kept, list):
        return []
    return [{str(name): str(value) for name, value in one.items()} for one in kept if isinstance(one, dict)]


def tags_of(extra: Mapping[str, object]) -> list[str]:
    """Return an alert's tags."""
    tags = extra.get("tags")
    return [one for one in tags if isinstance(one, str)] if isinstance(tags, list) else []


def _with_tags(extra: Mapping[str, object], amendment: Amendment) -> Mapping[str, object]:
    if not (amendment.tags or amendment.without_tags):
        return extra
    all_of = dict.fromkeys((*tags_of(extra), *amendment.tags))
    return {**extra, "tags": [tag for tag in all_of if tag not in amendment.without_tags][:MOST_TAGS]}


def _with_note(extra: Mapping[str, object], note: Note | None, at: datetime) -> Mapping[str, object]:
    if note is None:
        return extra
    said = {"note": ": ".join(part for part in (note.asked, note.text) if part), "user": note.by, "source": note.source}
    kept = extra.get("notes")
    before = list(kept) if isinstance(kept, list) else []
    last = before[-1] if before else None
    if isinstance(last, dict) and {name: last.get(name) for name in said} == said:
        return extra
    return {**extra, "notes": [*before, {**said, "at": at.isoformat()}][-MOST_NOTES:]}
