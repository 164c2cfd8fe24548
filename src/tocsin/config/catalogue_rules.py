"""What a catalogue must keep to beyond its types: every name leads somewhere, and every alarm reaches somebody."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection
from datetime import timedelta
from functools import cached_property
from typing import Final

from tocsin.config.checker import Checker
from tocsin.config.notification_rules import check_notification
from tocsin.config.policy_rules import check_policies, check_target, reached_by
from tocsin.config.references import MEND, is_hash, is_reference, refuse_secrets
from tocsin.config.schedule_rules import check_schedules, check_zone
from tocsin.config.tree import Tree, Where, find
from tocsin.domain.catalogue import Catalogue
from tocsin.domain.oncall.verification import Confirmed, with_confirmed
from tocsin.domain.policy.pack import Pack
from tocsin.domain.policy.vocabulary import AUDIENCES

_KINDS: Final = (
    "people", "teams", "services", "schedules", "policies", "integrations", "monitors", "channels",
    "time_intervals", "inhibitions", "maintenance",
)  # fmt: skip
_SCOPES: Final = ("read", "respond", "admin")
_KEY_SIGNS: Final = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-_.")


class CatalogueChecker(Checker):
    """A catalogue, its tree, the packs in use, and the names a reference may lead to, also of items that are broken."""

    def __init__(
        self,
        catalogue: Catalogue,
        tree: Tree,
        packs: dict[str, Pack],
        pack_keys: Collection[str],
        *,
        confirmed: Callable[[], Collection[Confirmed]] = tuple,
    ) -> None:
        super().__init__(tree)
        self.catalogue = catalogue
        self._ask_confirmed = confirmed
        self.tree = tree
        self.packs = packs
        self.pack_keys = pack_keys
        self.names = {kind: _names(tree, kind) for kind in _KINDS}

    @cached_property
    def as_confirmed(self) -> Catalogue:
        """The catalogue with what people confirmed; asked for only where the file's own word is not enough."""
        return with_confirmed(self.catalogue, self._ask_confirmed())

    def reaches(self, targets: Collection[str], team: str = "") -> bool:
        """Return whether any of a policy's targets can page somebody, for an incident of `team`."""
        by_file = any(reached_by(self.catalogue, target, team) for target in targets)
        return by_file or any(reached_by(self.as_confirmed, target, team) for target in targets)

    def refers(self, where: Where, key: str, kind: str, one: str) -> None:
        """Note it when `key` is no name of that kind; an empty one was noted when it was read."""
        if key:
            self.word(where, key, self.names[kind], one)


def check_catalogue(checker: CatalogueChecker) -> None:
    """Let every rule look at the catalogue; what they find is in `checker.problems`."""
    for rule in _RULES:
        rule(checker)


def _names(tree: Tree, kind: str) -> frozenset[str]:
    found = find(tree, (kind,))
    if found is tree:
        return frozenset()
    if isinstance(found.value, dict):
        return frozenset(found.value)
    items = found.value if isinstance(found.value, list) else []
    keys = (item.value.get("key") for item in items if isinstance(item.value, dict))
    return frozenset(str(key.value) for key in keys if key is not None)


def _keys(c: CatalogueChecker) -> None:
    for kind in _KINDS:
        _distinct(c, (kind,), [item.key for item in getattr(c.catalogue, kind)])
    for person in c.catalogue.people:
        _distinct(c, ("people", person.key, "contacts"), [contact.key for contact in person.contacts])
    for service in c.catalogue.services:
        _distinct(c, ("services", service.key, "probes"), [probe.key for probe in service.probes])
        _distinct(c, ("services", service.key, "actions"), [action.key for action in service.actions])


def _distinct(c: CatalogueChecker, where: Where, keys: list[str]) -> None:
    for key, count in Counter(keys).items():
        if count > 1:
            c.say((*where, len(keys) - 1 - keys[::-1].index(key)), f"{key} is given {count} times", "Keep one of them.")
        if key and (not set(key) <= _KEY_SIGNS or not key[0].isalnum()):
            mend = "Use small letters, digits, `-`, `_` and `.`; begin with a letter or digit."
            c.say((*where, key), f"{key!r} cannot be a key", mend)


def _catch_all(c: CatalogueChecker) -> None:
    key = c.catalogue.catch_all
    c.refers(("catch_all",), key, "people", "person")
    if key in c.names["people"] and not c.reaches([f"person:{key}"]):
        message = f"{key} is paged when nobody else can be, and has no verified contact"
        c.say(
            ("catch_all",),
            message,
            f"Add `verified: true` to a contact of {key} that is known to work, or let {key} confirm one.",
        )


def _people(c: CatalogueChecker) -> None:
    for person in c.catalogue.people:
        at: Where = ("people", person.key)
        check_zone(c, (*at, "zone"), person.zone)
        for i, scope in enumerate(person.scopes):
            c.word((*at, "scopes", i), scope, _SCOPES, "scope")
        check_notification(c, (*at, "notify"), person)
        if person.email and "@" not in person.email:
            c.say((*at, "email"), f"{person.email!r} is no e-mail address")
    mails = Counter(person.email.lower() for person in c.catalogue.people if person.email)
    for person in c.catalogue.people:
        if mails[person.email.lower()] > 1:
            c.say(
                ("people", person.key, "email"),
                f"{person.email} belongs to more than one person",
                "Give each their own.",
            )


