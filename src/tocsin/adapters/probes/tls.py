"""What a TLS server shows to whoever connects: its certificate, its protocol, and whether a client would believe it."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa

from tocsin.adapters.options import read_options
from tocsin.adapters.probes.api import require_url
from tocsin.adapters.probes.refusals import ReadError
from tocsin.adapters.probes.tls_revocation import Asking, asked, stapled
from tocsin.domain.diagnosis.facts import BlindSpot, TlsFacts
from tocsin.domain.diagnosis.facts.http import ErrorKind
from tocsin.domain.diagnosis.facts.tls import Distrust
from tocsin.domain.diagnosis.redaction import excerpt
from tocsin.domain.diagnosis.targets import Target
from tocsin.domain.errors import InvalidError
from tocsin.flows.ports import Clock
from tocsin.net.http import Http

_PORT = 443
_SHARE = 0.5  # of what time is left, for what is stapled: the authority may still have to be asked
# X509_V_ERR_*: what OpenSSL could not verify.
_DISTRUST: Mapping[int, Distrust] = {
    9: "not_yet",
    10: "expired",
    18: "self_signed",
    19: "self_signed",
    20: "unknown_issuer",
    21: "unknown_issuer",
    23: "revoked",
    62: "name",
    64: "name",
}


class TlsOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`address` is host:port (443 where none is given); `server_name` is what clients call it, if that is not the host.

    `authorities` names a PEM file to trust instead of the system's. With `revocation` the authority is asked whether it
    withdrew the certificate: at `responder`, by its `revocation_list`, or where the certificate says. What the server staples is read either way.
    """

    address: str
    server_name: str = ""
    authorities: str = ""
    revocation: bool = False
    responder: str = ""
    revocation_list: str = ""


def validate_options(raw: Mapping[str, object]) -> TlsOptions:
    """Return the options in `raw`.

    Raises:
        InvalidError: an option is unknown or has the wrong type, or `address` has no host or port.

    """
    options = read_options("tls", raw, TlsOptions)
    if not options.address.startswith(("env:", "file:")):
        host_and_port(options.address)
    for name in ("responder", "revocation_list"):
        if getattr(options, name):
            require_url("tls", getattr(options, name), name)
    return options


def host_and_port(address: str, default: int = _PORT) -> tuple[str, int]:
    """Return the parts of `host`, `host:port` or `[v6]:port`.

    Raises:
        InvalidError: it is none of these.

    """
    host, colon, port = address.rpartition(":") if not address.endswith("]") else (address, "", "")
    if not colon:
        host, port = address, str(default)
    host = host.strip("[]")
    if not host or "/" in address or not port.isascii() or not port.isdigit():
        shown = address.rpartition("@")[2]  # what stands before it would be a password
        raise InvalidError(f"{shown!r} is no host:port", field="address", mend="Write host:port, such as shop:443.")
    return host, int(port)


class Tls:
    """Shakes hands as a careful client first, then without judging where that was refused, and once more by OpenSSL."""

    kind = "tls"

    def __init__(self, now: Clock, http: Http) -> None:
        self._now = now
        self._http = http

    def collect(self, target: Target, deadline_s: float) -> TlsFacts:
        """Return what the server showed within `deadline_s` seconds. A failed handshake is a fact.

        Raises:
            InvalidError: the target's options do not hold.

        """
        options = validate_options(target.options)
        began = time.monotonic()
        host, port = host_and_port(options.address)
        name = options.server_name or host
        facts = TlsFacts(
            target=target.name, at=self._now(), service=target.service, address=f"{host}:{port}", server_name=name
        )
        try:
            facts, certificate = _judged(facts, (host, port), options, began + deadline_s)
            if certificate is not None:
                facts = self._withdrawn(facts, certificate, options, began + deadline_s)
        except (OSError, ValueError) as error:
            facts = replace(facts, error=_kind(error), error_text=excerpt(str(error) or type(error).__name__))
        return replace(facts, took_s=time.monotonic() - began)

    def _withdrawn(self, facts: TlsFacts, certificate: x509.Certificate, options: TlsOptions, until: float) -> TlsFacts:
        """Return the facts with what is known of a revocation; what is not is a blind spot."""
        chain: tuple[x509.Certificate, ...] = ()
        try:
            seen = stapled(host_and_port(options.address), facts.server_name, _SHARE * _left(until))
            chain = seen.chain
            facts = replace(facts, staples=True, stapled=seen.status, staple_ends=seen.ends)
        except ReadError as error:
            facts = _missed(facts, "what is stapled to the handshake", error)
        if not options.revocation:
            return facts
        asking = Asking(
            http=self._http,
            limit_s=_left(until),
            responder=options.responder,
            revocation_list=options.revocation_list,
        )
        try:
            said, by = asked(certificate, (*chain, *_known(options.authorities)), asking)
        except ReadError as error:
            return _missed(facts, "whether its authority withdrew it", error)
        return replace(facts, revocation=said, revocation_by=by)


