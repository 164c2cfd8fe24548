"""What resolvers answer: no name, no answer and the wrong answer are different things."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from tocsin.domain.diagnosis.check import check
from tocsin.domain.diagnosis.facts import Bundle, DnsAnswer, DnsFacts
from tocsin.domain.diagnosis.findings import Finding, Weight, graded, weigh
from tocsin.domain.diagnosis.history import changed_words
from tocsin.domain.diagnosis.look import Look

SHOWN = 5
_SLOW_S = (0.5, 2.0)


def _dns(bundle: Bundle) -> Iterable[DnsFacts]:
    return bundle.dns


def _by_name(facts: DnsFacts) -> Mapping[str, list[DnsAnswer]]:
    """Return the answers for each name; a missing AAAA is no answer to complain of."""
    found: dict[str, list[DnsAnswer]] = defaultdict(list)
    for one in facts.answers:
        if one.kind == "A" or one.outcome not in {"nodata", "nxdomain"}:
            found[one.name].append(one)
    return found


def _dig(one: DnsAnswer) -> str:
    host, _, port = one.resolver.rpartition(":")
    return f"dig @{host} -p {port} {one.name} {one.kind}"


@check("dns.resolves", _dns, "a name that no resolver knows or answers for: netdata's dns_query, in our own words")
def resolves(facts: DnsFacts, _look: Look) -> Finding | None:
    """See whether every name resolves."""
    if not facts.answers:
        return None
    failing = [one for one in facts.answers if one.outcome != "ok" and one in _by_name(facts)[one.name]]
    dead = [name for name, of in _by_name(facts).items() if all(one.outcome != "ok" for one in of)]
    first = next((one for one in failing if one.name in dead), failing[0] if failing else facts.answers[0])
    supports: tuple[Weight, ...] = ()
    if dead:
        because = f"{dead[0]} resolves nowhere ({first.outcome} from {first.resolver})"
        supports = (weigh("dns_failure", 5.5, "decisive", because),)
    elif failing:
        supports = (weigh("dns_failure", 1.0, because=f"{first.resolver} answers {first.outcome}"),)
    fine = (weigh("dns_failure", 3.0, "decisive", f"every name of {facts.target} resolves everywhere"),)
    return Finding(
        verdict="critical" if dead else "warn" if failing else "ok",
        observed=f"{len(dead)} names resolve nowhere"
        if dead
        else f"{len(failing)} of {len(facts.answers)} answers failed",
        expected="every resolver answers for every name",
        reproduce=_dig(first),
        evidence=tuple(f"{one.name} {one.kind} at {one.resolver}: {one.outcome}" for one in failing[:SHOWN]),
        supports=supports,
        refutes=() if failing else fine,
    )


@check("dns.expected", _dns, "an address that the operator did not name: ours")
def expected(facts: DnsFacts, _look: Look) -> Finding | None:
    """Compare the answers with the addresses that are right."""
    if not facts.expected or not facts.answers:
        return None
    wrong = [one for one in facts.answers if set(one.addresses) - set(facts.expected)]
    because = f"{wrong[0].name} resolves to {', '.join(wrong[0].addresses)} at {wrong[0].resolver}" if wrong else ""
    return Finding(
        verdict="critical" if wrong else "ok",
        observed=because or "every address is one of those that are right",
        expected=", ".join(facts.expected),
        reproduce=_dig((*wrong, *facts.answers)[0]),
        supports=(weigh("dns_failure", 5.0, "decisive", because),) if wrong else (),
    )


@check("dns.agreement", _dns, "two resolvers that differ: RunWhen's dns-health")
def agreement(facts: DnsFacts, _look: Look) -> Finding | None:
    """See whether resolvers give the same addresses."""
    answers: dict[tuple[str, str], dict[str, frozenset[str]]] = defaultdict(dict)
    for one in facts.answers:
        if one.outcome == "ok":
            answers[one.name, one.kind][one.resolver] = frozenset(one.addresses)
    if not answers:
        return None
    split = [name for (name, _), of in answers.items() if len(set(of.values())) > 1]
    disjoint = [name for (name, _), of in answers.items() if not frozenset.intersection(*of.values())]
    because = f"resolvers give {disjoint[0]} addresses that have nothing in common" if disjoint else ""
    return Finding(
        verdict="warn" if disjoint else "ok",
        observed=because or f"{len(split)} names differ" if split else "resolvers agree",
        expected="the same addresses from every resolver",
        reproduce=_dig(facts.answers[0]),
        supports=(weigh("dns_failure", 1.0, because=because),) if because else (),
    )


@check("dns.latency", _dns, "0.5 and 2 s: ours")
def latency(facts: DnsFacts, _look: Look) -> Finding | None:
    """Find slow resolvers: every new connection waits for them."""
    answered = [one for one in facts.answers if one.outcome == "ok"]
    if not answered:
        return None
    worst = max(answered, key=lambda one: one.took_s)
    verdict = graded(worst.took_s, *_SLOW_S)
    because = f"{worst.resolver} takes {worst.took_s * 1000:.0f} ms for {worst.name}"
    return Finding(
        verdict=verdict,
        observed=because,
        expected=f"under {_SLOW_S[0] * 1000:.0f} ms",
        reproduce=_dig(worst),
        supports=(weigh("dns_failure", 1.5, because=because),) if verdict != "ok" else (),
    )


@check("dns.changed", _dns, "another answer than at the last look: a change like any other, ours")
def changed(facts: DnsFacts, look: Look) -> Finding | None:
    """Compare the answers with those of the last look."""
    if not look.earlier(facts.target):
        return None
    found = [
        f"{name}: {was or 'nothing'} → {now or 'nothing'}"
        for name, was, now, _ in changed_words(look, facts.target, "answer:")
    ]
    moved = [one for one in found if "→ nothing" not in one]
    return Finding(
        verdict="warn" if moved else "ok",
        observed=moved[0] if moved else "the same as at the last look",
        expected="the same answers",
        evidence=tuple(found[:SHOWN]),
        supports=(weigh("dns_failure", 1.5, "correlation", moved[0]),) if moved else (),
    )
