"""What many routes answer, as one model: of a dataclass each route would put the schema together anew at every start."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import RootModel

from tocsin.flows import queries

if TYPE_CHECKING:
    IncidentAnswer = queries.IncidentView  # what the routes return; they are described and answered as the model
else:

    class IncidentAnswer(RootModel[queries.IncidentView]):
        """The incident after what was asked."""
