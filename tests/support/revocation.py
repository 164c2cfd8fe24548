"""An authority that can withdraw what it signed: its responder's answers, its list, and a server that staples."""

from __future__ import annotations

import base64
import ipaddress
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import unquote

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509 import ocsp
from cryptography.x509.oid import NameOID

from tests.support.http import Received, Reply, closed_port

DAY = timedelta(days=1)
DER = serialization.Encoding.DER
PEM = serialization.Encoding.PEM


def name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


class Withdrawing:
    """Signs one server's certificate; everything lies in `directory`."""

    def __init__(self, directory: Path, *, must_staple: bool = False, title: str = "Withdrawing authority") -> None:
        self._directory, self._now = directory, datetime.now(UTC)
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = name(title)
        self.certificate = self._signed(self._name, self._key, x509.BasicConstraints(ca=True, path_length=0))
        self.file = directory / "authority.pem"
        self.file.write_bytes(self.certificate.public_bytes(PEM))
        self._server_key = ec.generate_private_key(ec.SECP256R1())
        more = [x509.TLSFeature([x509.TLSFeatureType.status_request])] if must_staple else []
        names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
        self.server = self._signed(name("server"), self._server_key, names, *more)

    def _signed(
        self, subject: x509.Name, key: ec.EllipticCurvePrivateKey, *extensions: x509.ExtensionType
    ) -> x509.Certificate:
        builder = x509.CertificateBuilder(
            issuer_name=self._name,
            subject_name=subject,
            public_key=key.public_key(),
            serial_number=x509.random_serial_number(),
            not_valid_before=self._now - DAY,
            not_valid_after=self._now + 60 * DAY,
        )
        for one in extensions:
            builder = builder.add_extension(one, critical=False)
        return builder.sign(self._key, hashes.SHA256())

    def answer(self, *, revoked: bool = False, ends: timedelta = DAY) -> bytes:
        """Return what its responder says of the server's certificate."""
        status = ocsp.OCSPCertStatus.REVOKED if revoked else ocsp.OCSPCertStatus.GOOD
        said = ocsp.OCSPResponseBuilder().add_response(
            cert=self.server,
            issuer=self.certificate,
            algorithm=hashes.SHA1(),  # noqa: S303 (what responders name an issuer by)
            cert_status=status,
            this_update=self._now - 2 * DAY,
            next_update=self._now + ends,
            revocation_time=self._now - DAY if revoked else None,
            revocation_reason=None,
        )
        named = said.responder_id(ocsp.OCSPResponderEncoding.HASH, self.certificate)
        return named.sign(self._key, hashes.SHA256()).public_bytes(DER)

    def responder(self, *, revoked: bool = False) -> Callable[[Received], Reply]:
        """Answer GETs as a responder does; anything but a request for the server's certificate is refused."""

        def reply(received: Received) -> Reply:
            asked = ocsp.load_der_ocsp_request(base64.b64decode(unquote(received.path.lstrip("/"))))
            known = asked.serial_number == self.server.serial_number
            return Reply(body=self.answer(revoked=revoked)) if known else Reply(status=400)

        return reply

    def revocation_list(self, *, revoked: bool) -> bytes:
        """Return its list of what it withdrew."""
        builder = x509.CertificateRevocationListBuilder(self._name, self._now - DAY, self._now + DAY)
        if revoked:
            entry = x509.RevokedCertificateBuilder(self.server.serial_number, self._now - DAY)
            builder = builder.add_revoked_certificate(entry.build())
        return builder.sign(self._key, hashes.SHA256()).public_bytes(DER)

    @contextmanager
    def serving(self, staple: bytes = b"") -> Iterator[int]:
        """Have OpenSSL's own server show the certificate until the block ends, with an answer stapled if one is given."""
        pair, stapled = self._directory / "server.pem", self._directory / "staple.der"
        key = self._server_key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        pair.write_bytes(key + self.server.public_bytes(PEM))
        stapled.write_bytes(staple)
        program, port = shutil.which("openssl"), closed_port()
        assert program is not None
        argv = [program, "s_server", "-accept", f"127.0.0.1:{port}", "-cert", str(pair), "-key", str(pair)]
        argv += ["-status_file", str(stapled)] if staple else []
        child = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        try:
            assert child.stdout is not None
            while b"ACCEPT" not in (line := child.stdout.readline()):
                assert line, "openssl s_server ended"
            yield port
        finally:
            child.kill()
            child.communicate()
