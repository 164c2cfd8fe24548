"""A name server on loopback that answers from a table, and can fail in the ways name servers do."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Mapping
from types import TracebackType
from typing import Literal, Self

import dns.exception
import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

Trouble = Literal["", "servfail", "nxdomain", "refused", "silence"]
_RCODES = {"servfail": dns.rcode.SERVFAIL, "nxdomain": dns.rcode.NXDOMAIN, "refused": dns.rcode.REFUSED}
_TTL_S = 30


class NameServer:
    """Answers A questions over UDP on 127.0.0.1 for the names in `addresses`; `trouble` (assignable) makes it fail."""

    def __init__(self, addresses: Mapping[str, str]) -> None:
        self.addresses = dict(addresses)
        self.trouble: Trouble = ""
        owner = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                reply = owner.answer(self.request[0])
                if reply:
                    self.request[1].sendto(reply, self.client_address)

        self._server = socketserver.ThreadingUDPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    @property
    def address(self) -> str:
        """Where it listens, as host:port."""
        host, port = self._server.server_address[:2]
        return f"{host!s}:{port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def answer(self, asked: bytes) -> bytes:
        """Return the reply to one message, empty for silence."""
        try:
            query = dns.message.from_wire(asked)
        except dns.exception.DNSException:
            return b""
        if self.trouble == "silence":
            return b""
        reply = dns.message.make_response(query, recursion_available=True)
        question = query.question[0]
        name = question.name.to_text(omit_final_dot=True)
        if self.trouble:
            reply.set_rcode(_RCODES[self.trouble])
        elif name not in self.addresses:
            reply.set_rcode(dns.rcode.NXDOMAIN)
        elif question.rdtype == dns.rdatatype.A:
            reply.answer.append(dns.rrset.from_text(question.name, _TTL_S, "IN", "A", self.addresses[name]))
        return reply.to_wire()
