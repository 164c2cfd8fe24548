"""What every source shares: times as senders write them, texts that a database can keep, facts of a bounded size."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest

from tocsin.adapters.sources.post import (
    MOST_UNKNOWN_BYTES,
    decode,
    each,
    epoch,
    kept,
    moment,
    shaped,
    unknown_fields,
)
from tocsin.domain.alerts.fingerprint import LONGEST_IDENTITY, identity
from tocsin.flows.ports import RejectedError

AT = datetime(2026, 3, 4, 14, 23, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-04T14:23:05Z",
        "2026-03-04T14:23:05+00:00Z",
        "2026-03-04T15:23:05+01:00z",
        "2026-03-04T09:23:05-05:00Z",
        "2026-03-04T14:23:05.000+0000",
        "2026-03-04T14:23:05.000000001Z",
        "2026-03-04 14:23:05",
        "2026-03-04t14:23:05z",
        "2026-03-04T15:23:05+01",
    ],
)
def test_a_time_is_read_as_clients_write_it(text: str) -> None:
    assert moment(text, "$.at") == AT


def test_seconds_may_be_left_out() -> None:
    for text in ("2026-03-04T14:23Z", "2026-03-04T15:23+0100", "2026-03-04 14:23"):
        assert moment(text, "$.at") == AT.replace(second=0)


@pytest.mark.parametrize(
    "text", [None, "", "0001-01-01T00:00:00Z", "0001-01-01T00:00:00+02:00", "0001-01-01T00:00:00+00:00Z"]
)
def test_nothing_and_year_1_are_no_time(text: str | None) -> None:
    assert moment(text, "$.at") is None


@pytest.mark.parametrize(
    "text",
    ["2026-03-04", "Z", "noon", "2026-13-01T00:00:00Z", "2026-03-04T14:23:05ZZ", "12:00Z", "٢٠٢٦-03-04T14:23:05Z"],
)
def test_what_is_no_time_is_rejected_with_its_place(text: str) -> None:
    with pytest.raises(RejectedError, match=r"\$\.at"):
        moment(text, "$.at")


@pytest.mark.parametrize("value", [1772634185, 1772634185.0, 1772634185000, "1772634185", "1772634185000"])
def test_seconds_and_milliseconds_are_told_apart(value: str | float) -> None:
    assert epoch(value, "$.at") == AT


@pytest.mark.parametrize("value", ["noon", "nan", 1e300, "-1e300"])
def test_what_is_no_number_of_seconds_is_rejected(value: str | float) -> None:
    with pytest.raises(RejectedError, match=r"\$\.at"):
        epoch(value, "$.at")


def test_nothing_is_no_time_either() -> None:
    assert [epoch(value, "") for value in (None, "", 0, "0")] == [None] * 4


def test_null_characters_are_left_out_wherever_they_are() -> None:
    assert decode(b'{"a\\u0000": ["b\\u0000c", {"d": "\\u0000"}], "e": 1}', "JSON") == {"a": ["bc", {"d": ""}], "e": 1}


def test_an_identity_that_is_long_or_cannot_be_shown_is_hashed() -> None:
    assert identity("db1/disk") == "db1/disk"
    assert identity("") == ""
    for key in ("k" * (LONGEST_IDENTITY + 1), "a\nb", "a\u202eb"):
        assert len(identity(key)) == 64
    assert identity("a\nb") != identity("a\tb")


class _Point(msgspec.Struct):
    name: str
    unit: str = "s"
    size: int | None = 1


class _Line(msgspec.Struct):
    points: list[_Point] = []
    notes: dict[str, str] = {}


def test_a_null_is_as_good_as_nothing_told() -> None:
    told = {"points": [{"name": "a", "unit": None}], "notes": None}
    assert shaped(told, _Line, "a line") == _Line(points=[_Point(name="a")])
    assert shaped({"notes": {"a": "b", "c": None}}, _Line, "a line") == _Line(notes={"a": "b"})
    assert (
        shaped({"name": "a", "size": None}, _Point, "a point").size is None
    )  # where a null has a meaning, it keeps it
    with pytest.raises(RejectedError, match="missing required field `name`"):
        shaped({"name": None}, _Point, "a point")
    with pytest.raises(RejectedError, match="Expected `object`"):
        shaped({"points": [None]}, _Line, "a line")


def test_each_item_is_taken_by_itself_and_what_is_wrong_has_its_place() -> None:
    def read(raw: object, where: str) -> str:
        return shaped(raw, _Point, "a point", at=where).name

    taken, rejected = each([{"name": "a"}, {"name": 1}, {}, {"name": "b"}], read, at="$.points")
    assert taken == ("a", "b")
    assert [one.where for one in rejected] == ["$.points[1]", "$.points[2]"]
    assert "Expected `str`, got `int` - at `$.points[1].name`" in rejected[0].reason
    assert "missing required field `name` - at `$.points[2]`" in rejected[1].reason
    assert each([], read) == ((), ())
    with pytest.raises(RejectedError, match=r"^\$\[0\]: not a point: .*; \$\[1\]: "):
        each([1, 2], read)


def test_unknown_fields_are_kept_and_large_ones_named() -> None:
    class Known(msgspec.Struct):
        a: int = 0

    assert unknown_fields({"a": 1, "b": 2}, Known) == {"b": 2}
    assert unknown_fields([], Known) == {}
    large = {"b": "x" * MOST_UNKNOWN_BYTES, "c": 1}
    assert kept(large) == {"c": 1, "left_out": ["b"]}
    many = {f"n{number}": "x" * 1000 for number in range(6)}
    assert len(kept(many)["left_out"]) == 2  # type: ignore[arg-type]  # a list
    deep: object = 1
    for _ in range(5000):
        deep = [deep]
    assert kept({"deep": deep, "c": 1}) == {"c": 1, "left_out": ["deep"]}
    assert kept({"deep": deep}) == {"left_out": ["deep"]}