def _missed(facts: TlsFacts, what: str, error: ReadError) -> TlsFacts:
    return replace(facts, blind=(*facts.blind, BlindSpot(target=facts.target, what=what, why=excerpt(str(error)))))


def _known(authorities: str) -> list[x509.Certificate]:
    return x509.load_pem_x509_certificates(Path(authorities).read_bytes()) if authorities else []


def _left(until: float) -> float:
    return max(0.05, until - time.monotonic())


Judged = tuple[TlsFacts, x509.Certificate | None]


def _judged(facts: TlsFacts, address: tuple[str, int], options: TlsOptions, until: float) -> Judged:
    careful = ssl.create_default_context(cafile=options.authorities or None)
    try:
        return _shown(facts, address, careful, until)
    except ssl.SSLCertVerificationError as error:
        why = _DISTRUST.get(error.verify_code, "other")
        distrusted = replace(facts, distrust=why, distrust_text=excerpt(error.verify_message))
    careless = ssl.create_default_context()
    careless.check_hostname = False
    careless.verify_mode = ssl.CERT_NONE  # nothing is sent over it; only the certificate is read
    return _shown(distrusted, address, careless, until)


def _shown(facts: TlsFacts, address: tuple[str, int], context: ssl.SSLContext, until: float) -> Judged:
    left = _left(until)
    began = time.monotonic()
    with (
        socket.create_connection(address, timeout=left) as plain,
        context.wrap_socket(plain, server_hostname=facts.server_name) as secured,
    ):
        took = time.monotonic() - began
        der = secured.getpeercert(binary_form=True)
        protocol = secured.version() or ""
    facts = replace(facts, protocol=protocol, handshake_s=took)
    if not der:
        return facts, None
    certificate = x509.load_der_x509_certificate(der)
    return _read(facts, certificate), certificate


def _read(facts: TlsFacts, certificate: x509.Certificate) -> TlsFacts:
    kind, bits = _key(certificate)
    signed = certificate.signature_hash_algorithm
    return replace(
        facts,
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
        subject=certificate.subject.rfc4514_string(),
        issuer=certificate.issuer.rfc4514_string(),
        names=_names(certificate),
        key_kind=kind,
        key_bits=bits,
        signature=signed.name if signed else "",
        must_staple=_must_staple(certificate),
    )


def _must_staple(certificate: x509.Certificate) -> bool:
    try:
        features = certificate.extensions.get_extension_for_class(x509.TLSFeature).value
    except x509.ExtensionNotFound:
        return False
    return x509.TLSFeatureType.status_request in features


def _names(certificate: x509.Certificate) -> tuple[str, ...]:
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()
    return (
        *found.get_values_for_type(x509.DNSName),
        *(str(one) for one in found.get_values_for_type(x509.IPAddress)),
    )


def _key(certificate: x509.Certificate) -> tuple[str, int | None]:
    match certificate.public_key():
        case rsa.RSAPublicKey(key_size=bits):
            return "RSA", bits
        case ec.EllipticCurvePublicKey(key_size=bits):
            return "EC", bits
        case ed25519.Ed25519PublicKey() | ed448.Ed448PublicKey():
            return "Ed", None
        case other:
            return type(other).__name__, None


def _kind(error: Exception) -> ErrorKind:
    match error:
        case TimeoutError():
            return "timeout"
        case socket.gaierror():
            return "dns"
        case ConnectionRefusedError():
            return "refused"
        case ssl.SSLError():
            return "tls"
        case ConnectionResetError() | BrokenPipeError():
            return "reset"
        case _:
            return "other"
