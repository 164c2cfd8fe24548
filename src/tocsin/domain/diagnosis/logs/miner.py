"""The one pass over a log: every line finds its template, is counted in its bucket, and a few give their numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

import msgspec

from tocsin.domain.diagnosis.logs import traces
from tocsin.domain.diagnosis.logs.clock import Clock
from tocsin.domain.diagnosis.logs.form import Form, number_places, stamped, with_header
from tocsin.domain.diagnosis.logs.grouping import Grouping
from tocsin.domain.diagnosis.logs.heads import Heads
from tocsin.domain.diagnosis.logs.readers import reader_of
from tocsin.domain.diagnosis.logs.requests import Requests
from tocsin.domain.diagnosis.logs.series import number_in
from tocsin.domain.diagnosis.logs.structured import (
    Keys,
    keys_of,
    message_of,
    numbers_of,
    source_of,
    time_of,
)
from tocsin.domain.diagnosis.logs.template import MOST_EXAMPLES, Source, Template
from tocsin.domain.diagnosis.logs.timeline import Timeline
from tocsin.domain.diagnosis.logs.words import Words, masked_line, unquoted, unquoted_single

MOST_FORMS = 60_000
LONGEST_LINE = 8_192
LONGEST_EXAMPLE = 400
_RECORD = "{"
_BEFORE_WORDS = 4  # of a record's key: its mark, level, service and logger

Key = tuple[object, ...]


class Miner:
    """Reads lines in their order and keeps templates. `around` is about when they were written."""

    def __init__(self, around: datetime) -> None:
        self.lines = 0
        self.timeline = Timeline()
        self.requests = Requests()
        self.form: Form | None = None  # of the last line; None where it belongs to a stack trace
        self._grouping = Grouping()
        self._clock = Clock(around)
        self._words = Words()
        self._heads = Heads(self._clock, self._words)
        self._forms: dict[str, dict[Key, Form]] = {}
        self._held = 0
        self._keys: dict[tuple[str, ...], Keys] = {}
        self._decode = msgspec.json.Decoder().decode
        self._now = self._low = self._high = 0.0
        self._touched: list[Form] = []
        self._block: list[str] = []
        self._in_trace = False
        self._last: Form | None = None
        self._bare = ""

    def feed(self, lines: Iterable[str], service: str = "") -> None:
        """Read more lines, the oldest first; `service` is who wrote them where they do not say."""
        forms = self._forms.setdefault(service, {})
        block = self._block
        for line in lines:
            self.lines += 1
            if (line[:1] <= " " or self._in_trace) and self._continued(line):
                continue
            if block and not traces.begins(line):
                self._fold()
            if line[:1] == _RECORD:
                self._record(line, forms, service, None)
            else:
                self._plain(line, forms, service, None)

    def feed_timed(self, lines: Iterable[tuple[float, str]], service: str = "") -> None:
        """Read lines whose time whoever delivers them tells, in seconds since 1970."""
        forms = self._forms.setdefault(service, {})
        for at_s, line in lines:
            self.lines += 1
            if (line[:1] <= " " or self._in_trace) and self._continued(line):
                continue
            if not traces.begins(line):
                self._fold()
            if line[:1] == _RECORD:
                self._record(line, forms, service, at_s)
            else:
                self._plain(line, forms, service, at_s)

    def finish(self) -> list[Template]:
        """End the log and return its templates, in the order of their first lines."""
        self._fold()
        self._flush()
        self._grouping.settle()
        return self._grouping.templates()

    def _plain(self, line: str, forms: dict[Key, Form], service: str, at_s: float | None) -> None:
        words = self._words
        text = unquoted(line) if '"' in line else line
        if "'" in text:
            text = unquoted_single(text)
        found = text.split()
        key = tuple([word if word.isalpha() else words[word] for word in found])
        form = forms.get(key)
        if form is None:
            form = self._learn(line[:LONGEST_LINE], (key, found), forms, service, at_s)
        if at_s is None and form.end:
            at_s = self._clock.second(line[form.begin : form.end], form.kind) - form.offset_s
        if form.reader is not None and (record := form.reader(line)) is not None:
            self._take(line, record, forms, service, at_s)
        elif form.template is None:
            self._begin(line)
        else:
            self._bare = "" if form.end else line
            self._count(form, at_s, found, None)

    def _record(self, line: str, forms: dict[Key, Form], service: str, at_s: float | None) -> None:
        try:
            record = self._decode(line)
        except (msgspec.DecodeError, RecursionError):
            self._plain(line, forms, service, at_s)
        else:
            self._take(line, record, forms, service, at_s)

    def _take(
        self, line: str, record: Mapping[str, object], forms: dict[Key, Form], service: str, at_s: float | None
    ) -> None:
        """Take a line that says what each of its parts is."""
        shape = tuple(record)
        keys = self._keys.get(shape) or self._learn_keys(shape)
        text = record.get(keys.message)
        if type(text) is not str or not text:
            text = message_of(record, keys)
        if '"' in text or "'" in text:
            text = unquoted_single(unquoted(text))
        found = text.split()
        words = self._words
        key = (
            _RECORD,
            str(record.get(keys.level)),
            str(record.get(keys.service)),
            str(record.get(keys.logger)),
            *[word if word.isalpha() else words[word] for word in found],
        )
        form = forms.get(key)
        if at_s is None:
            at_s = time_of(record, keys, self._clock)
        if form is None:
            form = forms[key] = self._learn_record(line, (record, keys), key, (service, at_s))
        self._count(form, at_s, found, record if keys.more else None)
        if keys.request is not None:
            self.requests.note(keys.request, record, text, at_s or self._now)
        trace = record.get(keys.trace) if keys.trace else None
        if isinstance(trace, str):
            self._block.extend(trace.splitlines()[: traces.MOST_KEPT])

    def _count(self, form: Form, at_s: float | None, found: list[str], record: Mapping[str, object] | None) -> None:
        if at_s is not None and not self._low <= at_s < self._high:
            self._turn(at_s)
        if not form.count:
            self._touched.append(form)
        form.count += 1
        form.due -= 1
        self.form = self._last = form
        if not form.due:
            self._sample(form, at_s or self._now, found, record)

    def _turn(self, at_s: float) -> None:
        """Go to the bucket of a time, making more room in time if it has none."""
        if at_s <= 0:
            return
        if self._now:
            self._flush()
        timeline = self.timeline
        if not timeline.covers(at_s):
            moved = timeline.widen(at_s)
            if moved is not None:
                for template in self._grouping.templates():
                    template.buckets = moved(template.buckets)
        self._low = timeline.start_s + timeline.index(at_s) * timeline.width_s
        self._high = self._low + timeline.width_s
        self._now = at_s

    def _flush(self) -> None:
        """Add what was counted since the last turn to the templates' buckets."""
        bucket = self.timeline.index(self._now) if self.timeline.width_s else 0
        for form in self._touched:
            if form.template is not None:
                form.template = template = form.template.root
                template.add(bucket, form.count, self._now)
            form.count = 0
        self._touched.clear()

    def _sample(self, form: Form, at_s: float, found: list[str], record: Mapping[str, object] | None) -> None:
        """Keep the numbers of one line; how many lines are passed over until the next grows with what is held."""
        assert form.template is not None  # noqa: S101 (only trace marks have none, and they are not counted)
        form.template = template = form.template.root
        numbers = [(name, number_in(found[place])) for place, name in form.numbers if place < len(found)]
        if record is not None:
            numbers += numbers_of(record)
        stride = 1 if numbers else 1 << 60
        for name, value in numbers:
            series = template.series(name) if value is not None else None
            if series is not None and value is not None:
                series.add(at_s, value)
                stride = max(stride, series.stride)
        form.due = stride

    def _learn(
        self,
        line: str,
        read: tuple[tuple[str, ...], list[str]],
        forms: dict[Key, Form],
        service: str,
        told_s: float | None,
    ) -> Form:
        """Read a line of a shape that was not seen before."""
        self._make_room()
        key, found = read
        if traces.begins(line):
            form = forms[key] = Form(None)
            return form
        header, skipped, words = self._heads.of(line, key)
        reader = reader_of(line, header.message)
        if reader is not None:
            form = forms[key] = Form(None)
            form.reader = with_header(reader, header)
            return stamped(form, header)
        source = header.source if header.source.service else header.source._replace(service=service)
        stamp = header.stamp
        at_s = told_s or (self._clock.exact(line, stamp) if stamp else self._now)
        template = self._grouping.find(source, words, line=self.lines, at_s=at_s)
        template.first_s = min(template.first_s, at_s)
        if len(template.examples) < MOST_EXAMPLES:
            template.examples.append(line[:LONGEST_EXAMPLE])
        form = Form(template, number_places(found, skipped))
        forms[key] = form
        return stamped(form, header)

    def _learn_record(
        self, line: str, read: tuple[Mapping[str, object], Keys], key: Key, at: tuple[str, float | None]
    ) -> Form:
        """Read a structured line of a shape that was not seen before."""
        self._make_room()
        service, at_s = at
        source = source_of(*read)
        source = source if source.service else source._replace(service=service)
        words = tuple(str(one) for one in key[_BEFORE_WORDS:])
        template = self._grouping.find(source, words, line=self.lines, at_s=at_s or self._now)
        if len(template.examples) < MOST_EXAMPLES:
            template.examples.append(line[:LONGEST_EXAMPLE])
        found = unquoted_single(unquoted(message_of(*read))).split()
        return Form(template, number_places(found, 0))

    def _learn_keys(self, shape: tuple[str, ...]) -> Keys:
        if len(self._keys) >= MOST_FORMS:
            self._keys.clear()
        keys = self._keys[shape] = keys_of(shape)
        return keys

    def _make_room(self) -> None:
        self._held += 1
        if self._held > MOST_FORMS:
            self._flush()
            for forms in self._forms.values():
                forms.clear()
            self._held = 0

    def _continued(self, line: str) -> bool:
        """Take a line as part of what came before it, if it is one."""
        if self._in_trace and line[:1] > " " and not traces.begins(line):
            self._in_trace = False
            if not traces.ends(line):
                return False
        elif not line.strip():
            self.form = None
            return True
        elif line[:1] > " ":
            pass
        elif self._last is None and not self._block:
            return False
        self._block_add(line)
        return True

    def _begin(self, line: str) -> None:
        self._in_trace = line.startswith(("Traceback", "During", "The above"))
        self._block_add(line)

    def _block_add(self, line: str) -> None:
        self.form = None
        if len(self._block) >= traces.MOST_KEPT:
            del self._block[traces.MOST_KEPT // 2]
        self._block.append(line[:LONGEST_EXAMPLE])

    def _fold(self) -> None:
        """Make what was held of a stack trace one template, of the service whose record it follows."""
        if not self._block:
            return
        lines = [self._bare, *self._block] if self._bare and traces.ends(self._bare) else list(self._block)
        trace = traces.fold(lines)
        self._block.clear()
        self._in_trace = False
        if trace is None:
            return
        before = self._last.template.root.source if self._last and self._last.template else Source()
        source = Source(service=before.service, level="error", logger=trace.frame, kind="trace")
        words = masked_line(trace.error, self._words)
        template = self._grouping.find(source, words, line=self.lines, at_s=self._now)
        if not template.examples:
            template.examples.append(f"{trace.error}: {trace.message}"[:LONGEST_EXAMPLE])
        if self.timeline.covers(self._now):
            template.add(self.timeline.index(self._now), 1, self._now)
