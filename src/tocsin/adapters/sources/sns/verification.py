"""Whether SNS signed a message: by the certificate at SNS's own address, SHA-1 for version 1 and SHA-256 for version 2."""

from __future__ import annotations

import binascii
from base64 import b64decode
from datetime import datetime
from typing import Protocol

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA1, SHA256, HashAlgorithm

from tocsin.adapters.sources.sns.message import SNSMessage, require_sns_url
from tocsin.flows.ports import UnverifiedError
from tocsin.net.errors import NetError
from tocsin.net.http import Answer

LIMIT_S = 5.0
MOST_BYTES = 65_536
MOST_KEPT = 16


class Web(Protocol):
    """What fetches an address, guarded and bounded (`net.http.Http`)."""

    def get(self, url: str, *, limit_s: float, max_bytes: int = ...) -> Answer:
        """Return the answer.

        Raises:
            NetError: none came, or the address may not be called.
        """
        ...


class Certificates:
    """SNS's certificates by address: each is fetched once, while it is valid."""

    def __init__(self, web: Web) -> None:
        self._web = web
        self._kept: dict[str, x509.Certificate] = {}

    def at(self, url: str, moment: datetime) -> x509.Certificate:
        """Return the certificate at one of SNS's addresses, valid at `moment`.

        Raises:
            UnverifiedError: the address is not SNS's, nothing came from it, or it is no valid certificate.
        """
        require_sns_url(url, "SigningCertURL")
        known = self._kept.get(url)
        certificate = known or self._fetched(url)
        if not certificate.not_valid_before_utc <= moment <= certificate.not_valid_after_utc:
            self._kept.pop(url, None)
            raise UnverifiedError("the certificate at SigningCertURL is not valid at this time")
        if known is None:
            if len(self._kept) >= MOST_KEPT:
                self._kept.clear()
            self._kept[url] = certificate
        return certificate

    def _fetched(self, url: str) -> x509.Certificate:
        try:
            answer = self._web.get(url, limit_s=LIMIT_S, max_bytes=MOST_BYTES)
        except NetError as error:
            raise UnverifiedError(f"the certificate at SigningCertURL could not be fetched: {error}") from error
        if not answer.ok:
            raise UnverifiedError(f"SigningCertURL answered {answer.status} instead of a certificate")
        try:
            return x509.load_pem_x509_certificate(answer.body)
        except ValueError as error:
            raise UnverifiedError("what came from SigningCertURL is not a certificate") from error


def verify(message: SNSMessage, certificates: Certificates, at: datetime) -> None:
    """Let a message pass that SNS signed.

    Raises:
        UnverifiedError: the signature does not fit, or cannot be checked.
    """
    hashes: dict[str, HashAlgorithm] = {"1": SHA1(), "2": SHA256()}  # noqa: S303 (SNS signs so by default)
    if message.signature_version not in hashes:
        raise UnverifiedError(f"SignatureVersion {message.signature_version[:20]!r} is unknown: it is 1 or 2")
    try:
        signature = b64decode(message.signature, validate=True)
    except (binascii.Error, ValueError) as error:
        raise UnverifiedError("the Signature is not base64") from error
    try:
        key = certificates.at(message.certificate_url, at).public_key()
    except (ValueError, UnsupportedAlgorithm) as error:
        raise UnverifiedError("the certificate at SigningCertURL holds no key that can be read") from error
    if not isinstance(key, rsa.RSAPublicKey):
        raise UnverifiedError("the certificate at SigningCertURL holds no RSA key")
    try:
        key.verify(signature, message.signed, padding.PKCS1v15(), hashes[message.signature_version])
    except InvalidSignature as error:
        raise UnverifiedError("the Signature does not fit the message") from error
