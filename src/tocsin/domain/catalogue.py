"""Who there is and what runs: the typed form of `tocsin.yaml`, stored as immutable numbered versions.

Options of adapters stay raw here (mappings); the adapter declares their type and wiring validates them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Literal

from tocsin.domain.alerts.inhibition import InhibitionRule
from tocsin.domain.alerts.intervals import TimeInterval
from tocsin.domain.alerts.limits import RateLimit
from tocsin.domain.alerts.maintenance import MaintenanceWindow
from tocsin.domain.alerts.routing import ROOT, Route
from tocsin.domain.mitigation.runbook import Runbook
from tocsin.domain.notification import NotificationRules
from tocsin.domain.policy.pack import Pack
from tocsin.domain.policy.speed import divided, scale
from tocsin.domain.schedules import Schedule


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactMethod:
    """One way to reach a person: a channel adapter's kind (email, webhook, console, …) and an address there.

    `channel` names the configured channel whose settings carry it; without one, the first of its kind for `people`.
    """

    key: str
    kind: str
    address: str
    channel: str = ""
    verified: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who can be paged, hold a role or log in. `notify` says how they want to be reached."""

    key: str
    name: str
    email: str = ""
    zone: str = "UTC"
    contacts: tuple[ContactMethod, ...] = ()
    scopes: tuple[str, ...] = ("read", "respond")
    notify: NotificationRules = field(default_factory=NotificationRules)


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """People who share a pack and a policy. `oncall_manager` is a target: whom that word means in the team's policies."""

    key: str
    name: str
    pack: str
    policy: str
    members: tuple[str, ...] = ()
    leadership: tuple[str, ...] = ()
    oncall_manager: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeTarget:
    """Something a probe can look at; `options` belong to the probe `kind`."""

    key: str
    kind: str
    options: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionTarget:
    """Something an action may do to a service; `options` belong to the action `kind`."""

    key: str
    kind: str
    options: Mapping[str, object] = field(default_factory=dict)
    risk: Literal["low", "medium", "high"] = "medium"


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A thing that can break, and what may be looked at and done about it. `drill` marks practice: so are its incidents."""

    key: str
    name: str
    team: str
    owner: str = ""
    depends_on: tuple[str, ...] = ()
    endpoints: tuple[str, ...] = ()
    probes: tuple[ProbeTarget, ...] = ()
    actions: tuple[ActionTarget, ...] = ()
    links: Mapping[str, str] = field(default_factory=dict)
    drill: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class EscalationStep:
    """Whom to page, then how long to wait for an acknowledgement.

    Targets: `person:KEY`, `schedule:KEY`, `team:KEY`, `leadership`, `service_owner`, `oncall_manager`. With `round_robin`
    one of all these is paged, the next one the next time. Whom `inform` names (also `channel:KEY`) is told and nobody
    waits for them. `max_rank` leaves the step out for lesser severities. `beside` are steps of other policies that are paged
    together with this one, each by its own rules.
    """

    targets: tuple[str, ...] = ()
    wait: timedelta = timedelta(minutes=5)
    inform: tuple[str, ...] = ()
    round_robin: bool = False
    max_rank: int | None = None
    beside: tuple[EscalationStep, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EscalationPolicy:
    """Steps in order, then the whole again `repeats` times, then the catch-all responder.

    All of that begins again `again_after` the catch-all was paged in vain, `again_times` at the most. Whoever
    acknowledges shows a sign of work every `ack_timeout`, or everybody is paged anew.
    """

    key: str
    steps: tuple[EscalationStep, ...]
    repeats: int = 1
    again_after: timedelta = timedelta(minutes=15)
    again_times: int = 5
    ack_timeout: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteBack:
    """Where a sender hears what became of its alerts; `key` is a reference to its credential, '' where it asks for none."""

    url: str
    key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Integration:
    """One sender: its key(s) are references (`env:`, `file:`) or hashes; any of them opens the door (rotation).

    `options` belong to the source `kind`. `silences` lets its key silence alerts, as everybody's can at an Alertmanager.
    """

    key: str
    kind: str
    keys: tuple[str, ...]
    service: str = ""
    team: str = ""
    options: Mapping[str, object] = field(default_factory=dict)
    limit: RateLimit | None = None
    silences: bool = False
    write_back: WriteBack | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Monitor:
    """A built-in check: `kind` http or metrics; every `every`; must hold for `for_`; opens an incident for `service`."""

    key: str
    service: str
    kind: Literal["http", "metrics"]
    options: Mapping[str, object] = field(default_factory=dict)
    every: timedelta = timedelta(seconds=15)
    for_: timedelta = timedelta(0)
    severity: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelRoute:
    """Where messages for some audiences go: an adapter kind, its options, and which audiences and severities it takes.

    `to` lists the addresses there, one message each; none where the channel is one place (a webhook, a console).
    The audience `people` makes it the way to people's own contact methods of its kind. A `drill` channel carries the
    messages of drills, and no others do.
    """

    key: str
    kind: str
    audiences: tuple[str, ...]
    to: tuple[str, ...] = ()
    options: Mapping[str, object] = field(default_factory=dict)
    max_rank: int | None = None
    drill: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """One version of the configuration. `catch_all` is the person paged when a policy reaches nobody.

    `packs` are the policy packs in use, in full, so that processes need no file; a stored version keeps them apart and
    names each snapshot by `pack_digests`, and so it is with `runbooks`. `bundle` is how long pages of a storm gather. `contact` is where readers of a message
    may ask, `status_url` where the public looks.
    """

    version: int
    catch_all: str
    people: tuple[Person, ...] = ()
    teams: tuple[Team, ...] = ()
    services: tuple[Service, ...] = ()
    schedules: tuple[Schedule, ...] = ()
    policies: tuple[EscalationPolicy, ...] = ()
    integrations: tuple[Integration, ...] = ()
    monitors: tuple[Monitor, ...] = ()
    channels: tuple[ChannelRoute, ...] = ()
    routing: Route = ROOT
    inhibitions: tuple[InhibitionRule, ...] = ()
    maintenance: tuple[MaintenanceWindow, ...] = ()
    time_intervals: tuple[TimeInterval, ...] = ()
    packs: tuple[Pack, ...] = ()
    pack_digests: Mapping[str, str] = field(default_factory=dict)
    runbooks: tuple[Runbook, ...] = ()
    runbook_digests: Mapping[str, str] = field(default_factory=dict)
    default_pack: str = "platform"
    default_policy: str = ""
    speed: float = 1.0
    bundle: timedelta = timedelta(seconds=30)
    organisation: str = ""
    contact: str = ""
    status_url: str = ""

    @property
    def names(self) -> dict[str, str]:
        """What people are called, by key: what every sentence about people is told."""
        return {p.key: p.name for p in self.people}

    def person(self, key: str) -> Person | None:
        """Return the person called `key`, or None."""
        return next((p for p in self.people if p.key == key), None)

    def service(self, key: str) -> Service | None:
        """Return the service called `key`, or None."""
        return next((s for s in self.services if s.key == key), None)

    def team(self, key: str) -> Team | None:
        """Return the team called `key`, or None."""
        return next((t for t in self.teams if t.key == key), None)

    def schedule(self, key: str) -> Schedule | None:
        """Return the schedule called `key`, or None."""
        return next((s for s in self.schedules if s.key == key), None)

    def pack(self, key: str) -> Pack | None:
        """Return the policy pack called `key`, or None."""
        return next((p for p in self.packs if p.key == key), None)

    def pack_of(self, team: str) -> Pack | None:
        """Return the pack `team` works by; the default pack when it is no team."""
        found = self.team(team)
        return self.pack(found.pack if found else self.default_pack)

    def policy(self, key: str) -> EscalationPolicy | None:
        """Return the escalation policy called `key`, or None."""
        return next((p for p in self.policies if p.key == key), None)


def scale_catalogue(catalogue: Catalogue, speed: float) -> Catalogue:
    """Return `catalogue` as a drill at `speed` loads it: waits, monitors and packs divided, every stamp left real.

    Raises:
        InvalidError: the speed is not above zero.
    """
    rest = divided(replace(catalogue, packs=(), schedules=(), speed=speed), speed)
    packs = tuple(scale(pack, speed) for pack in catalogue.packs)
    return replace(rest, packs=packs, schedules=catalogue.schedules)  # people's shifts go by the calendar
