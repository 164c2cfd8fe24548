"""What the page on posting alerts shows can be pasted: configurations hold, and payloads are read."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from tests.conftest import ROOT

from tocsin.adapters.sources.datadog import READ
from tocsin.config.catalogue import EXAMPLE, check_text
from tocsin.wiring.options import SOURCE_KINDS, judge_options

PAGE = (ROOT / "docs/reference/ingest.md").read_text(encoding="utf-8")
PARTS = [p for p in re.findall(r"(?s)```yaml\n(.*?)```", PAGE) if p.startswith("# part of tocsin.yaml")]


def test_every_kind_has_a_section_and_every_section_a_kind() -> None:
    assert set(re.findall(r"(?m)^## `(\w+)`$", PAGE)) == SOURCE_KINDS
    assert set(re.findall(r"(?m)^\| \[`(\w+)`\]", PAGE)) == SOURCE_KINDS


@pytest.mark.parametrize("part", PARTS, ids=lambda p: p.split()[5].rstrip(":"))
def test_the_integrations_that_are_shown_are_accepted(part: str) -> None:
    _, problems = check_text(f"{EXAMPLE}\n{part}", "ingest.md", Path(), judge_options)
    assert problems == []


def test_datadogs_payload_holds_what_its_source_reads() -> None:
    payload = next(text for text in re.findall(r"(?s)```json\n(.*?)```", PAGE) if "$ALERT_ID" in text)
    fields = json.loads(payload)
    assert {"alert_id", "alert_transition", "alert_scope", "date", "tags"} <= set(fields) & READ
    assert all(value == f"${name.upper()}" for name, value in fields.items())


def test_a_mistake_in_an_integrations_options_is_told_with_its_line() -> None:
    (heartbeat,) = (part for part in PARTS if "kind: heartbeat" in part)
    text = f"{EXAMPLE}\n{heartbeat.replace('every: 1d', 'every: sometimes')}"
    _, problems = check_text(text, "tocsin.yaml", Path(), judge_options)
    [problem] = problems
    assert problem.field == "integrations.jobs.options.every"
    assert problem.line == text[: text.index("every: sometimes")].count("\n") + 1