def _teams(c: CatalogueChecker) -> None:
    for team in c.catalogue.teams:
        at: Where = ("teams", team.key)
        c.refers((*at, "policy"), team.policy, "policies", "policy")
        if team.pack:
            c.word((*at, "pack"), team.pack, c.pack_keys, "pack")
        for name in ("members", "leadership"):
            for i, person in enumerate(getattr(team, name)):
                c.refers((*at, name, i), person, "people", "person")
        if team.oncall_manager:
            check_target(c, (*at, "oncall_manager"), team.oncall_manager, c.names)


def _defaults(c: CatalogueChecker) -> None:
    c.word(("default_pack",), c.catalogue.default_pack, c.pack_keys, "pack")
    c.refers(("default_policy",), c.catalogue.default_policy, "policies", "policy")
    if not timedelta(0) <= c.catalogue.bundle <= timedelta(minutes=5):
        c.say(("bundle",), "pages would wait too long", "Give a time up to 5m; 0s sends each by itself.")
    if not c.catalogue.speed > 0:
        c.say(("speed",), f"speed {c.catalogue.speed:g} is not above zero", "1 is real time.")
    if c.catalogue.status_url and not c.catalogue.status_url.startswith(("http://", "https://")):
        c.say(("status_url",), "this is no web address", "Begin it with https://.")


def _services(c: CatalogueChecker) -> None:
    for service in c.catalogue.services:
        at: Where = ("services", service.key)
        c.refers((*at, "team"), service.team, "teams", "team")
        c.refers((*at, "owner"), service.owner, "people", "person")
        for i, other in enumerate(service.depends_on):
            c.refers((*at, "depends_on", i), other, "services", "service")
            if other == service.key:
                c.say((*at, "depends_on", i), f"{other} depends on itself", "Leave it out.")


def _schedules(c: CatalogueChecker) -> None:
    check_schedules(c, c.catalogue.schedules, c.names["people"])


def _policies(c: CatalogueChecker) -> None:
    check_policies(c, c.catalogue, c.names, c.reaches)


def _integrations(c: CatalogueChecker) -> None:
    for integration in c.catalogue.integrations:
        at: Where = ("integrations", integration.key)
        c.refers((*at, "service"), integration.service, "services", "service")
        c.refers((*at, "team"), integration.team, "teams", "team")
        if integration.key == "reply":
            c.say(at, "mail to reply@ answers pages, so that no sender can be called so", "Give it another name.")
        if not integration.service and not integration.team:
            c.say(at, "its alerts belong to nobody", "Add `service:` or `team:`.")
        back = integration.write_back
        if back is not None and back.key and not is_reference(back.key):
            c.say((*at, "write_back", "key"), "a credential written out, or a broken reference", MEND)
        if not integration.keys:
            c.say((*at, "keys"), "it has no key, so that nobody could send", "Add one, such as env:ALERTMANAGER_KEY.")
        for i, key in enumerate(integration.keys):
            if not is_reference(key) and not is_hash(key):
                message = "a key written out, or a broken reference"
                c.say((*at, "keys", i), message, f"{MEND} Or give its hash as sha256: and 64 hexadecimal digits.")
    used = Counter(key for integration in c.catalogue.integrations for key in integration.keys)
    for integration in c.catalogue.integrations:
        for i, key in enumerate(integration.keys):
            if used[key] > 1:
                c.say(
                    ("integrations", integration.key, "keys", i),
                    "this key opens two doors",
                    "Give each sender its own.",
                )


def _monitors(c: CatalogueChecker) -> None:
    for monitor in c.catalogue.monitors:
        at: Where = ("monitors", monitor.key)
        c.refers((*at, "service"), monitor.service, "services", "service")
        if monitor.every <= timedelta(0):
            c.say((*at, "every"), "it would never rest", "Give it a pause such as 15s.")
        service = c.catalogue.service(monitor.service)
        pack = c.packs.get(_pack_of(c.catalogue, service.team)) if service else None
        if monitor.severity and pack is not None:
            levels = {level.key for level in pack.severities}
            c.word((*at, "severity"), monitor.severity, levels, f"severity of the pack {pack.key}")


def _pack_of(catalogue: Catalogue, team: str) -> str:
    found = catalogue.team(team)
    return found.pack if found else catalogue.default_pack


def _channels(c: CatalogueChecker) -> None:
    for channel in c.catalogue.channels:
        at: Where = ("channels", channel.key)
        for i, audience in enumerate(channel.audiences):
            c.word((*at, "audiences", i), audience, (*AUDIENCES, "people"), "audience")
        if not channel.audiences:
            c.say((*at, "audiences"), "nobody would read it", f"Name some of: {', '.join(AUDIENCES)}, people.")
        if channel.max_rank is not None and channel.max_rank < 1:
            c.say((*at, "max_rank"), f"rank {channel.max_rank} is no rank", "1 is the most severe.")


def _secrets(c: CatalogueChecker) -> None:
    refuse_secrets(c, c.tree)


_RULES: Final[tuple[Callable[[CatalogueChecker], None], ...]] = (
    _keys,
    _catch_all,
    _people,
    _teams,
    _defaults,
    _services,
    _schedules,
    _policies,
    _integrations,
    _monitors,
    _channels,
    _secrets,
)
