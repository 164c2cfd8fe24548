"""`tocsin.yaml` becomes a catalogue, or one list of everything that is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from tocsin.config.catalogue_rules import CatalogueChecker, check_catalogue
from tocsin.config.decode import Decoder
from tocsin.config.differences import difference
from tocsin.config.example import EXAMPLE, dump_commented
from tocsin.config.packs import list_packs, read_pack, read_preset
from tocsin.config.problems import ConfigError, Problem
from tocsin.config.routing_rules import ROUTING_LINES, check_routing
from tocsin.config.runbooks import own_runbooks, shipped_runbooks
from tocsin.config.tree import Tree, Where, parse_tree, read_tree
from tocsin.domain.catalogue import Catalogue, EscalationStep
from tocsin.domain.mitigation.runbook import Runbook
from tocsin.domain.oncall.verification import Confirmed
from tocsin.domain.policy.pack import Pack
from tocsin.domain.schedules import Schedule

__all__ = ["EXAMPLE", "Complaint", "check", "check_text", "diff", "dump_commented", "from_json", "load", "to_json"]

_encode = msgspec.json.Encoder(order="deterministic").encode
_decode = msgspec.json.Decoder(Catalogue).decode


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """What somebody who knows the adapters says of a value: its path in the file, what is wrong, how to mend it."""

    where: Where
    message: str
    mend: str = ""


Judge = Callable[[Catalogue], Iterable[Complaint]]


def _nothing(_: Catalogue) -> Iterable[Complaint]:
    return ()


def check(
    path: Path, judge: Judge = _nothing, confirmed: Callable[[], Collection[Confirmed]] = tuple
) -> tuple[Catalogue | None, list[Problem]]:
    """Return the catalogue in the file, and everything that is wrong with it; None as soon as anything is.

    The catalogue has version 0 until it is stored. `judge` adds what only the adapters know: their options. `confirmed`
    is asked for the contact methods that people confirmed, where the file itself leaves somebody out of reach.
    """
    tree, problems = read_tree(path)
    return _checked(tree, problems, path.parent, judge, confirmed)


def check_text(text: str, name: str, beside: Path, judge: Judge = _nothing) -> tuple[Catalogue | None, list[Problem]]:
    """Return the catalogue in `text`, as `check` does; `name` stands for the file, `beside` is where packs are looked for."""
    tree, problems = parse_tree(text, name)
    return _checked(tree, problems, beside, judge)


def load(path: Path) -> Catalogue:
    """Return the catalogue in the file.

    Raises:
        ConfigError: something is wrong with it; `problems` names every line.
    """
    catalogue, problems = check(path)
    if catalogue is None:
        raise ConfigError(problems)
    return catalogue


def diff(old: Catalogue, new: Catalogue) -> list[str]:
    """Return what changed from `old` to `new`, one line a value: `+` new, `-` gone, `~` changed."""
    return difference(replace(old, version=0), replace(new, version=0))


def to_json(catalogue: Catalogue) -> bytes:
    """Return `catalogue` as JSON for storing; the same catalogue always gives the same bytes."""
    return _encode(catalogue)


def from_json(data: bytes | str) -> Catalogue:
    """Return the catalogue that `to_json` wrote.

    Raises:
        msgspec.DecodeError: the data is not a catalogue.
    """
    return _decode(data)


def _checked(
    tree: Tree | None,
    problems: list[Problem],
    beside: Path,
    judge: Judge,
    confirmed: Callable[[], Collection[Confirmed]] = tuple,
) -> tuple[Catalogue | None, list[Problem]]:
    if tree is None:
        return None, problems
    decoder = Decoder(
        fixed={
            Catalogue: {"version": 0, "packs": (), "runbooks": (), "runbook_digests": {}},
            Schedule: {"swaps": ()},
            EscalationStep: {"beside": ()},
        },
        lines=ROUTING_LINES,
    )
    named, rest = _without(tree, "packs")
    listed, rest = _without(rest, "runbooks")
    books, at_books, books_wrong = own_runbooks(listed, beside)
    catalogue = replace(decoder.item(Catalogue, rest), runbooks=_in_use(books))
    own, more = _own_packs(decoder, named, beside)
    packs, presets_wrong = _packs_in_use(catalogue, own)
    at_lines = _with(tree, "runbooks", at_books)
    checker = CatalogueChecker(catalogue, at_lines, packs, {*list_packs(), *own}, confirmed=confirmed)
    check_catalogue(checker)
    check_routing(checker)
    for complaint in judge(catalogue):
        checker.say(complaint.where, complaint.message, complaint.mend)
    unread = {problem.field for problem in decoder.problems}
    broken_rules = [problem for problem in checker.problems if problem.field not in unread]
    found = sorted({*problems, *decoder.problems, *more, *books_wrong, *presets_wrong, *broken_rules})
    return (None, found) if found else (replace(catalogue, packs=tuple(packs.values())), [])


def _without(tree: Tree, name: str) -> tuple[Tree | None, Tree]:
    """Split off what a file may give as paths and the catalogue holds in full."""
    if not isinstance(tree.value, dict):
        return None, tree
    return tree.value.get(name), replace(tree, value={k: v for k, v in tree.value.items() if k != name})


def _with(tree: Tree, name: str, part: Tree | None) -> Tree:
    if part is None or not isinstance(tree.value, dict):
        return tree
    return replace(tree, value={**tree.value, name: part})


def _in_use(own: dict[str, Runbook]) -> tuple[Runbook, ...]:
    """Return the shipped runbooks by key, a team's own of the same key in their place, then the team's others."""
    shipped = {runbook.key: runbook for runbook in shipped_runbooks()}
    return tuple({**shipped, **own}.values())


def _own_packs(decoder: Decoder, named: Tree | None, beside: Path) -> tuple[dict[str, Pack | None], list[Problem]]:
    """Return the packs the file names by path; one that is broken is there without a pack, so that its name is known."""
    found: dict[str, Pack | None] = {}
    problems: list[Problem] = []
    if named is None or named.value is None:
        return found, problems
    for i, path in enumerate(_texts(decoder, named)):
        pack, wrong = read_pack(beside / path)
        key = pack.key if pack else Path(path).stem
        if key in list_packs() or key in found:
            message = f"there is a pack called {key} already"
            at = named.value[i] if isinstance(named.value, list) else named
            wrong.append(
                Problem(file=at.file, line=at.line, field=f"packs[{i}]", message=message, mend="Give it another key.")
            )
        found.setdefault(key, pack)
        problems += wrong
    return found, problems


def _texts(decoder: Decoder, tree: Tree) -> Sequence[str]:
    value = decoder.value(tuple[str, ...], tree, ("packs",))
    return [str(one) for one in value] if isinstance(value, tuple) else []


def _packs_in_use(catalogue: Catalogue, own: dict[str, Pack | None]) -> tuple[dict[str, Pack], list[Problem]]:
    packs = {key: pack for key, pack in own.items() if pack is not None}
    problems: list[Problem] = []
    presets = set(list_packs())
    for key in dict.fromkeys((catalogue.default_pack, *(team.pack for team in catalogue.teams))):
        if key in presets and key not in packs:
            pack, wrong = read_preset(key)
            problems += wrong
            if pack is not None:
                packs[key] = pack
    return packs, problems
