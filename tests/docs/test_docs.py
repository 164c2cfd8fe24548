"""The documents say what is so: paths exist, links lead somewhere, tables equal the code, examples are accepted."""

from __future__ import annotations

import importlib
import re
import tomllib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from docs.meanings import KEYS

from docs import generate
from tocsin.config.catalogue import check_text
from tocsin.config.packs import list_packs, load_pack, read_pack
from tocsin.config.runbooks import read_runbook
from tocsin.domain.incident.codec import TYPES
from tocsin.domain.incident.phases import PHASE_TABLE
from tocsin.domain.policy.alert_severity import severity_of
from tocsin.domain.policy.pack import DetectionRule
from tocsin.doors.cli.exits import ExitCode
from tocsin.doors.cli.program import COMMANDS
from tocsin.wiring import judge_options

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "tocsin"
PAGES = sorted(
    [
        *(ROOT / "docs").rglob("*.md"),
        *(ROOT / n for n in ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md")),
    ]
)
# Made from a running system or written elsewhere; they may be absent in a checkout that is being built.
ROOMS = ("domain", "flows", "store", "net", "config", "wiring", "adapters", "drill", "doors")
ADR_LINES = 40


def _prose(page: Path) -> str:
    """A page without its fenced blocks."""
    return re.sub(r"(?ms)^\s*```.*?^\s*```", "", page.read_text(encoding="utf-8"))


def _spans(page: Path) -> list[str]:
    return re.findall(r"`([^`\n]+)`", _prose(page))


def _fences(language: str) -> Iterator[tuple[Path, str]]:
    for page in PAGES:
        for indent, body in re.findall(rf"(?ms)^( *)```{language}\n(.*?)^ *```", page.read_text(encoding="utf-8")):
            yield page, "\n".join(line.removeprefix(indent) for line in body.splitlines()) + "\n"


def _named_paths(page: Path) -> list[str]:
    looks_like = re.compile(r"[\w.-]+(/[\w.-]+)*/?")
    ending = (".py", ".md", ".yaml", ".lock", ".txt", ".toml", "/")
    return [
        s
        for s in _spans(page)
        if looks_like.fullmatch(s) and s.endswith(ending) and ("/" in s or s.endswith((".lock", ".toml")))
    ]


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_every_path_a_page_names_exists(page: Path) -> None:
    places = (ROOT, SOURCE, SOURCE / "doors", SOURCE / "adapters", page.parent)
    users = ("tocsin.yaml", "packs/ours.yaml", "var/")
    absent = [
        name
        for name in _named_paths(page)
        if not name.startswith(users) and not any((place / name).exists() for place in places)
    ]

    assert not absent


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_every_link_inside_leads_somewhere(page: Path) -> None:
    links = [
        link for link in re.findall(r"\]\(([^)\s]+)\)", _prose(page)) if not link.startswith(("http://", "https://"))
    ]
    broken = []
    for link in links:
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        there = target.exists()
        if not there or (anchor and target.suffix == ".md" and anchor not in _anchors(target)):
            broken.append(link)

    assert not broken


def _anchors(page: Path) -> set[str]:
    headings = re.findall(r"(?m)^#+ (.+)$", page.read_text(encoding="utf-8"))
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_every_name_of_the_code_that_a_page_uses_is_there(page: Path) -> None:
    names = [s for s in _spans(page) if re.fullmatch(rf"(?:{'|'.join(ROOMS)})(?:\.\w+)+(?:\(.*\))?", s)]
    unknown = [name for name in names if not _is_there(name.partition("(")[0])]

    assert not unknown


def _is_there(dotted: str) -> bool:
    parts = dotted.split(".")
    for cut in range(len(parts), 0, -1):
        try:
            found: object = importlib.import_module(".".join(("tocsin", *parts[:cut])))
        except ModuleNotFoundError:
            continue
        for name in parts[cut:]:
            if not hasattr(found, name):
                return False
            found = getattr(found, name)
        return True
    return False


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_what_follows_from_the_code_is_as_the_code_says(page: Path) -> None:
    text = page.read_text(encoding="utf-8")

    assert generate.refreshed(text) == text, "run: .venv/bin/python -m docs.generate"


def test_every_part_that_can_be_written_stands_on_a_page() -> None:
    placed = {name for page in PAGES for name in generate.named_blocks(page.read_text(encoding="utf-8"))}

    assert placed == set(generate.BLOCKS)


def test_the_phase_table_is_the_code_s() -> None:
    page = (ROOT / "docs/reference/lifecycle.md").read_text(encoding="utf-8")
    rows = re.findall(r"(?m)^\| `(\w+)` \| `(\w+)` \| `(\w+)` \|$", page)

    assert {(phase, verb): to for phase, verb, to in rows} == {
        (str(p), v): str(to) for (p, v), to in PHASE_TABLE.items()
    }


def test_every_setting_that_is_read_has_a_row() -> None:
    page = (ROOT / "docs/reference/settings.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`(TOCSIN_\w+)`", page))

    assert set(generate.asked_variables()) <= named


def test_a_key_without_a_meaning_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(KEYS, "Team", {"key": "The team's name."})

    with pytest.raises(generate.StaleError, match="leadership"):
        generate.configuration_keys()


