"""Times as log lines write them. Seconds since 1970; a time without a zone is taken as UTC."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MOST_TIMES = 20_000
_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_SHAPED = str.maketrans("123456789" + _LETTERS, "0" * 9 + "a" * len(_LETTERS))
_MONTHS = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1
    )
}
_LOOKED_AT = 120
_MOST_STARTS = 10
# What each way of writing looks like with every digit as 0 and every letter as a.
_SHAPES = (
    ("iso", "0000-00-00a00:00:00"),
    ("iso", "0000-00-00 00:00:00"),
    ("iso", "0000/00/00 00:00:00"),
    ("clf", "00/aaa/0000:00:00:00"),
    ("day", "00 aaa 0000 00:00:00"),
    ("day", "00-aaa-0000 00:00:00"),
    ("syslog", "aaa 00 00:00:00"),
    ("syslog", "aaa  0 00:00:00"),
    ("klog", "0000 00:00:00.000000"),
    ("spark", "00/00/00 00:00:00"),
    ("hdfs", "000000 000000"),
)
_WIDTH = {"iso": 19, "clf": 20, "day": 20, "syslog": 15, "klog": 13, "spark": 17, "hdfs": 13, "epoch": 10}
_EPOCH_DIGITS = (10, 13, 16, 19)
_EPOCH_FROM, _EPOCH_TO = 1_000_000_000, 4_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """Where in a line its time stands, to the second, how it is written, and how far its zone is from UTC."""

    start: int
    end: int
    kind: str
    after: int
    offset_s: int = 0


class Clock:
    """Reads times; remembers the seconds it has read, since many lines share one."""

    def __init__(self, around: datetime) -> None:
        self._around = around
        self._seconds: dict[str, float] = {}
        self._usual = (0, "")  # where and how the last line told its time: the next one likely does the same

    def find(self, line: str) -> Stamp | None:
        """Return where the time of a line stands, None where it has none near its beginning."""
        shaped = line[:_LOOKED_AT].translate(_SHAPED)
        start, usual = self._usual
        if usual and _kind_at(shaped, start) == usual:
            found = self._stamp(line, start, usual)
            if found is not None:
                return found
        for begin in _starts(shaped):
            kind = _kind_at(shaped, begin)
            found = self._stamp(line, begin, kind) if kind else None
            if found is not None:
                self._usual = begin, kind
                return found
        return None

    def _stamp(self, line: str, start: int, kind: str) -> Stamp | None:
        """Return the time at `start` if what looks like one is one."""
        end = start + _WIDTH[kind]
        if self._read(kind, line[start:end]) is None:
            return None
        after = end
        while after < len(line) and line[after] in ".,:0123456789":
            after += 1
        offset, after = _zone(line, after)
        return Stamp(start=start, end=end, kind=kind, after=after, offset_s=offset)

    def second(self, text: str, kind: str) -> float:
        """Return the whole second that `text` names, 0 where it names none (a line cut short)."""
        found = self._seconds.get(text)
        if found is None:
            if len(self._seconds) >= MOST_TIMES:
                self._seconds.clear()
            found = self._seconds[text] = self._read(kind, text) or 0.0
        return found

    def exact(self, line: str, stamp: Stamp) -> float:
        """Return the time of a line with its fraction of a second."""
        fraction = line[stamp.end + 1 : stamp.end + 10]
        digits = len(fraction) - len(fraction.lstrip("0123456789"))
        more = float(f"0.{fraction[:digits]}") if digits and line[stamp.end] in ".,:" else 0.0
        if stamp.kind == "epoch" and line[stamp.end : stamp.end + 3].isdigit():
            more = float(f"0.{line[stamp.end : stamp.end + 3]}")
        return self.second(line[stamp.start : stamp.end], stamp.kind) - stamp.offset_s + more

    def value(self, told: object) -> float | None:
        """Return the seconds that a field of a structured line names."""
        if isinstance(told, int | float) and not isinstance(told, bool):
            seconds = float(told)
            while seconds >= _EPOCH_TO:
                seconds /= 1000.0
            return seconds if seconds >= _EPOCH_FROM else None
        if isinstance(told, str):
            try:
                read = datetime.fromisoformat(told)
            except ValueError:
                stamp = self.find(told)
                return self.exact(told, stamp) if stamp else None
            return _seconds(read if read.tzinfo else read.replace(tzinfo=UTC))
        return None

    def _read(self, kind: str, text: str) -> float | None:
        try:
            if kind == "epoch":
                return float(text)
            return _seconds(self._date(kind, text))
        except (ValueError, KeyError, IndexError):
            return None

    def _date(self, kind: str, text: str) -> datetime:
        hour, minute, second = (int(text[-8:][n : n + 2]) for n in (0, 3, 6))
        if kind == "iso":
            year, month, day = int(text[:4]), int(text[5:7]), int(text[8:10])
        elif kind in {"clf", "day"}:
            day, month, year = int(text[:2]), _MONTHS[text[3:6].lower()], int(text[7:11])
        elif kind == "spark":
            year, month, day = 2000 + int(text[:2]), int(text[3:5]), int(text[6:8])
        elif kind == "hdfs":
            year, month, day = 2000 + int(text[:2]), int(text[2:4]), int(text[4:6])
            hour, minute, second = (int(text[n : n + 2]) for n in (7, 9, 11))
        elif kind == "klog":
            return self._nearest(int(text[:2]), int(text[2:4]), hour, minute, second)
        else:
            return self._nearest(_MONTHS[text[:3].lower()], int(text[4:6]), hour, minute, second)
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC)

    def _nearest(self, month: int, day: int, hour: int, minute: int, second: int) -> datetime:
        """Return the date in the year that puts it nearest to now: such lines name none."""
        years = (self._around.year - 1, self._around.year, self._around.year + 1)
        dates = []
        for year in years:
            try:
                dates.append(datetime(year, month, day, hour, minute, second, tzinfo=UTC))
            except ValueError:  # the 29th of February of another year
                continue
        return min(dates, key=lambda one: abs(one - self._around))


def moment(at_s: float) -> datetime:
    """Return seconds since 1970 as a time."""
    return EPOCH + timedelta(seconds=at_s)


def _seconds(at: datetime) -> float:
    return (at - EPOCH).total_seconds()


def _starts(shaped: str) -> list[int]:
    found = [0]
    for place, letter in enumerate(shaped):
        if letter in ' [|\t"=(>' and place + 1 < len(shaped):
            found.append(place + 1)
        if len(found) >= _MOST_STARTS:
            break
    if shaped[:1].isalpha() and shaped[1:5] == "0000":  # klog: a letter, then the day
        found.insert(1, 1)
    return found


def _kind_at(shaped: str, start: int) -> str:
    first = shaped[start : start + 1]
    if first not in {"0", "a"}:
        return ""
    for kind, shape in _SHAPES:
        if shape[0] == first and shaped.startswith(shape, start):
            return kind
    if first == "a":
        return ""
    end = start
    while shaped.startswith("0", end):
        end += 1
    return "epoch" if end - start in _EPOCH_DIGITS else ""


def _zone(line: str, after: int) -> tuple[int, int]:
    """Return the offset from UTC written at `after`, and where it ends."""
    if line[after : after + 1] in {"Z", "z"}:
        return 0, after + 1
    at = after + 1 if line[after : after + 1] == " " else after
    for word in ("UTC", "GMT"):
        if line.startswith(word, at):
            return 0, at + len(word)
    sign = {"+": 1, "-": -1}.get(line[at : at + 1], 0)
    digits = line[at + 1 : at + 6].replace(":", "")[:4]
    if sign and len(digits) == 4 and digits.isdigit():  # noqa: PLR2004 (hhmm)
        ends = at + 6 if line[at + 3 : at + 4] == ":" else at + 5
        return sign * (int(digits[:2]) * 3600 + int(digits[2:]) * 60), ends
    return 0, after
