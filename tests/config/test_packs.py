"""A team's own pack: laid over a preset, refused with file and line, shown as a difference."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import pytest
from tests.packs.presets import PRESETS, preset

from tocsin.config.packs import check_pack, diff_packs, list_packs, load_pack, read_pack
from tocsin.config.problems import ConfigError, Problem
from tocsin.domain.policy.pack import Pack


def written(folder: Path, text: str, name: str = "ours.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def problems_of(folder: Path, text: str) -> list[Problem]:
    pack, problems = read_pack(written(folder, text))
    assert pack is None
    return problems


def test_the_presets_are_found_and_in_order() -> None:
    assert set(list_packs()) == set(PRESETS)
    assert all(check_pack(preset(key)) == [] for key in PRESETS)


def test_an_unknown_pack_is_refused_by_naming_the_known_ones() -> None:
    with pytest.raises(ConfigError) as refused:
        load_pack("plattform")

    assert "there is no pack called 'plattform'" in str(refused.value)
    assert all(key in str(refused.value) for key in PRESETS)
    assert "Did you mean platform?" in str(refused.value)


def test_a_teams_pack_changes_one_figure_and_keeps_the_rest(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        """
key: ours
title: Ours
extends: platform
severities:
  SEV1: {cadence: {every: 10m}}
""",
    )

    pack = load_pack(path)

    assert pack.severity("SEV1").cadence.every == timedelta(minutes=10)
    assert pack.severity("SEV1").resolve_within == timedelta(hours=1)
    assert pack.severity("SEV2") == preset("platform").severity("SEV2")
    assert pack.templates == preset("platform").templates
    assert diff_packs(preset("platform"), pack) == [
        "~ key: platform -> ours",
        "~ title: Platform team (SEV1 to SEV4, commander within five minutes) -> Ours",
        "~ severities.SEV1.cadence.every: 15m -> 10m",
        "~ extends: base -> platform",
    ]


def test_keyed_lists_merge_by_key_as_mappings_do(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        """
key: ours
title: Ours
extends: platform
severities:
  - key: SEV2
    resolve_within: 2h
questions:
  - {key: started, text: When?}
  - {key: who, text: Who noticed?}
""",
    )

    pack = load_pack(path)

    assert pack.severity("SEV2").resolve_within == timedelta(hours=2)
    assert pack.severity("SEV2").cadence.every == timedelta(minutes=30)
    assert [q.key for q in pack.questions] == [*(q.key for q in preset("platform").questions), "who"]
    assert pack.questions[0].text == "When?"


def test_null_takes_out_replace_drops_and_first_goes_in_front(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        """
key: ours
title: Ours
extends: platform
severities:
  SEV1: {resolve_within: null}
