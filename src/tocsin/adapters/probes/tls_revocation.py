"""Whether a certificate was withdrawn: what its server staples to the handshake, and what its authority says when asked.

The standard library shows neither the stapled answer nor the chain, so that OpenSSL's own client is run, with nothing to
send. The authority is asked by GET only, and its answer counts where its own key has signed it.
"""

from __future__ import annotations

import base64
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import quote

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID

from tocsin.adapters.probes.refusals import ReadError
from tocsin.domain.diagnosis.facts.tls import Revocation
from tocsin.net.errors import NetError
from tocsin.net.http import Http

_PROGRAM = "openssl"
_MOST_BYTES = 4_194_304
_STATUS, _NEXT = "Cert Status: ", "Next Update: "
_PEM_BEGIN, _PEM_END = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"
_STATES: dict[ocsp.OCSPCertStatus, Revocation] = {
    ocsp.OCSPCertStatus.GOOD: "good",
    ocsp.OCSPCertStatus.REVOKED: "revoked",
    ocsp.OCSPCertStatus.UNKNOWN: "unknown",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stapled:
    """What a server sends along with its certificate: the answer of its authority, if any, and the chain."""

    status: Revocation | None = None
    ends: datetime | None = None
    chain: tuple[x509.Certificate, ...] = field(default=())


def stapled(address: tuple[str, int], server_name: str, limit_s: float) -> Stapled:
    """Return what the server staples.

    Raises:
        ReadError: OpenSSL is not here, or did not answer in time.
    """
    program = shutil.which(_PROGRAM)
    if program is None:
        raise ReadError("missing", f"{_PROGRAM} is not installed on the machine that Tocsin runs on")
    host, port = address
    where = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    argv = [program, "s_client", "-connect", where, "-servername", server_name, "-status", "-showcerts"]
    try:
        done = subprocess.run(  # noqa: S603 (a fixed program, arguments of a fixed form, no shell)
            argv, capture_output=True, timeout=limit_s, check=False, stdin=subprocess.DEVNULL
        )
    except subprocess.TimeoutExpired as error:
        raise ReadError("timeout", f"{_PROGRAM} did not answer in time") from error
    except OSError as error:
        raise ReadError("other", f"{_PROGRAM}: {error.strerror}") from error
    return _read(done.stdout.decode("utf-8", "replace"))


def _read(said: str) -> Stapled:
    lines = [line.strip() for line in said.splitlines()]
    word = next((line.removeprefix(_STATUS) for line in lines if line.startswith(_STATUS)), "")
    ends = next((line.removeprefix(_NEXT) for line in lines if line.startswith(_NEXT)), "")
    known: dict[str, Revocation] = {"good": "good", "revoked": "revoked", "unknown": "unknown"}
    return Stapled(status=known.get(word), ends=_moment(ends), chain=tuple(_chain(said)))


def _moment(text: str) -> datetime | None:
    """Return a time as OpenSSL writes it, such as `Mar 15 14:00:00 2026 GMT`."""
    try:
        return datetime.strptime(text, "%b %d %H:%M:%S %Y %Z").replace(tzinfo=UTC)
    except ValueError:
        return None


def _chain(said: str) -> Iterator[x509.Certificate]:
    for piece in said.split(_PEM_BEGIN)[1:]:
        pem = f"{_PEM_BEGIN}{piece.partition(_PEM_END)[0]}{_PEM_END}\n"
        try:
            yield x509.load_pem_x509_certificate(pem.encode())
        except ValueError:
            continue


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """How an authority is asked: the client, for how long, and where, if not at the addresses in the certificate.

    An address that comes from a certificate is not the operator's, and is asked as a stranger's.
    """

    http: Http
    limit_s: float
    responder: str = ""
    revocation_list: str = ""

    def get(self, url: str, *, ours: bool) -> bytes:
        """Return the body of the answer.

        Raises:
            ReadError: there is none.
        """
        try:
            answer = self.http.get(url, limit_s=self.limit_s, trusted=ours, max_bytes=_MOST_BYTES)
        except NetError as error:
            raise ReadError("refused", f"the authority was not reached: {error}") from error
        if not answer.ok:
            raise ReadError("other", f"the authority answered HTTP {answer.status}")
        return answer.body


def asked(certificate: x509.Certificate, issuers: Sequence[x509.Certificate], asking: Asking) -> tuple[Revocation, str]:
    """Return what the authority says of a certificate, and how it was asked: `OCSP` or its list of revocations.

    Raises:
        ReadError: it has no address, its own certificate was not shown, or its answer cannot be believed.
    """
    issuer = next((one for one in issuers if one.subject == certificate.issuer), None)
    if issuer is None:
        raise ReadError("missing", "the certificate of its authority was not shown; name it in `authorities`")
    try:
        if asking.revocation_list:
            return _by_list(certificate, issuer, asking.get(asking.revocation_list, ours=True)), "CRL"
        if responder := asking.responder or next(_responders(certificate), ""):
            return _by_ocsp(certificate, issuer, responder, asking), "OCSP"
        if where := next(_lists(certificate), ""):
            return _by_list(certificate, issuer, asking.get(where, ours=False)), "CRL"
    except (ValueError, InvalidSignature) as error:
        raise ReadError(
            "other", f"the authority's answer cannot be believed: {error or 'a wrong signature'}"
        ) from error
    raise ReadError("missing", "the certificate names neither a responder nor a list of revocations")


def _by_ocsp(certificate: x509.Certificate, issuer: x509.Certificate, url: str, asking: Asking) -> Revocation:
    request = ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer, hashes.SHA1()).build()  # noqa: S303 (names the issuer, as responders know it)
    encoded = base64.b64encode(request.public_bytes(serialization.Encoding.DER)).decode()
    where = f"{url.rstrip('/')}/{quote(encoded, safe='')}"
    answer = ocsp.load_der_ocsp_response(asking.get(where, ours=bool(asking.responder)))
    if answer.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
        raise ReadError("other", f"the responder says {answer.response_status.name}")
    signer = issuer
    for one in answer.certificates:
        one.verify_directly_issued_by(issuer)
        signer = one
    _verify(signer, answer.signature, answer.tbs_response_bytes, answer.signature_hash_algorithm)
    if answer.serial_number != certificate.serial_number:
        raise ReadError("other", "the responder answers for another certificate")
    return _STATES[answer.certificate_status]


