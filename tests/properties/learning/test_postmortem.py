"""A draft has every section, says what is unknown and asks, over generated values."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from tests.domain.incident.logs import log
from tests.domain.learning.test_postmortem import LOG, MARKDOWN, READER, drafted

from tocsin.domain.incident import events as e
from tocsin.domain.learning.postmortem import (
    SECTIONS,
    front_matter,
    merge,
)


@given(st.text(max_size=60))
def test_a_title_of_any_characters_reads_as_written(title: str) -> None:
    known = log(("14:00", e.Declared(title=title, severity="SEV1", ref="INC-1")))
    markdown = drafted(known).to_markdown()
    cell = next(line for line in markdown.splitlines() if line.startswith("| Incident | "))
    shown = MARKDOWN.parse(f"| a | b |\n|---|---|\n{cell}\n")
    cells = [t for t in shown if t.type == "inline"]
    words = "".join(child.content for child in cells[3].children or [] if child.type in {"text", "text_special"})
    visible = "".join(" " if c.isspace() or c < " " or c == "\x7f" else c for c in title)
    assert words.split() == f"INC-1: {visible}".split()


PROSE = st.text(alphabet=st.characters(exclude_characters="\r", exclude_categories=("Cs",)), max_size=80).filter(
    lambda t: "tocsin:" not in t
)


EARLY, WHOLE = drafted(LOG[:5]).to_markdown(), drafted()


@given(st.lists(PROSE, min_size=1, max_size=5))
def test_any_prose_between_the_sections_survives(words: list[str]) -> None:
    prose = [words[n % len(words)] for n in range(len(SECTIONS))]
    text, after = EARLY, WHOLE
    for (source, _, _), said in zip(SECTIONS, prose, strict=True):
        mark = f"<!-- tocsin:end {source} -->\n"
        text = text.replace(mark, f"{mark}{said}\n")
    merged = merge(text, after)

    rest = merged
    for (source, _, _), said in zip(SECTIONS, prose, strict=True):
        mark = f"<!-- tocsin:end {source} -->\n"
        assert f"{mark}{said}\n" in rest
        rest = rest.split(mark, 1)[1]
    assert merge(merged, after) == merged


@given(st.text(max_size=40))
def test_front_matter_is_yaml_whatever_the_title(title: str) -> None:
    text = front_matter.emit({"id": "INC-1", "title": title, "authors": [title], "drill": False})
    lines = text.split("\n")
    front = "\n".join(lines[1 : lines.index("---", 1)])
    assert READER.load(front) == {"id": "INC-1", "title": title, "authors": [title], "drill": False}
