"""The application under test."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.support.api import TOCSIN_YAML, Office, building, furnished, migrated, office

from tocsin.config.catalogue import check_text
from tocsin.flows.configure import apply

__all__ = ["building", "furnished", "migrated", "office", "phones"]

TOKEN = "12345"
YAML = TOCSIN_YAML.replace(
    "ben: {name: Ben, contacts: {",
    'ben: {name: Ben, contacts: {phone: {kind: sms, address: "+49 151 234", verified: true}, ',
).replace(
    "channels:\n",
    """channels:
  phone:
    kind: sms
    audiences: [people]
    options: {account: AC1, token: "env:PHONE_TOKEN", sender: "+15005550006"}
""",
)


@pytest.fixture
def phones(office: Office, monkeypatch: pytest.MonkeyPatch) -> Office:
    """The office, where Ben is paged by short message first."""
    monkeypatch.setenv("PHONE_TOKEN", TOKEN)
    catalogue, problems = check_text(YAML, "tocsin.yaml", Path())
    assert catalogue is not None, problems
    apply(office.app.engine, catalogue, "ana")
    return office
