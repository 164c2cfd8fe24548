"""One way that lines look once masked, so that the next line like it needs one look-up."""

from __future__ import annotations

from collections.abc import Mapping

from tocsin.domain.diagnosis.logs.headers import Header
from tocsin.domain.diagnosis.logs.readers import Reader
from tocsin.domain.diagnosis.logs.series import number_in
from tocsin.domain.diagnosis.logs.template import Template


class Form:
    """The template of such lines, and where in them the time and the numbers stand.

    `reader` takes lines apart that are structured after all; a form with neither template nor reader begins a stack trace.
    """

    __slots__ = ("begin", "count", "due", "end", "kind", "numbers", "offset_s", "reader", "template")

    def __init__(self, template: Template | None, numbers: tuple[tuple[int, str], ...] = ()) -> None:
        self.template = template
        self.numbers = numbers
        self.due = 1
        self.count = 0
        self.begin = self.end = self.offset_s = 0
        self.kind = ""
        self.reader: Reader | None = None


def stamped(form: Form, header: Header) -> Form:
    """Return `form`, which knows from now on where the time of its lines stands."""
    stamp = header.stamp
    if stamp is not None:
        form.begin, form.end, form.kind, form.offset_s = stamp.start, stamp.end, stamp.kind, stamp.offset_s
    return form


def with_header(reader: Reader, header: Header) -> Reader:
    """Return a reader that adds what the header of such lines says of who wrote them."""
    known = {name: value for name, value in header.source._asdict().items() if value and name != "kind"}

    def read(line: str) -> Mapping[str, object] | None:
        record = reader(line)
        return record if record is None else {**known, **record}

    return read


def number_places(found: list[str], skipped: int) -> tuple[tuple[int, str], ...]:
    """Return where numbers stand in a message, and what each is called: its own name or the word before it."""
    places: list[tuple[int, str]] = []
    taken: set[str] = set()
    for place in range(skipped, len(found)):
        word = found[place]
        if word.isalpha() or number_in(word) is None or word in {'"0"', "'0'"}:
            continue
        name = word.partition("=")[0].strip("([{,;\"'") if "=" in word else found[place - 1] if place > skipped else ""
        name = name.strip(":=([,") or "value"
        name = name if name not in taken else f"{name} #{place - skipped + 1}"
        taken.add(name)
        places.append((place, name))
    return tuple(places)
