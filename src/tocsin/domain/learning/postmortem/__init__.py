"""The post-mortem: drafted from the log, written by people, renewed without losing a word (R-PM-2, R-PM-7)."""

from tocsin.domain.learning.postmortem.document import Postmortem, Section, merge
from tocsin.domain.learning.postmortem.draft import SECTIONS, draft
from tocsin.domain.learning.postmortem.record import Kin, Surroundings

__all__ = ["SECTIONS", "Kin", "Postmortem", "Section", "Surroundings", "draft", "merge"]
