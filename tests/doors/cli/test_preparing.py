"""What `up` makes before its processes start."""

from __future__ import annotations

from pathlib import Path

import pytest

from tocsin.config.catalogue import dump_commented
from tocsin.domain.catalogue import ContactMethod
from tocsin.domain.oncall.verification import target_of
from tocsin.doors.cli.exits import CommandError
from tocsin.doors.cli.preparing import prepare
from tocsin.settings import Settings
from tocsin.store.opening import open_store

URL = "http://127.0.0.1:8787"


def test_a_start_counts_what_was_confirmed_and_refuses_what_reaches_nobody(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, database=f"sqlite:///{tmp_path}/tocsin.db")
    file = tmp_path / "tocsin.yaml"
    file.write_text(dump_commented(name="Ada", email="ada@example.com").replace(", verified: true", ""))
    with pytest.raises(CommandError, match="no verified contact"):
        prepare(settings, URL, file, written=False)

    contact = ContactMethod(key="console", kind="console", address="ada")
    store = open_store(settings.database)
    with store.transaction() as tx:
        tx.verify_contact("ada", "console", target=target_of(contact), by="ada")
    store.close()

    prepared = prepare(settings, URL, file, written=False)
    assert (prepared.person, prepared.version) == ("ada", 1)