def test_every_event_has_a_row() -> None:
    page = (ROOT / "docs/reference/events.md").read_text(encoding="utf-8")

    assert set(re.findall(r"(?m)^\| `(\w+)` \|", page)) == set(TYPES)


def test_every_dependency_has_a_row_and_every_row_a_dependency() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"], *(d for extra in project["optional-dependencies"].values() for d in extra)]
    names = {re.split(r"[\[<>=~!]", one)[0] for one in wanted}
    rows = set(re.findall(r"(?m)^\| `([\w.-]+)` \|", (ROOT / "docs/dependencies.md").read_text(encoding="utf-8")))

    assert rows == names


def test_the_exit_codes_are_the_command_line_s() -> None:
    page = (ROOT / "docs/reference/exit-codes.md").read_text(encoding="utf-8")

    assert {int(code) for code in re.findall(r"(?m)^\| (\d+) \|", page)} == {int(code) for code in ExitCode}


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_every_command_that_a_page_shows_exists(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    shown = re.findall(r"(?m)(?:^\s*|`|[A-Z_]+=\S+ |bin/)tocsin ([a-z]+)", text)

    assert set(shown) <= set(COMMANDS)


def test_the_words_senders_use_mean_the_ranks_that_are_written() -> None:
    page = (ROOT / "docs/reference/ingest.md").read_text(encoding="utf-8")
    pack = load_pack("platform")
    rows = re.findall(r"(?m)^\| ([1-4]) \| ([\w, ]+) \|$", page)

    assert len(rows) == 4
    for rank, words in rows:
        for word in words.split(", "):
            assert pack.severity(severity_of(word, pack)).rank == int(rank)


def test_every_whole_configuration_that_is_shown_is_accepted() -> None:
    shown = [(page, text) for page, text in _fences("yaml") if text.startswith("# tocsin.yaml")]

    assert shown
    for page, text in shown:
        _, problems = check_text(text, page.name, page.parent, judge_options)
        assert not problems


def test_parts_of_a_configuration_that_are_shown_use_only_keys_there_are() -> None:
    known = {name for names in KEYS.values() for name in names}
    shown = [text for _, text in _fences("yaml") if text.startswith("# part of tocsin.yaml")]

    assert shown
    for text in shown:
        tops = re.findall(r"(?m)^(\w+):", text)
        assert set(tops) <= set(KEYS["Catalogue"])
        assert set(re.findall(r"[{,] *(\w+):", text)) <= known | {
            "host",
            "sender",
            "username",
            "password",
            "account",
            "token",
        }


def test_every_pack_that_is_shown_is_accepted(tmp_path: Path) -> None:
    shown = [(page, text) for page, text in _fences("yaml") if text.startswith("# packs/")]

    assert shown
    for page, text in shown:
        file = tmp_path / f"{page.stem}.yaml"
        file.write_text(text, encoding="utf-8")
        _, problems = read_pack(str(file))
        assert not problems


def test_every_runbook_that_is_shown_is_accepted(tmp_path: Path) -> None:
    shown = [(page, text) for page, text in _fences("yaml") if text.startswith("# runbooks/")]

    assert shown
    for page, text in shown:
        file = tmp_path / f"{page.stem}.yaml"
        file.write_text(text, encoding="utf-8")
        _, problems = read_runbook(file)
        assert not problems


def test_the_rule_that_is_shown_is_one_a_monitor_takes() -> None:
    page = (ROOT / "docs/reference/configuration.md").read_text(encoding="utf-8")
    rule = re.search(r"`\{(key: slow[^`]+)\}`", page)
    example = next(text for _, text in _fences("yaml") if text.startswith("# tocsin.yaml"))
    assert rule
    with_rule = example.replace(
        'options: {url: "http://127.0.0.1:8000/metrics"}}', f'options: {{url: "http://x", rules: [{{{rule[1]}}}]}}}}'
    )
    assert with_rule != example

    catalogue, problems = check_text(with_rule, "example", ROOT, judge_options)

    assert catalogue
    assert not problems
    monitor = next(m for m in catalogue.monitors if "rules" in m.options)
    assert msgspec.convert(monitor.options["rules"], tuple[DetectionRule, ...])[0].for_ == timedelta(minutes=2)


def test_every_preset_is_in_the_figures() -> None:
    page = (ROOT / "docs/reference/packs.md").read_text(encoding="utf-8")

    assert set(re.findall(r"(?m)^### `([\w-]+)`", page)) == set(list_packs())


@pytest.mark.parametrize("page", sorted((ROOT / "docs/adr").glob("*.md")), ids=lambda p: p.stem)
def test_a_decision_is_short_and_says_why_what_and_what_follows(page: Path) -> None:
    text = page.read_text(encoding="utf-8")

    assert len(text.splitlines()) <= ADR_LINES
    assert re.findall(r"(?m)^## (\w+)", text) == ["Context", "Decision", "Consequences"]
    assert text.startswith(f"# {int(page.name[:4])}. ")


def test_every_page_can_be_reached_from_the_readme() -> None:
    seen, waiting = set(), [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page in seen or page.suffix != ".md" or not page.exists():
            continue
        seen.add(page)
        for link in re.findall(r"\]\(([^)\s#]+)", page.read_text(encoding="utf-8")):
            target = (page.parent / link).resolve()
            waiting.extend(sorted(target.glob("*.md")) if target.is_dir() else [target])

    assert set(PAGES) <= seen
