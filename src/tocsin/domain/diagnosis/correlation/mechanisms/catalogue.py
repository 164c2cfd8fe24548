"""Every mechanism that a change sets off."""

from __future__ import annotations

from typing import Final

from tocsin.domain.diagnosis.correlation.mechanisms.calls import CALLS
from tocsin.domain.diagnosis.correlation.mechanisms.clusters import CLUSTERS
from tocsin.domain.diagnosis.correlation.mechanisms.data_paths import DATA
from tocsin.domain.diagnosis.correlation.mechanisms.idioms_exchanges import IDIOMS_OF_EXCHANGES
from tocsin.domain.diagnosis.correlation.mechanisms.idioms_programs import IDIOMS_OF_PROGRAMS
from tocsin.domain.diagnosis.correlation.mechanisms.mechanism import Mechanism
from tocsin.domain.diagnosis.correlation.mechanisms.network import NETWORK
from tocsin.domain.diagnosis.correlation.mechanisms.programs import PROGRAMS
from tocsin.domain.diagnosis.correlation.mechanisms.resources import RESOURCES
from tocsin.domain.diagnosis.correlation.mechanisms.stores import STORES
from tocsin.domain.diagnosis.correlation.mechanisms.surroundings import SURROUNDINGS

MECHANISMS: Final[tuple[Mechanism, ...]] = (
    *RESOURCES, *CALLS, *DATA, *SURROUNDINGS, *PROGRAMS, *CLUSTERS, *NETWORK, *STORES, *IDIOMS_OF_PROGRAMS, *IDIOMS_OF_EXCHANGES,
)  # fmt: skip
