"""Store a checked configuration as a new immutable version, with the packs it names (architecture: YAML is the input)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import msgspec

from tocsin.domain.catalogue import Catalogue
from tocsin.domain.policy.codec import pack_to_json
from tocsin.domain.policy.pack import Pack
from tocsin.domain.policy.speed import divided, scale
from tocsin.flows.engine import Engine


def apply(engine: Engine, catalogue: Catalogue, packs: Mapping[str, Pack], actor: str) -> int:
    """Store `catalogue` and `packs` and return the version in force; the same configuration twice is one version.

    A drill's speed divides durations here, as they are loaded; no clock is ever scaled.
    """
    scaled = {key: scale(pack, catalogue.speed) for key, pack in packs.items()}
    bodies = {key: pack_to_json(pack).decode() for key, pack in scaled.items()}
    digests = {key: hashlib.sha256(body.encode()).hexdigest() for key, body in bodies.items()}
    stored = replace(catalogue, version=0, packs=digests)
    if catalogue.speed != 1:
        stored = replace(
            stored,
            policies=divided(stored.policies, catalogue.speed),
            monitors=divided(stored.monitors, catalogue.speed),
        )
    raw = msgspec.json.encode(stored, order="deterministic").decode()
    with engine.store.transaction() as tx:
        for key, digest in digests.items():
            tx.put_pack(digest, bodies[key])
        version = tx.put_catalogue(raw, actor)
        now = tx.now()
        for number, monitor in enumerate(stored.monitors):
            # Spread the first looks, so that a hundred monitors do not start in the same instant.
            first = now + timedelta(milliseconds=50 * number)
            tx.set_timer(f"monitor/{monitor.key}", "look", version, first)
    engine.store.wake()
    return version
