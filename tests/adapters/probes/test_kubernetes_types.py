"""The tests' own API server and the probe's shapes, held to the types of the Kubernetes API.

No API server runs here. `tests/data/kubernetes/types-37.json` is what the models of the Kubernetes project's own Python
client (37.0.2) say of the objects that are read: each field by its name in JSON and its type, `!` behind those that the
client insists on.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.adapters.probes.test_kubernetes import WELL, pod, policy, stamp, workload

from tocsin.adapters.probes.kubernetes import KINDS

_FILE = Path(__file__).parents[2] / "data" / "kubernetes" / "types-37.json"
_KNOWN = json.loads(_FILE.read_text())
_PLAIN: dict[str, tuple[type, ...]] = {
    "Str": (str,),
    "datetime": (str,),
    "Int": (int,),
    "Bool": (bool,),
    "Int | Str": (int, str),
    "object": (object,),
}
_INSPECTED: dict[type, set[str]] = {
    msgspec.inspect.StrType: {"Str"},
    msgspec.inspect.DateTimeType: {"datetime"},
    msgspec.inspect.IntType: {"Int"},
    msgspec.inspect.BoolType: {"Bool"},
}
Thing = dict[str, Any]  # Any: JSON


def fields(kind: str) -> dict[str, str]:
    return {name.rstrip("!"): of for name, of in _KNOWN["types"][kind].items()}


def required(kind: str) -> set[str]:
    return {name.rstrip("!") for name in _KNOWN["types"][kind] if name.endswith("!")}


def wrong(value: Any, kind: str, path: str) -> Iterator[str]:
    """Yield what a client of the API would not understand of a document."""
    if value is None:
        return
    if kind.startswith("List["):
        if not isinstance(value, list):
            yield f"{path} is no list"
            return
        for one in value:
            yield from wrong(one, kind[5:-1], f"{path}[]")
    elif kind.startswith("Dict["):
        if not isinstance(value, dict):
            yield f"{path} is no mapping"
    elif kind in _PLAIN:
        if not isinstance(value, _PLAIN[kind]):
            yield f"{path} is no {kind}"
    elif kind in _KNOWN["types"]:
        known = fields(kind)
        yield from (f"{path}.{name} is not in the API" for name in value if name not in known)
        yield from (f"{path}.{name} is always there" for name in required(kind) if name not in value)
        for name in known.keys() & value.keys():
            yield from wrong(value[name], known[name], f"{path}.{name}")


def looked_for(shape: msgspec.inspect.Type, kind: str) -> Iterator[tuple[str, str, bool]]:
    """Yield each field of the probe's shapes, and whether the API has it there with that type."""
    match shape:
        case msgspec.inspect.UnionType(types=types):
            for one in types:
                if isinstance(one, msgspec.inspect.ListType | msgspec.inspect.StructType):
                    yield from looked_for(one, kind)
        case msgspec.inspect.ListType(item_type=item) if kind.startswith("List["):
            yield from looked_for(item, kind[5:-1])
        case msgspec.inspect.StructType(cls=cls, fields=parts):
            known = fields(kind)
            for part in parts:
                of = known.get(part.encode_name, "")
                yield cls.__name__, part.encode_name, fits(part.type, of)
                if of:
                    yield from looked_for(part.type, of)


def fits(shape: msgspec.inspect.Type, kind: str) -> bool:
    match shape:
        case msgspec.inspect.UnionType(types=types):
            told = [one for one in types if not isinstance(one, msgspec.inspect.NoneType)]
            return all(fits(one, kind) or any(fits(one, part) for part in kind.split(" | ")) for one in told)
        case msgspec.inspect.ListType():
            return kind.startswith("List[")
        case msgspec.inspect.DictType():
            return kind.startswith("Dict[")
        case msgspec.inspect.StructType():
            return kind in _KNOWN["types"]
        case _:
            return kind in _INSPECTED[type(shape)]


def test_everything_the_probe_looks_for_is_in_the_api() -> None:
    """A shape may serve several kinds of objects: each of its fields is in at least one of them, with its type."""
    found: dict[tuple[str, str], bool] = {}
    for name, kind in KINDS.items():
        for shape, field, known in looked_for(msgspec.inspect.type_info(kind.shape), _KNOWN["kinds"][name]):
            found[shape, field] = found.get((shape, field), False) or known

    assert [field for field, known in found.items() if not known] == []
    assert len(found) > 50


@pytest.mark.parametrize("name", WELL)
def test_what_the_tests_own_server_answers_is_what_a_client_of_the_api_takes(name: str) -> None:
    said = [text for one in WELL[name] for text in wrong(one, _KNOWN["kinds"][name], name)]

    assert sorted(set(said)) == []


def test_the_makers_of_other_documents_keep_to_the_api_too() -> None:
    waiting = pod("shop-1", {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off"}})
    ended = {"terminated": {"reason": "OOMKilled", "exitCode": 137, "finishedAt": stamp(minutes=1)}}
    killed = pod("shop-2", {"running": {}}, lastState=ended)
    ports = [{"port": 8000, "protocol": "TCP"}, {"port": 9000, "endPort": 9100}]
    opened = policy("open", ingress=[{"from": [{"podSelector": {}}], "ports": ports}])
    said = [
        *(text for one in (waiting, killed) for text in wrong(one, "V1Pod", "pod")),
        *wrong(workload("shop-a", "shop:1", revision=1), "V1ReplicaSet", "replicaset"),
        *wrong(opened, "V1NetworkPolicy", "policy"),
    ]

    assert sorted(set(said)) == []
