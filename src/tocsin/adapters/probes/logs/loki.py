"""Lines that Loki holds, through `query_range`: GET only."""

from __future__ import annotations

import msgspec

from tocsin.adapters.probes.api import Api
from tocsin.adapters.probes.logs.options import LogsOptions
from tocsin.adapters.probes.logs.reading import Budget, Chunk, Reading, api_of
from tocsin.adapters.probes.refusals import ReadError
from tocsin.net.http import Http

_PATH = "/loki/api/v1/query_range"
_MOST_A_PAGE = 5000  # what Loki allows unless it is told otherwise
_SERVICE = ("service_name", "service", "app", "container", "job", "unit")
_LEVEL = ("detected_level", "level", "severity")
_NS = 1_000_000_000


class _Stream(msgspec.Struct):
    stream: dict[str, str]
    values: list[list[object]]


class _Data(msgspec.Struct):
    resultType: str = ""  # noqa: N815 (the API's name)
    result: list[_Stream] = []


class _Answer(msgspec.Struct):
    data: _Data


Entry = tuple[int, str, str]


def read(options: LogsOptions, budget: Budget, http: Http) -> Reading:
    """Return the newest lines that a query finds, page by page backwards.

    Raises:
        ReadError: Loki cannot be reached, refuses, or the query is no query for lines.
    """
    api = api_of(options, budget, http)
    reading = Reading(reproduce=f"logcli query --since={int(budget.window_s)}s '{options.query}'")
    since, end = int(budget.since.timestamp() * _NS), int(budget.now.timestamp() * _NS) + 1
    entries: dict[Entry, None] = {}
    while len(entries) < budget.max_lines and reading.bytes < budget.max_bytes:
        want = min(_MOST_A_PAGE, budget.max_lines - len(entries))
        try:
            page, size = _page(options.query, api, (since, end, want))
        except ReadError as error:
            if not entries:
                raise
            reading.cut = f"Loki stopped answering: {error}"
            break
        reading.bytes += size
        fresh = [one for one in page if one not in entries]
        entries.update(dict.fromkeys(fresh))
        if len(page) < want or not fresh:
            break
        end = min(one[0] for one in page) + 1  # the border is asked for again: entries may share a nanosecond
    else:
        reading.cut = f"more than the budget of {budget.max_lines} lines and {budget.max_bytes} bytes"
    _chunks(sorted(entries), reading)
    return reading


def _page(asked: str, api: Api, span: tuple[int, int, int]) -> tuple[list[Entry], int]:
    since, end, want = span
    body = api.fetch(_PATH, query=asked, start=since, end=end, limit=want, direction="backward")
    try:
        data = msgspec.json.decode(body, type=_Answer).data
        if data.resultType != "streams":
            raise ReadError(
                "other", f"the query gives a {data.resultType or 'nothing'}, not lines: leave out its aggregation"
            )
        entries = [
            (int(str(value[0])), _service(one.stream), _line(one.stream, str(value[1])))
            for one in data.result
            for value in one.values
        ]
    except (msgspec.MsgspecError, ValueError, IndexError) as error:
        raise ReadError("other", f"this is not an answer of Loki: {error}") from error
    return entries, len(body)


def _service(labels: dict[str, str]) -> str:
    return next((labels[name] for name in _SERVICE if labels.get(name)), "")


def _line(labels: dict[str, str], text: str) -> str:
    """Return a line; the level that a label tells goes along where the line is plain text without one."""
    level = next((labels[name] for name in _LEVEL if labels.get(name)), "")
    if not level or level == "unknown" or text.startswith("{"):
        return text
    return msgspec.json.encode({"level": level, "message": text}).decode()


def _chunks(entries: list[Entry], reading: Reading) -> None:
    for at_ns, service, line in entries:
        if not reading.chunks or reading.chunks[-1].service != service:
            reading.chunks.append(Chunk(service=service))
        reading.chunks[-1].times.append(at_ns / _NS)
        reading.chunks[-1].lines.append(line)
