"""Shapes of a whole incident that tell a cause outside every change; each with the sentence that says why."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import re2

from tocsin.domain.diagnosis.correlation.failing import began
from tocsin.domain.diagnosis.correlation.mechanisms.outside import Shape
from tocsin.domain.diagnosis.correlation.scene import Scene
from tocsin.domain.diagnosis.correlation.shifts import Shift, is_demand
from tocsin.domain.diagnosis.correlation.tokens import spoken, words

_SURGE_RATIO = 1.8
_BIG_SURGE = 3.0
_NEW_ROUTE = 60.0  # more than that is a path that nobody used before, not demand
_TOGETHER = timedelta(minutes=5)
_QUIET_BEFORE = timedelta(hours=1)
_RETRYING = re2.compile(r"(?i)\bretr(?:y|ies|ying)|\battempt")
_HOST = re2.compile(r"(?i)\b((?:[a-z0-9-]+\.)+(?:com|io|net|org|ai|co|dev|cloud|app|eu|de|uk))(?:[^\w.-]|\.?$|\.\s)")
_CODE_HOSTS = ("github.com", "gitlab.com", "golang.org", "google.golang.org", "bitbucket.org", "k8s.io", "gopkg.in")
_OWN = (".svc", ".internal", ".local", ".cluster", "example.")
# Products that are always somebody else's, whatever they are asked for.
_PROVIDERS = re2.compile(
    r"(?i)\b(stripe|paypal|adyen|braintree|klarna|plaid|twilio|sendgrid|mailgun|postmark|mailchimp|auth0|okta"
    r"|openai|anthropic|bedrock|cloudflare|fastly|akamai|algolia|mapbox|google maps|salesforce|zendesk|hubspot"
    r"|shopify|avalara|taxjar|fedex|dhl|usps|mastercard|experian|onfido|docusign|launchdarkly)\b"
)
_THIRD_PARTY = re2.compile(
    r"(?i)third[-_ ]?party|external|\bprovider|provider_|vendor|partner (?:api|gateway|service)|upstream provider|processor (?:returned|down|unavail)|outbound_"
)
_PEERS = (
    "peer.service",
    "net.peer.name",
    "server.address",
    "attributes.peer.service",
    "attributes.net.peer.name",
    "attributes.server.address",
)
_STORE = re2.compile(
    r"(?i)db|sql|redis|cache|kafka|queue|dynamo|mongo|elastic|search|s3|bucket|store|postgres|maria|rabbit|nats|broker|etcd|zookeeper"
)
# Who refuses is well: too much was asked, or without the right to.
_REFUSED = re2.compile(r"(?i)rate[- _]?limit|too many requests|quota|\b4(?:00|01|03|04|22|29)\b")
# Somebody else answers as asked: what is wanted is not there any more, or our own platform speaks of itself.
_OURS_TO_MEND = re2.compile(
    r"(?i)manifest (?:unknown|for)|manifest not found|image ?pull|pulling image|pull image|external[- ](?:metrics?|name|secrets?|dns|ip)\b|horizontalpodautoscaler"
)
_ASKS = re2.compile(r"(?i)requests?_|calls?_|_calls|_requests|rps|qps|outbound|outgoing|retr(?:y|ies)")
_OUR_DOING = 0.3
_TROUBLE = re2.compile(
    r"(?i)\b(?:5\d\d|4\d\d)\b|error|fail|timed? ?out|timeout|unavailab|refus|reset|declin|degrad|outage|down\b|slow|overload|exceed|giving up|gave up|no answer|no response|too long|took \d+ ?ms"
)
_NODE = re2.compile(
    r"(?i)node \S+|\bnode[_/-]|co-?tenant|noisy|neighbou?r|steal|kubelet|\bhost (?:cpu|memory|reboot|fail|down)|hypervisor|kernel:|hardware|disk (?:i/o )?error|i/o error"
)
_PACKAGES = "node_modules"  # a folder of libraries, no machine
_NODE_METRIC = re2.compile(r"(?i)^(?:node|host|machine|vm|hypervisor)_|steal|iowait|ecc|smart_")
# Limits of a kernel that settings give, which no neighbour takes away.
_KERNEL_LIMIT = re2.compile(
    r"(?i)conntrack|listen_?(?:overflow|drop)|syn_?(?:drop|flood)|filefd|file-?max|sockstat|netstat|retrans|inotify|neighbou?r table|table full"
)
_ZONE = re2.compile(
    r"(?i)\b((?:us|eu|ap|sa|ca|me|af|asia|europe)-[a-z]+-?\d-?[a-f])\b|\baz-?([a-f1-3])\b|\bzone[ =:-]+([a-z0-9-]+)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shaped:
    """How clearly a shape is there, 0 to 1, and what shows it."""

    strength: float = 0.0
    why: str = ""


def shaped(scene: Scene, first: str) -> Mapping[Shape, Shaped]:
    """Return every shape; `first` is the service that failed first."""
    return {shape: of(scene, first) for shape, of in _SHAPES.items()}


def _surge(scene: Scene, first: str) -> Shaped:
    grown = [one for one in scene.shifts if is_demand(one) and _SURGE_RATIO <= one.ratio <= _NEW_ROUTE]
    at_edge = [one for one in grown if one.service == first or not _asked_by_calm(one, scene)]
    mine = next((one for one in at_edge if one.service == first), None) or next(iter(at_edge), None)
    if mine is None or (len(at_edge) == 1 and mine.service != first):
        return Shaped()
    if _asked_by_calm(mine, scene):
        return Shaped()
    late = [one for one in scene.shifts_of(first) if one.hurts and one.at + timedelta(minutes=2) < mine.at]
    strength = 0.6 + 0.2 * (len(at_edge) > 1) + 0.2 * (mine.ratio >= _BIG_SURGE)
    if late or any(_RETRYING.search(one.whole) for one in scene.symptoms if one.loud):
        strength *= 0.4
    others = f", so did {len(at_edge) - 1} others" if len(at_edge) > 1 else ""
    return Shaped(strength=strength, why=f"{mine}, {mine.ratio:.1f} times as much{others}")


def _asked_by_calm(one: Shift, scene: Scene) -> bool:
    """Whether a service asks for more only because a caller, itself asked no more than before, does so."""
    callers = scene.callers.get(one.service, frozenset())
    grown = {shift.service for shift in scene.shifts if is_demand(shift) and shift.up}
    return bool(callers) and not callers & grown


def _same_record(scene: Scene, _first: str) -> Shaped:
    stuck = [one for one in scene.symptoms if one.steady]
    if not stuck:
        return Shaped()
    most = max(stuck, key=lambda one: one.count)
    return Shaped(
        strength=1.0, why=f"{most.count} failures of {most.service} all speak of {', '.join(most.steady[:3])}"
    )


def _foreign_host(scene: Scene, _first: str) -> Shaped:
    """Tell a failing part that is not ours: by its address, as a known product, by what it is called, or by silence."""
    loud = [
        one for one in scene.symptoms if one.loud and _TROUBLE.search(one.whole) and not _OURS_TO_MEND.search(one.whole)
    ]
    named = [(name, one) for one in loud if (name := _foreign_names(one.whole, scene))]
    for name, one in sorted(named, key=lambda pair: bool(_REFUSED.search(pair[1].whole))):
        asked = _asked_more(scene, one.service) if _REFUSED.search(one.whole) else ""
        return Shaped(strength=_OUR_DOING if asked else 1.0, why=f"{name} is not ours, and {one}{asked}")
    silent = _silent_callee(scene)
    if silent:
        return Shaped(
            strength=0.9,
            why=f"calls to {silent} fail, of which nothing else is known: no log line, no metric, no deploy, no code",
        )
    told = next((one for one in loud if _THIRD_PARTY.search(one.whole)), None)
    if told:
        return Shaped(strength=0.8, why=str(told))
    moved = next((one for one in scene.shifts if _THIRD_PARTY.search(one.metric) and one.hurts), None)
    # What goes out may fail on its way as well as where it arrives.
    return Shaped(strength=0.5, why=str(moved)) if moved else Shaped()


def _asked_more(scene: Scene, service: str) -> str:
    """Return that a service asks others far more than it did, though nobody asks more of it: it brought a refusal on itself."""
    moved = [
        one for one in scene.shifts_of(service) if one.up and one.ratio >= _SURGE_RATIO and _ASKS.search(one.metric)
    ]
    asked = any(is_demand(one) and one.up and one not in moved for one in scene.shifts)
    return f", but {moved[0]}" if moved and not asked else ""


def _foreign_names(text: str, scene: Scene) -> str:
    own = {service.lower() for service in scene.services if scene.of(service) or scene.shifts_of(service)}
    for host in _HOST.findall(text):
        name = str(host).lower()
        if name not in _CODE_HOSTS and not any(part in name for part in _OWN) and name.partition(".")[0] not in own:
            return name
    product = str((_PROVIDERS.findall(text) or [""])[0])
    return product if product.lower() not in own else ""


def _silent_callee(scene: Scene) -> str:
    """Return what is called and fails, but is known from calls alone."""
    incident = scene.incident
    heard = {line.service for line in incident.logs} | {one.service for one in incident.series}
    heard |= {rollout.service for change in incident.changes for rollout in change.rollouts}
    edited = spoken(file for change in incident.changes for file in change.files)
    found = (
        peer
        for span in incident.spans
        if span.failed
        for peer in (*(span.fields.get(name, "") for name in _PEERS), span.service)
        if peer and peer not in heard and not _STORE.search(peer) and not words(peer) & edited
    )
    return next(found, "") if incident.logs else ""


def _other_workload(scene: Scene, first: str) -> Shaped:
    metric = next(
        (
            one
            for one in scene.shifts
            if _NODE_METRIC.search(one.metric) and one.up and not _KERNEL_LIMIT.search(one.metric)
        ),
        None,
    )
    speaking = [
        one
        for one in scene.symptoms
        if _NODE.search(one.text.replace(_PACKAGES, "")) and not _KERNEL_LIMIT.search(one.text)
    ]
    told = next((one for one in speaking if one.service != first), next(iter(speaking), None))
    if metric and told:
        return Shaped(strength=1.0, why=f"{metric}; {told}")
    if metric or told:
        return Shaped(strength=0.7, why=str(metric or told))
    return Shaped()


def _whole_zone(scene: Scene, _first: str) -> Shaped:
    zones: dict[str, set[str]] = {}
    for one in scene.symptoms:
        for found in _ZONE.findall(one.whole) if one.loud else ():
            zones.setdefault(next(part for part in found if part), set()).add(one.service)
    if not zones:
        return Shaped()
    zone, services = max(zones.items(), key=lambda pair: len(pair[1]))
    return Shaped(strength=1.0 if len(services) > 1 else 0.6, why=f"{', '.join(sorted(services))} fail in {zone}")


def _no_cause_inside(scene: Scene, first: str) -> Shaped:
    begin = began(scene, first)
    if begin is None or not scene.incident.rollouts_known:
        return Shaped()
    near = [
        rollout
        for change in scene.incident.changes
        for rollout in change.rollouts
        if rollout.service == first and timedelta(0) <= begin - rollout.at <= _QUIET_BEFORE
    ]
    return Shaped() if near else Shaped(strength=1.0, why=f"nothing was changed on {first} in the hour before")


def _untouched(scene: Scene, first: str) -> Shaped:
    """Tell that nothing at all is known to have gone out to a service before: what grows slowly may come from any of it."""
    begin = began(scene, first)
    if begin is None or not scene.incident.rollouts_known:
        return Shaped()
    rollouts = (rollout for change in scene.incident.changes for rollout in change.rollouts)
    touched = any(rollout.service == first and rollout.at <= begin for rollout in rollouts)
    return (
        Shaped() if touched else Shaped(strength=1.0, why=f"nothing was changed on {first} before, as far as is known")
    )


_SHAPES: Final[Mapping[Shape, Callable[[Scene, str], Shaped]]] = {
    "surge": _surge,
    "same_record": _same_record,
    "foreign_host": _foreign_host,
    "other_workload": _other_workload,
    "whole_zone": _whole_zone,
    "no_cause_inside": _no_cause_inside,
    "untouched": _untouched,
}