def _by_list(certificate: x509.Certificate, issuer: x509.Certificate, body: bytes) -> Revocation:
    found = x509.load_der_x509_crl(body)
    if not found.is_signature_valid(issuer.public_key()):  # type: ignore[arg-type]  # an authority's key can sign
        raise InvalidSignature
    return "good" if found.get_revoked_certificate_by_serial_number(certificate.serial_number) is None else "revoked"


def _verify(signer: x509.Certificate, signature: bytes, signed: bytes, algorithm: hashes.HashAlgorithm | None) -> None:
    key = signer.public_key()
    match key:
        case ec.EllipticCurvePublicKey() if algorithm:
            key.verify(signature, signed, ec.ECDSA(algorithm))
        case rsa.RSAPublicKey() if algorithm:
            key.verify(signature, signed, padding.PKCS1v15(), algorithm)
        case _:
            raise ValueError(f"a signature by {type(key).__name__}")


def _responders(certificate: x509.Certificate) -> Iterator[str]:
    try:
        access = certificate.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    except x509.ExtensionNotFound:
        return
    for one in access:
        if one.access_method == AuthorityInformationAccessOID.OCSP and isinstance(
            one.access_location, x509.UniformResourceIdentifier
        ):
            yield one.access_location.value


def _lists(certificate: x509.Certificate) -> Iterator[str]:
    try:
        points = certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    except x509.ExtensionNotFound:
        return
    for point in points:
        for name in point.full_name or ():
            if isinstance(name, x509.UniformResourceIdentifier) and name.value.startswith("http"):
                yield name.value