detection_rules: {pool: null}
questions: !replace {only: {text: Only this?}}
sections: !first {impact: {}, timeline: {}}
""",
    )

    pack = load_pack(path)

    assert pack.severity("SEV1").resolve_within is None
    assert "pool" not in {rule.key for rule in pack.detection_rules}
    assert [q.key for q in pack.questions] == ["only"]
    assert [s.key for s in pack.sections][:3] == ["impact", "timeline", "metadata"]
    assert len(pack.sections) == len(preset("platform").sections)


def test_a_pack_may_extend_a_teams_other_pack_by_path_or_from_a_folder(tmp_path: Path) -> None:
    written(tmp_path, "{key: first, title: First, extends: sre, idle_session_age: 9m}", "first.yaml")
    second = written(tmp_path, "{key: second, title: Second, extends: first.yaml}", "second.yaml")

    assert load_pack(second).idle_session_age == timedelta(minutes=9)
    assert "second" in list_packs([tmp_path])
    assert load_pack("second", [tmp_path]).id_format == preset("sre").id_format


def test_a_pack_that_extends_itself_is_refused(tmp_path: Path) -> None:
    written(tmp_path, "{key: a, title: A, extends: b.yaml}", "a.yaml")
    written(tmp_path, "{key: b, title: B, extends: a.yaml}", "b.yaml")

    _, problems = read_pack(tmp_path / "a.yaml")

    assert [p.message for p in problems] == ["the pack extends itself"]


HEAD = "key: ours\ntitle: Ours\nextends: platform\n"


class Mistake(NamedTuple):
    text: str
    line: int
    field: str
    message: str
    mend: str


MISTAKES = [
    Mistake("severity: {}\n", 4, "severity", "pack has no 'severity'", "Did you mean severities?"),
    Mistake(
        "severities:\n  SEV2:\n    resolve_within: soon\n",
        6,
        "severities.SEV2.resolve_within",
        "'soon' is not a duration",
        "15m",
    ),
    Mistake("severities:\n  SEV2:\n    review: always\n", 6, "severities.SEV2.review", "is none of", "required"),
    Mistake(
        "severities:\n  SEV2:\n    criteria:\n      x: {text: x, all: [users_procent > 5]}\n",
        7,
        "severities.SEV2.criteria.x.all[0]",
        "'users_procent' is no fact of an impact",
        "Did you mean users_percent?",
    ),
    Mistake(
        "severities:\n  SEV2:\n    criteria:\n      x: {text: x, all: [users_percent]}\n",
        7,
        "severities.SEV2.criteria.x.all[0]",
        "is not a condition",
        "users_percent >= 50",
    ),
    Mistake(
        "severities:\n  SEV2:\n    criteria:\n      x: {text: x, all: [users_percent is true]}\n",
        7,
        "severities.SEV2.criteria.x.all[0]",
        "users_percent is a number",
        "users_percent > 5",
    ),
    Mistake(
        "severities:\n  SEV2:\n    criteria:\n      x: {text: x, all: [scope is everyone]}\n",
        7,
        "severities.SEV2.criteria.x.all[0]",
        "scope is never 'everyone'",
        "all, subset",
    ),
    Mistake(
        "severities:\n  SEV9: {rank: 9, name: Nine, criteria: {}}\n", 4, "severities", "without holes", "most severe"
    ),
    Mistake("severities: {SEV3: null}\n", 4, "severities", "ranks are 1, 2, 4", "most severe"),
    Mistake(
        "severities:\n  SEV2:\n    cadence: {kind: every, every: null}\n",
        6,
        "severities.SEV2.cadence",
        "needs `every`",
        "15m",
    ),
    Mistake("id_format: INC-{year}-{nnn}\n", 4, "id_format", "'year' is no placeholder", "yyyy"),
    Mistake("id_format: INC-{nnn}-X\n", 4, "id_format", "does not end with a number", "{nnn}"),
    Mistake("default_severity: SEV7\n", 4, "default_severity", "no severity of this pack", "SEV"),
    Mistake("cause_order: [recent_deploy, moon]\n", 4, "cause_order[1]", "'moon' is no kind of cause", "Known"),
    Mistake("approvals: {huge: 1}\n", 4, "approvals.huge", "'huge' is no risk", "low"),
    Mistake(
        "checklists:\n  mine:\n    title: Mine\n    items:\n      x: {text: x, ticked_by: 'told:everyone'}\n",
        8,
        "checklists.mine.items.x.ticked_by",
        "'everyone' is no audience",
        "Known",
    ),
    Mistake(
        "verification: {gates: {x: {text: x, metric: vibes}}}\n",
        4,
        "verification.gates.x.metric",
        "'vibes' is no gate metric",
        "Known",
    ),
    Mistake(
        "phase_clocks: {first_steps: {ends: 0s}}\n",
        4,
        "phase_clocks.first_steps.ends",
        "ends before it starts",
        "detection",
    ),
    Mistake(
        "templates:\n  update:\n    body: |\n      fine\n      {{ severty }}\n",
        8,
        "templates.update.body",
        "no message has a field 'severty'",
        "Did you mean severity?",
    ),
    Mistake(
        "templates:\n  update:\n    body: |\n      {% if x %}\n",
        7,
        "templates.update.body",
        "the template is broken",
        "Mend",
    ),
    Mistake(
        "templates:\n  update:\n    body: '{{ ref | shout }}'\n",
        6,
        "templates.update.body",
        "the template is broken",
        "Mend",
    ),
    Mistake(
        "templates:\n  update_public:\n    body: '{{ root_cause }}'\n",
        6,
        "templates.update_public.body",
        "root_cause is for people inside",
        "public_",
    ),
    Mistake("templates: {page: null}\n", 4, "templates", "no template for page to responders", "extend a preset"),
    Mistake(
        "templates:\n  again: {moment: page, audience: responders, body: x}\n",
        5,
        "templates.again",
        "page and again are both for page to responders",
        "Keep one",
    ),
]


@pytest.mark.parametrize("mistake", [pytest.param(m, id=m.field) for m in MISTAKES])
def test_a_mistake_is_told_with_its_line_and_how_to_mend_it(tmp_path: Path, mistake: Mistake) -> None:
    problems = problems_of(tmp_path, HEAD + mistake.text)

    found = [p for p in problems if p.field == mistake.field and mistake.message in p.message]
    assert found, problems
    assert found[0].line == mistake.line
    assert found[0].file.endswith("ours.yaml")
    assert mistake.mend in found[0].mend


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    text = HEAD + "nope: 1\nidle_session_age: x\nroles: 7\n"

    assert [p.line for p in problems_of(tmp_path, text)] == [4, 5, 6]


def test_a_mistake_inherited_from_another_file_names_that_file(tmp_path: Path) -> None:
    written(tmp_path, "key: first\ntitle: First\nextends: sre\ncause_order: [moon]\n", "first.yaml")

    problems = problems_of(tmp_path, "key: ours\ntitle: Ours\nextends: first.yaml\n")

    assert [(Path(p.file).name, p.line) for p in problems] == [("first.yaml", 4)]


def test_broken_yaml_and_a_missing_key_name_their_line(tmp_path: Path) -> None:
    assert problems_of(tmp_path, "key: [1\nb: {")[0].line == 2
    assert problems_of(tmp_path, "title: x\nextends: sre\n")[0].message == "key is missing"


def test_a_key_given_twice_is_told(tmp_path: Path) -> None:
    problems = problems_of(tmp_path, HEAD + "title: Again\n")

    assert problems[0].message == "title is given twice, first on line 2"


def test_a_pack_made_in_memory_is_checked_without_a_file() -> None:
    problems = check_pack(Pack(key="bare", title="", source="", severities=()))

    assert "pack bare: severities: the pack has no severities" in str(problems[0])
