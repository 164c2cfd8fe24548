"""Every event ever stored is read for ever: one file of each type and version, frozen when it was new."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tocsin.domain.incident.codec import TYPES, VERSIONS, decode_body, encode_body

CORPUS = Path(__file__).parents[1] / "data" / "events"
FROZEN = sorted(CORPUS.glob("v*/*.json"))


@pytest.mark.parametrize("path", FROZEN, ids=lambda p: f"{p.parent.name}-{p.stem}")
def test_every_stored_event_of_any_version_is_read_for_ever(path: Path) -> None:
    for line in path.read_text().splitlines():
        row = json.loads(line)
        body = decode_body(row["type"], row["v"], json.dumps(row["body"]))
        assert isinstance(body, TYPES[path.stem])
        if row["v"] == VERSIONS[path.stem]:
            again = json.loads(encode_body(body)[2])
            assert {name: again[name] for name in row["body"]} == row["body"], "a field lost its meaning: bump V"


@pytest.mark.parametrize("name", sorted(TYPES))
def test_every_version_of_every_type_is_frozen(name: str) -> None:
    versions = {
        json.loads(line)["v"] for p in FROZEN if p.stem == name for line in p.read_text().splitlines() if line.strip()
    }
    assert versions == set(range(1, VERSIONS[name] + 1)), "freeze it: python tests/data/events/freeze.py"
