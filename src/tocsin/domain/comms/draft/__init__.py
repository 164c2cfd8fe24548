"""A line somebody types at 3 a.m. becomes a draft of an incident, to be looked at and confirmed (R-DET-3, R-DET-15).

Nothing is guessed in silence: what the text does not say is unknown and is asked for. Linear time (RE2).
"""

from tocsin.domain.comms.draft.reading import Draft, draft

__all__ = ["Draft", "draft"]
