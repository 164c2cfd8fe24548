"""R-DET-7, R-DET-9: references and channels in each pack's format."""

from __future__ import annotations

from datetime import date

import pytest
from tests.packs.presets import preset

from tocsin.domain.policy.names import Mode, channel_names, counter_prefix, render_ref

DAY = date(2025, 1, 20)


@pytest.mark.parametrize(
    ("pack", "mode", "prefix", "ref"),
    [
        ("responder", "standard", "INC-2025-", "INC-2025-001"),
        ("sre", "standard", "INC-2025-0120-", "INC-2025-0120-001"),
        ("platform", "standard", "INC-", "INC-1"),
        ("startup", "backfill", "INC-", "INC-1"),
        ("ops", "standard", "INC-", "INC-1"),
        ("sre", "drill", "DRILL-", "DRILL-1"),
        ("responder", "drill", "DRILL-", "DRILL-1"),
    ],
)
def test_references_follow_the_pack(pack: str, mode: Mode, prefix: str, ref: str) -> None:
    assert counter_prefix(preset(pack), DAY, mode) == prefix
    assert render_ref(preset(pack), 1, DAY, mode) == ref


def test_a_number_past_its_padding_is_written_out() -> None:
    assert render_ref(preset("responder"), 1234, DAY) == "INC-2025-1234"


@pytest.mark.parametrize(
    ("pack", "own", "shared", "aliases"),
    [
        ("platform", "#incident-2025-01-20-orders-api-500s", (), ()),
        ("startup", "", ("#incidents",), ()),
        ("ops", "#incident-2025-01-20-orders-api-500s", (), ()),
        ("responder", "#incident-2025-007", ("#incidents",), ()),
        ("sre", "#incident-20250120", ("#incidents",), ("#incident-2025-0120",)),
    ],
)
def test_channels_follow_the_pack(pack: str, own: str, shared: tuple[str, ...], aliases: tuple[str, ...]) -> None:
    names = channel_names(preset(pack), 7, DAY, "Orders API: 500s!")

    assert (names.own, names.shared, names.aliases) == (own, shared, aliases)


def test_a_second_incident_on_one_day_gets_a_suffix_and_a_third_the_next() -> None:
    first = channel_names(preset("sre"), 1, DAY, "a")
    second = channel_names(preset("sre"), 2, DAY, "b", taken={first.own})
    third = channel_names(preset("sre"), 3, DAY, "c", taken={first.own, second.own})

    assert [first.own, second.own, third.own] == ["#incident-20250120", "#incident-20250120-2", "#incident-20250120-3"]
    assert second.aliases == ("#incident-2025-0120-2",)
