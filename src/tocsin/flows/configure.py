"""Store a checked configuration as a new immutable version, with its packs (architecture: YAML is the input)."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta

import msgspec

from tocsin.domain.catalogue import Catalogue, scale_catalogue
from tocsin.domain.policy.codec import pack_to_json
from tocsin.flows.engine import Engine


def apply(engine: Engine, catalogue: Catalogue, actor: str) -> int:
    """Store `catalogue` with its packs and return the version in force; the same configuration twice is one version.

    A drill's speed divides durations here, as they are loaded; no clock is ever scaled.
    """
    scaled = catalogue if catalogue.speed == 1 else scale_catalogue(catalogue, catalogue.speed)
    bodies = {pack.key: pack_to_json(pack).decode() for pack in scaled.packs}
    digests = {key: hashlib.sha256(body.encode()).hexdigest() for key, body in bodies.items()}
    stored = replace(scaled, version=0, packs=(), pack_digests=digests)
    raw = msgspec.json.encode(stored, order="deterministic").decode()
    with engine.store.transaction() as tx:
        for key, digest in digests.items():
            tx.put_pack(digest, bodies[key])
        version = tx.put_catalogue(raw, actor)
        now = tx.now()
        for number, monitor in enumerate(stored.monitors):
            # Spread the first looks, so that a hundred monitors do not start in the same instant.
            tx.set_timer(f"monitor/{monitor.key}", "look", version, now + timedelta(milliseconds=50 * number))
    engine.store.wake()
    return version
