"""The file `tocsin init` writes: small enough to read, complete enough to page somebody, with a word on every part."""

from __future__ import annotations

from typing import Final

from tocsin.config.problems import did_you_mean
from tocsin.domain.errors import InvalidError
from tocsin.domain.policy.names import slug

_TEMPLATE: Final = """\
# Tocsin's configuration. After a change: `tocsin config check`, `tocsin config diff`, `tocsin config apply`.
# Durations are written 30s, 15m, 4h, 3d. Secrets never stand here, only where they are kept: env:NAME or file:PATH.

# Who is paged when nobody else can be reached. Must have a verified contact.
catch_all: {key}

# The rules incidents follow: {packs}.
# A team's own rules are a YAML file that `extends` one of them; list such files under `packs`.
default_pack: {pack}
default_policy: default
# packs: [packs/our-rules.yaml]

# Shown in messages.
organisation: Our
contact: {email}
# status_url: https://status.example.com

people:
  {key}:
    name: {name}
    email: {email}
    zone: UTC                        # a name of the IANA database, such as Europe/Berlin
    scopes: [read, respond, admin]
    # Tried in this order, if verified: here, by somebody who knows that it works, or by the code that arrives with
    # `tocsin page --test`. Keep one of the catch-all's verified here, as a new database knows of no codes.
    contacts:
      console: {{kind: console, address: {key}, verified: true}}
      # mail: {{kind: email, address: {email}}}
    # Several ways, each at its time, until somebody has it; quiet hours hold back what can wait.
    # notify:
    #   high: [{{method: console}}, {{method: mail, after: 2m}}]
    #   low: [{{method: mail}}]
    #   quiet: [{{from: 22:00, to: 07:00}}]

teams:
  core:
    name: Core
    pack: {pack}
    policy: default
    members: [{key}]
    leadership: [{key}]

schedules:
  primary:
    zone: UTC
    people: [{key}]                  # they take turns in this order
    starts: 2026-01-05T09:00         # local time in the zone above
    turn: weekly                     # hourly, daily, weekly or monthly
    # A layer stands before what is above it wherever it has somebody. More: groups, ends, holidays, temporaries.
    # layers:
    #   office:
    #     people: [{key}]
    #     starts: 2026-01-05T09:00
    #     hours: [{{from: 09:00, to: 17:00, days: [mon, tue, wed, thu, fri]}}]
    # overrides:
    #   - {{person: {key}, replaces: {key}, starts: 2026-02-01T09:00Z, ends: 2026-02-02T09:00Z}}

policies:
  default:
    repeats: 1                       # how often the steps begin again, before the catch-all
    steps:
      - {{targets: ["schedule:primary"], wait: 5m}}
      - {{targets: ["team:core"], wait: 10m}}

# What can break, what may be looked at, and what may be done about it.
services:
  web:
    name: Web application
    team: core
    owner: {key}
    links: {{dashboard: "https://grafana.example.com/d/web"}}
    # depends_on: [database]
    # probes:
    #   app: {{kind: http, options: {{url: "http://127.0.0.1:8000"}}}}
    #   database: {{kind: postgres, options: {{dsn: "env:WEB_DATABASE_DSN"}}}}
    # actions:
    #   rollback:
    #     kind: service.rollback
    #     risk: medium
    #     options: {{service: web, argv: [./deploy, "{{to_version}}"], history: deploys.jsonl}}

# Built-in checks; each opens an incident when it fails.
# monitors:
#   web-ready: {{service: web, kind: http, every: 15s, for: 30s, options: {{ready: "http://127.0.0.1:8000/ready"}}}}

# Which alerts concern whom, how they are grouped, and when. Without this part each service's alerts are one group, told
# of at once, and its team's policy says who is paged. `tocsin route show` draws the tree, `tocsin route test` tries it.
# routing:
#   group_by: [service]              # [...] makes every alert a group of its own
#   group_wait: 0s                   # how long a new group waits for more alerts
#   group_interval: 5m
#   repeat_interval: 4h
#   routes:
#     database:                      # this name is the groups' identity: keep it when you change the rest
#       matchers: ['alertname=~"Postgres.*"', 'severity!="info"']
#       policy: default
#       mute_time_intervals: [weekend]
# inhibitions:
#   down-explains-slow: {{source_matchers: [alertname=Down], target_matchers: [alertname=Slow], equal: [service]}}
# maintenance:
#   new-disks: {{services: [web], starts: "2026-01-10T22:00Z", ends: "2026-01-11T02:00Z", reason: New disks}}
# time_intervals:
#   weekend: {{any_of: [{{weekdays: ["saturday:sunday"], zone: UTC}}]}}

# Who may send alerts. Two keys at once let you change one without losing an alert.
# integrations:
#   alertmanager:
#     kind: alertmanager
#     team: core
#     keys: ["env:TOCSIN_ALERTMANAGER_KEY"]
#     limit: {{per_minute: 600, burst: 1000}}

# Where messages go. Audiences: responders, stakeholders, leadership, customers, public.
channels:
  console: {{kind: console, audiences: [responders, stakeholders, leadership]}}
  # mail:
  #   kind: email
  #   audiences: [people, stakeholders]       # people: this is also how their own e-mail contacts are reached
  #   to: [everyone@example.com]
  #   max_rank: 2
  #   options: {{host: mail.example.com, sender: tocsin@example.com, username: tocsin, password: "env:SMTP_PASSWORD"}}
"""

_PRESETS: Final = ("platform", "startup", "ops", "responder", "sre")


def dump_commented(*, name: str, email: str, pack: str = "platform") -> str:
    """Return a commented starter file with one person, the admin, who is paged for everything.

    Raises:
        InvalidError: the e-mail address is none, or there is no such preset.
    """
    if "@" not in email or any(sign.isspace() for sign in email):
        raise InvalidError(f"{email!r} is no e-mail address", field="email", mend="Write it like ada@example.com.")
    if pack not in _PRESETS:
        raise InvalidError(f"there is no pack called {pack!r}", field="pack", mend=did_you_mean(pack, _PRESETS))
    quoted = {"name": _quoted(name.strip() or "Admin"), "email": _quoted(email)}
    return _TEMPLATE.format(key=_key(name), packs=", ".join(_PRESETS), pack=pack, **quoted)


def _key(name: str) -> str:
    """A person's key from their name; YAML would read a bare `null` or `123` as something else than text."""
    key = slug(name) if name.strip() else "admin"
    return f"user-{key}" if key in {"null", "true", "false"} or not key[0].isalpha() else key


def _quoted(text: str) -> str:
    """A double-quoted YAML text, whatever is in it."""
    inner = "".join(sign for sign in text if sign.isprintable()).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{inner}"'


EXAMPLE: Final = dump_commented(name="Ada Lovelace", email="ada@example.com")
