"""What a TLS handshake says: dates, trust, names and strength are different faults."""

from __future__ import annotations

from collections.abc import Iterable

from tocsin.domain.diagnosis.check import check
from tocsin.domain.diagnosis.facts import Bundle, TlsFacts
from tocsin.domain.diagnosis.findings import Finding, Weight, graded, weigh
from tocsin.domain.diagnosis.history import changed_words
from tocsin.domain.diagnosis.look import Look

_DAY_S = 86400.0
_SHORT_LIVED_DAYS = 45.0
_SMALLEST_RSA = 2048
_OLD = frozenset({"SSLv3", "TLSv1", "TLSv1.1"})
_WEAK = frozenset({"md5", "sha1"})


def _tls(bundle: Bundle) -> Iterable[TlsFacts]:
    return bundle.tls


def _openssl(facts: TlsFacts) -> str:
    return f"openssl s_client -connect {facts.address} -servername {facts.server_name} </dev/null | openssl x509 -noout -text"


@check("tls.handshake", _tls, "refused, silent, reset and an alert are four faults: the probe's own words")
def handshake(facts: TlsFacts, _look: Look) -> Finding:
    """See whether the two sides agree on anything at all."""
    if facts.error is None:
        took = (facts.handshake_s or 0.0) * 1000
        return Finding(verdict="ok", observed=f"{facts.protocol} in {took:.0f} ms", expected="a handshake")
    because = f"{facts.address}: {facts.error_text or facts.error}"
    supports: dict[str, Weight] = {
        "refused": weigh("application_down", 2.0, because=because),
        "timeout": weigh("application_down", 1.0, because=because),
        "reset": weigh("application_down", 1.0, because=because),
        "tls": weigh("bad_configuration", 2.5, because=because),
        "dns": weigh("dns_failure", 3.0, because=because),
    }
    return Finding(
        verdict="critical",
        observed=f"no handshake: {facts.error}",
        expected="a handshake",
        reproduce=_openssl(facts),
        evidence=(facts.error_text,),
        supports=(supports[facts.error],) if facts.error in supports else (),
    )


@check(
    "tls.certificate",
    _tls,
    "R-DIA-2: 30 days' warning, a third of its life where that is short; 3 days: the common certificate alert",
)
def certificate(facts: TlsFacts, look: Look) -> Finding | None:
    """See whether the certificate is good now, and for how long."""
    if facts.not_after is None or facts.not_before is None:
        return None
    left = (facts.not_after - facts.at).total_seconds() / _DAY_S
    early = (facts.not_before - facts.at).total_seconds() / _DAY_S
    observed = (
        f"{facts.subject or facts.server_name}: {left:.1f} days left"
        if early <= 0
        else f"good only in {early:.1f} days"
    )
    if left <= 0 or early > 0:
        because = f"the certificate of {facts.address} " + ("has expired" if left <= 0 else "is not valid yet")
        return Finding(
            verdict="critical",
            observed=because,
            expected="a certificate that is good now",
            reproduce=_openssl(facts),
            evidence=(f"from {facts.not_before.isoformat()} until {facts.not_after.isoformat()}", facts.distrust_text),
            supports=(weigh("tls_expiry", 6.0, "decisive", because),),
        )
    life = (facts.not_after - facts.not_before).total_seconds() / _DAY_S
    warn, critical = look.limits.certificate_warn_days, look.limits.certificate_critical_days
    if life <= _SHORT_LIVED_DAYS:
        warn, critical = life / 3, life / 10
    return Finding(
        verdict=graded(-left, -warn, -critical),
        observed=observed,
        expected=f"more than {warn:.1f} days left",
        threshold=f"warn {warn:.1f} d, critical {critical:.1f} d",
        reproduce=_openssl(facts),
        refutes=(weigh("tls_expiry", 1.0, because=f"the certificate of {facts.address} is in its time"),),
    )


@check("tls.trust", _tls, "what a stock client refuses: OpenSSL's verdict")
def trust(facts: TlsFacts, _look: Look) -> Finding | None:
    """See whether a client would find an authority it knows."""
    if facts.error is not None:
        return None
    bad = facts.distrust in {"self_signed", "unknown_issuer", "revoked", "other"}
    because = f"{facts.address}: {facts.distrust_text}, issued by {facts.issuer}"
    return Finding(
        verdict="critical" if bad else "ok",
        observed=because if bad else f"issued by {facts.issuer}",
        expected="an authority that clients know, with the whole chain",
        reproduce=_openssl(facts),
        supports=(weigh("bad_configuration", 4.5, "decisive", because),) if bad else (),
    )


