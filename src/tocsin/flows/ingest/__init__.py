"""Alerts in: fold each into what is known, and let it open an incident or join one. Durable before the answer."""

from tocsin.flows.ingest.accepting import Accepted, Folded, accept, accept_in, fold_in
from tocsin.flows.ingest.hearing import Hearing
from tocsin.flows.ingest.inhibitors import Inhibitors
from tocsin.flows.ingest.lapsing import LEASES, door_opens, lapse
from tocsin.flows.ingest.places import Place, Places, Way
from tocsin.flows.ingest.releasing import release
from tocsin.flows.ingest.remembered import Remembered, RememberedAlert
from tocsin.flows.ingest.retelling import retell
from tocsin.flows.ingest.sender import Sender, sender_named
from tocsin.flows.ingest.telling import MEMBERSHIP, tell
from tocsin.flows.ingest.waiting import HELD, look_soon

__all__ = [
    "HELD",
    "LEASES",
    "MEMBERSHIP",
    "Accepted",
    "Folded",
    "Hearing",
    "Inhibitors",
    "Place",
    "Places",
    "Remembered",
    "RememberedAlert",
    "Sender",
    "Way",
    "accept",
    "accept_in",
    "door_opens",
    "fold_in",
    "lapse",
    "look_soon",
    "release",
    "retell",
    "sender_named",
    "tell",
]
