"""What every use case is handed: the store, the renderer, fresh ids and where people reach us."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from tocsin.flows.mitigation import Action
from tocsin.flows.ports import Channel, NewId, Renderer, Source
from tocsin.flows.signing import Signing
from tocsin.flows.storage import Store
from tocsin.flows.together import Together

Options = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """The use cases' dependencies, built once by wiring. `public_url` has no trailing slash.

    `ways_back` tell senders, by the kind of their integration. `redact` hides secrets in a body that is kept. `signing` lets pages be answered by links and replies. `resolve` replaces `env:` and `file:` references in adapter options by what they refer to. `closing` gathers what threads that send write into the database.
    """

    store: Store
    renderer: Renderer
    new_id: NewId
    public_url: str = ""
    channels: Mapping[str, Channel] = field(default_factory=dict)
    sources: Mapping[str, Source] = field(default_factory=dict)
    ways_back: Mapping[str, Channel] = field(default_factory=dict)
    actions: Mapping[str, Action] = field(default_factory=dict)
    resolve: Callable[[Options], Options] = dict
    redact: Callable[[bytes], bytes] = bytes
    signing: Signing | None = None
    closing: Together = field(default_factory=Together)
