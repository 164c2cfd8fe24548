"""What Tocsin is told in the simulation, and what it may be told next while incidents are open."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from tocsin.config.catalogue import check_text
from tocsin.domain.catalogue import Catalogue

TEXT = """
catch_all: cat
bundle: {bundle}
default_pack: {pack}
default_policy: default
people:
  ana:
    name: Ana
    email: ana@example.com
    scopes: [read, respond]
    contacts:
      pager: {{kind: webhook, address: "https://page.example.com/ana", verified: true}}
      mail: {{kind: email, address: ana@example.com, verified: true}}
  bo:
    name: Bo
    email: bo@example.com
    contacts: {{pager: {{kind: webhook, address: "https://page.example.com/bo", verified: {bo}}}}}
  cat:
    name: Cat
    email: cat@example.com
    scopes: [read, respond, admin]
    contacts:
      pager: {{kind: webhook, address: "https://page.example.com/cat", verified: true}}
      mail: {{kind: email, address: cat@example.com, verified: true}}
  dee: {{name: Dee, email: dee@example.com}}
teams:
  core: {{name: Core, pack: {pack}, policy: {policy}, members: [ana, bo], leadership: [cat]}}
schedules:
  primary:
    zone: Europe/Lisbon
    people: [ana, bo]
    starts: 2025-12-01T09:00
    turn: daily
policies:
  default:
    repeats: {repeats}
    ack_timeout: {ack_timeout}
    steps:
      - {{targets: ["schedule:primary"], wait: {wait}}}
      - {{targets: ["person:dee"], wait: 10m}}
      - {{targets: ["person:bo", "team:core"], wait: 10m}}
  short:
    steps: [{{targets: ["person:bo"], wait: 3m}}, {{targets: ["person:ana"], wait: 3m}}]
services:
  shop: {{name: Shop, team: core}}
  till: {{name: Till, team: core}}
integrations:
  watch: {{kind: generic, service: shop, team: core, keys: ["env:WATCH_KEY"]}}
channels:
  room: {{kind: webhook, audiences: [responders, stakeholders, leadership], options: {{url: "https://room.example.com"}}}}
"""
FIRST = {
    "pack": "platform",
    "bo": "true",
    "policy": "default",
    "repeats": 0,
    "wait": "5m",
    "bundle": "30s",
    "ack_timeout": "90m",
}
VARIANTS: tuple[dict[str, object], ...] = (
    {},
    {"wait": "2m", "repeats": 1},
    {"bo": "false"},
    {"policy": "short"},
    {"pack": "sre"},
    {"bo": "false", "policy": "short"},
    {"bundle": "5m"},
    {"bundle": "0s", "repeats": 1},
    {"ack_timeout": "15m"},
)


@cache
def configuration(number: int) -> Catalogue:
    """Return the checked configuration of a number; 0 is what the run begins with."""
    found, problems = check_text(_text(number), "tocsin.yaml", Path())
    if found is None:
        raise ValueError(f"configuration {number} is wrong: {problems}")
    return found


def _text(number: int) -> str:
    return TEXT.format(**{**FIRST, **VARIANTS[number]})
