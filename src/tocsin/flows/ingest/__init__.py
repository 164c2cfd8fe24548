"""Alerts in: fold each into what is known, and let it open an incident or join one. Durable before the answer."""

from tocsin.flows.ingest.accepting import Accepted, Folded, accept, accept_in, fold_in
from tocsin.flows.ingest.lapsing import LEASES, lapse
from tocsin.flows.ingest.remembered import Remembered, RememberedAlert
from tocsin.flows.ingest.sender import Sender
from tocsin.flows.ingest.telling import MEMBERSHIP, tell

__all__ = [
    "LEASES",
    "MEMBERSHIP",
    "Accepted",
    "Folded",
    "Remembered",
    "RememberedAlert",
    "Sender",
    "accept",
    "accept_in",
    "fold_in",
    "lapse",
    "tell",
]
