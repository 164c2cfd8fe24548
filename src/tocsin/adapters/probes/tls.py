"""What a TLS server shows to whoever connects: its certificate, its protocol, and whether a client would believe it."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import replace

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa

from tocsin.adapters.options import read_options
from tocsin.domain.diagnosis.facts import TlsFacts
from tocsin.domain.diagnosis.facts.http import ErrorKind
from tocsin.domain.diagnosis.facts.tls import Distrust
from tocsin.domain.diagnosis.redaction import excerpt
from tocsin.domain.diagnosis.targets import Target
from tocsin.domain.errors import InvalidError
from tocsin.flows.ports import Clock

_PORT = 443
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

    `authorities` names a PEM file to trust instead of the system's.
    """

    address: str
    server_name: str = ""
    authorities: str = ""


def validate_options(raw: Mapping[str, object]) -> TlsOptions:
    """Return the options in `raw`.

    Raises:
        InvalidError: an option is unknown or has the wrong type, or `address` has no host or port.

    """
    options = read_options("tls", raw, TlsOptions)
    if not options.address.startswith(("env:", "file:")):
        host_and_port(options.address)
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
    """Shakes hands twice at most: as a careful client first, then without judging, to read what was refused."""

    kind = "tls"

    def __init__(self, now: Clock) -> None:
        self._now = now

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
            facts = _judged(facts, (host, port), options, began + deadline_s)
        except (OSError, ValueError) as error:
            facts = replace(facts, error=_kind(error), error_text=excerpt(str(error) or type(error).__name__))
        return replace(facts, took_s=time.monotonic() - began)


def _judged(facts: TlsFacts, address: tuple[str, int], options: TlsOptions, until: float) -> TlsFacts:
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


def _shown(facts: TlsFacts, address: tuple[str, int], context: ssl.SSLContext, until: float) -> TlsFacts:
    left = max(0.05, until - time.monotonic())
    began = time.monotonic()
    with (
        socket.create_connection(address, timeout=left) as plain,
        context.wrap_socket(plain, server_hostname=facts.server_name) as secured,
    ):
        took = time.monotonic() - began
        der = secured.getpeercert(binary_form=True)
        protocol = secured.version() or ""
    facts = replace(facts, protocol=protocol, handshake_s=took)
    return _read(facts, x509.load_der_x509_certificate(der)) if der else facts


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
    )


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
