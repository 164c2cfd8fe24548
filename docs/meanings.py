"""What every setting and every key of tocsin.yaml is for; the generator refuses a key that is missing here, or one too many."""  # noqa: INP001 (docs is no package)

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

# name -> (default, meaning). A secret's `_FILE` twin is added by the generator.
SETTINGS: Final[Mapping[str, tuple[str, str]]] = {
    "TOCSIN_HOME": ("`~/.local/state/tocsin`", "Where the embedded database, `tocsin.yaml` and the local token are kept; only its owner may read it."),
    "TOCSIN_DATABASE": ("SQLite: `tocsin.db` in the home", "`sqlite:////absolute/path` or `postgresql://user@host:port/name`."),
    "TOCSIN_HOST": ("`127.0.0.1`", "The address to listen on. Anything but loopback needs `TOCSIN_SECRET`, or nothing starts."),
    "TOCSIN_PORT": ("`8787`", "The port to listen on."),
    "TOCSIN_PUBLIC_URL": ("`http://HOST:PORT`", "How people reach this instance; links in messages begin with it. With `https://`, cookies are marked secure."),
    "TOCSIN_SECRET": ("none", "At least 32 characters; required before a public address is listened on."),
    "TOCSIN_TRUSTED_PROXIES": ("none", "Addresses, separated by commas, whose `X-Forwarded-*` headers are believed."),
    "TOCSIN_WITH_DRILLS": ("off", "`1` lets a drill lay its configuration over this instance, on loopback only."),
    "TOCSIN_KEEP_RAW_DAYS": ("`30`", "How long bodies posted by senders are kept."),
    "TOCSIN_KEEP_JOBS_DAYS": ("`90`", "How long settled outbox rows are kept."),
    "TOCSIN_KEEP_ALERTS_DAYS": ("`90`", "How long resolved alerts are kept."),
    "TOCSIN_KEEP_BUNDLES_DAYS": ("`365`", "How long the raw facts of diagnoses are kept."),
    "TOCSIN_KEEP_SAMPLES_DAYS": ("`14`", "How long what monitors saw is kept."),
    "TOCSIN_KEEP_CHANGES_DAYS": ("`365`", "How long changes of services (deploys and the like) are kept, by when they happened."),
}  # fmt: skip

# class -> field -> meaning, in the file's own names.
KEYS: Final[Mapping[str, Mapping[str, str]]] = {
    "Catalogue": {
        "catch_all": "The person paged when a policy reaches nobody; needs a verified contact.",
        "people": "Who can be paged, hold a role or log in.",
        "teams": "People who share a pack and a policy.",
        "services": "What can break.",
        "schedules": "Who takes turns, and when.",
        "policies": "Whom to page, in which order.",
        "integrations": "Who may send alerts.",
        "monitors": "Built-in checks.",
        "channels": "Where messages go.",
        "packs": "Paths of the team's own packs, beside this file.",
        "default_pack": "The pack of incidents whose team names none.",
        "default_policy": "The policy of incidents whose team names none.",
        "speed": "Divides every duration of the file and its packs as they are loaded; 1 is real time.",
        "organisation": "Your name, for messages.",
        "contact": "Where a reader of a message may ask.",
        "status_url": "Where the public looks.",
    },
    "Person": {
        "key": "The name everything else refers to; the mapping's key.",
        "name": "As people say it.",
        "email": "Unique among people.",
        "zone": "An IANA time zone.",
        "contacts": "Ways to reach them, tried in this order.",
        "scopes": "What they may do: `read`, `respond`, `admin`. Each includes the one before it.",
    },
    "ContactMethod": {
        "key": "The method's name.",
        "kind": "A channel adapter: `console`, `email`, `webhook`.",
        "address": "Their address there; for a webhook its URL.",
        "channel": "The configured channel whose options carry it; else the first of its kind for `people`.",
        "verified": "That it is known to work. Only verified methods are used.",
    },
    "Team": {
        "key": "The team's name.",
        "name": "As people say it.",
        "pack": "The rules its incidents follow.",
        "policy": "Who is paged for them.",
        "members": "Keys of `people`.",
        "leadership": "Whom a pack's rules for leadership mean.",
    },
    "Service": {
        "key": "The service's name; alerts are matched by it.",
        "name": "As people say it; messages use it.",
        "team": "Whose it is.",
        "owner": "A key of `people`.",
        "depends_on": "Keys of `services`; their probes are run as well.",
        "endpoints": "What people call when they use it; free text is matched against them.",
        "probes": "What a diagnosis may look at.",
        "actions": "What a plan may do.",
        "links": "Name to URL, for people to click.",
        "drill": "Marks practice: its incidents are drills.",
    },
    "ProbeTarget": {
        "key": "The target's name.",
        "kind": "A probe: see below.",
        "options": "The probe's options.",
    },
    "ActionTarget": {
        "key": "The target's name.",
        "kind": "An action: see below.",
        "options": "The action's options.",
        "risk": "How many people must approve is up to the pack, by risk; a high-risk plan needs somebody else than its author.",
    },
    "Schedule": {
        "key": "The schedule's name; a target is written `schedule:KEY`.",
        "zone": "An IANA time zone; turns change by its wall clock, across summer time too.",
        "people": "Who takes turns, in this order.",
        "starts": "Local time of the first hand-over, without an offset.",
        "turn": "The unit of a turn.",
        "length": "How many units a turn lasts.",
        "overrides": "Who takes somebody's hours.",
    },
    "Override": {
        "person": "Who is on call instead.",
        "starts": "From, with an offset.",
        "ends": "Until, with an offset.",
    },
    "EscalationPolicy": {
        "key": "The policy's name.",
        "steps": "In order; then the catch-all responder.",
        "repeats": "How often the steps begin again.",
    },
    "EscalationStep": {
        "targets": "`person:KEY`, `schedule:KEY` or `team:KEY`.",
        "wait": "How long to wait for an acknowledgement.",
    },
    "Integration": {
        "key": "The sender's name; it posts to `/v1/in/KEY`.",
        "kind": "Who reads its posts: `alertmanager`, `alertmanager_v2`, `datadog`, `deploys`, `email`, `generic`, `github`, `grafana`, `heartbeat`, `mapped`, `opsgenie`, `pagerduty`, `sentry`, `sns`, `uptime_kuma`.",
        "keys": "References (`env:`, `file:`) or `sha256:` hashes; any of them opens the door.",
        "service": "The service of alerts that name none.",
        "team": "The team of alerts that name no service.",
        "options": "What its kind needs, such as a signature's secret: see [posting alerts](ingest.md).",
    },
    "Monitor": {
        "key": "The monitor's name.",
        "service": "What it watches, and what its incidents are about.",
        "kind": "`http` asks health and readiness; `metrics` scrapes a Prometheus text endpoint.",
        "options": "The monitor's options: see below. `rules` replaces the rules that would apply.",
        "every": "The pause between two looks.",
        "for": "`http`: how long it must fail.",
        "severity": "Of its incidents; else the pack's criteria decide.",
    },
    "ChannelRoute": {
        "key": "The channel's name.",
        "kind": "An adapter: `console`, `email`, `webhook`.",
        "audiences": "Who reads it: `responders`, `stakeholders`, `leadership`, `customers`, `public`; `people` makes it the way to people's own contacts.",
        "to": "Addresses there, one message each; none where the channel is one place.",
        "options": "The adapter's options: see below.",
        "max_rank": "The mildest rank it takes, 1 being the most severe; all when absent.",
        "drill": "Carries drills' messages, and nothing else's.",
    },
}  # fmt: skip
