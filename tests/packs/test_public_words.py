"""What people outside read is only what was released for them."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest
from tests.domain.incident.story import POLICY, begun

from tocsin.adapters.rendering.jinja import Jinja
from tocsin.config.packs import list_packs, load_pack
from tocsin.domain.comms.compose import Asked, Note, compose
from tocsin.domain.incident import events as e

_pack = cache(lambda key: load_pack(key, ()))
SECRET = "the vendor's key leaked"
PUBLIC_WORDS = "Orders may fail for some people."


def _note(pack: str, moment: str, audience: str, text: str) -> Note:
    story = begun().then(e.CauseNamed(text=SECRET)).then(e.Noted(text=SECRET))
    rules = _pack(pack)
    severity = next(s.key for s in rules.severities if s.rank == 1)
    incident = replace(story.incident, severity=severity, title=SECRET, summary=SECRET, resolution=SECRET)
    asked = Asked(moment=moment, audience=audience, public_url="https://tocsin.example", extra={"text": text})
    return compose(asked, incident, story.events[-1], replace(POLICY, pack=rules))


@pytest.mark.parametrize("pack", list_packs())
@pytest.mark.parametrize("moment", ["initial", "update", "findings", "monitoring", "resolved", "all_clear"])
@pytest.mark.parametrize("audience", ["customers", "public"])
def test_no_message_for_people_outside_holds_what_responders_said(pack: str, moment: str, audience: str) -> None:
    note = _note(pack, moment, audience, PUBLIC_WORDS)
    render = Jinja().render
    assert SECRET not in render(note.subject, note.fields) + render(note.body, note.fields)


@pytest.mark.parametrize("audience", ["customers", "public"])
def test_words_written_for_people_outside_reach_them(audience: str) -> None:
    note = _note("platform", "update", audience, PUBLIC_WORDS)
    assert PUBLIC_WORDS in Jinja().render(note.body, note.fields)