@check("tls.name", _tls, "what a stock client refuses: OpenSSL's verdict")
def name(facts: TlsFacts, _look: Look) -> Finding | None:
    """See whether the certificate is for the name that clients use."""
    if facts.error is not None or not facts.server_name:
        return None
    bad = facts.distrust == "name"
    because = (
        f"the certificate of {facts.address} is for {', '.join(facts.names) or 'nobody'}, not for {facts.server_name}"
    )
    return Finding(
        verdict="critical" if bad else "ok",
        observed=because if bad else f"it is for {facts.server_name}",
        expected=f"a certificate for {facts.server_name}",
        reproduce=_openssl(facts),
        supports=(weigh("bad_configuration", 5.0, "decisive", because),) if bad else (),
    )


@check("tls.strength", _tls, "TLS 1.2, RSA of 2 048 bits, no SHA-1: what browsers ask for")
def strength(facts: TlsFacts, _look: Look) -> Finding | None:
    """See whether modern clients would accept protocol, key and signature."""
    if facts.error is not None or not facts.protocol:
        return None
    small = facts.key_kind == "RSA" and (facts.key_bits or _SMALLEST_RSA) < _SMALLEST_RSA
    weak = [
        said
        for said, holds in (
            (f"protocol {facts.protocol}", facts.protocol in _OLD),
            (f"RSA key of {facts.key_bits} bits", small),
            (f"signed with {facts.signature}", facts.signature in _WEAK),
        )
        if holds
    ]
    return Finding(
        verdict="warn" if weak else "ok",
        observed=", ".join(weak) or f"{facts.protocol}, {facts.key_kind} {facts.key_bits or ''}".strip(),
        expected=f"TLS 1.2 or newer, RSA of {_SMALLEST_RSA} bits at least, no SHA-1",
        reproduce=_openssl(facts),
        supports=(weigh("bad_configuration", 0.7, because=weak[0]),) if weak else (),
    )


@check("tls.changed", _tls, "another certificate than at the last look: a change like any other, ours")
def changed(facts: TlsFacts, look: Look) -> Finding | None:
    """See whether the certificate was exchanged."""
    if facts.error is not None or not look.earlier(facts.target):
        return None
    found = [f"{was} → {now}" for _, was, now, _ in changed_words(look, facts.target, "certificate:")]
    return Finding(
        verdict="warn" if found and facts.distrust else "ok",
        observed=found[0] if found else "the same as at the last look",
        expected="the same certificate, or a good one",
        reproduce=_openssl(facts),
        supports=(weigh("bad_configuration", 1.0, "correlation", "the certificate was exchanged"),)
        if found and facts.distrust
        else (),
    )


@check(
    "tls.revocation",
    _tls,
    "what a stock client refuses; RFC 7633 for a certificate that must be stapled; netdata's x509check",
)
def revocation(facts: TlsFacts, _look: Look) -> Finding | None:
    """See whether the authority withdrew the certificate, and whether the server brings the answer clients insist on."""
    if not facts.staples and facts.revocation is None:
        return None
    late = facts.staple_ends is not None and facts.staple_ends <= facts.at
    faults = {
        f"the certificate of {facts.address} was withdrawn by its authority": "revoked"
        in {facts.stapled, facts.revocation},
        f"the certificate of {facts.address} must be stapled and is not": facts.must_staple and facts.stapled is None,
        f"what {facts.address} staples ended at {facts.staple_ends}": late,
    }
    because = next((text for text, holds in faults.items() if holds), "")
    worse = "revoked" in {facts.stapled, facts.revocation} or (facts.must_staple and bool(because))
    said = [f"stapled: {facts.stapled or 'nothing'}"] if facts.staples else []
    said += [f"{facts.revocation_by}: {facts.revocation}"] if facts.revocation else []
    return Finding(
        verdict="critical" if worse else "warn" if because else "ok",
        observed=because or "; ".join(said),
        expected="not withdrawn, and an answer that still holds where one is stapled",
        reproduce=f"openssl s_client -connect {facts.address} -servername {facts.server_name} -status </dev/null",
        evidence=tuple(said),
        supports=(weigh("bad_configuration", 5.0, "decisive", because),)
        if worse
        else tuple(weigh("bad_configuration", 1.0, because=because) for _ in said[: bool(because)]),
    )
