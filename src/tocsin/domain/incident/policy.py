"""What `step` needs to know besides the incident: the pack snapshotted at its opening and a version of the catalogue."""

from __future__ import annotations

from dataclasses import dataclass

from tocsin.domain.catalogue import Catalogue, EscalationPolicy
from tocsin.domain.errors import InvalidError
from tocsin.domain.notification import Urgency
from tocsin.domain.policy.pack import Pack, Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The rules in force for one incident."""

    pack: Pack
    catalogue: Catalogue
    pack_digest: str = ""

    def level(self, severity: str) -> Severity:
        """Return the pack's level.

        Raises:
            InvalidError: the pack has no such level.
        """
        try:
            return self.pack.severity(severity)
        except KeyError:
            known = ", ".join(s.key for s in self.pack.severities)
            raise InvalidError(
                f"{severity!r} is not a severity of pack {self.pack.key}",
                field="severity",
                mend=f"Use one of: {known}.",
            ) from None

    def urgency(self, severity: str) -> Urgency:
        """Return how urgent a severity's pages are: what its level says, else high when it pages."""
        level = self.level(severity)
        return level.urgency or ("high" if level.pages else "low")

    def ladder(self, team: str) -> EscalationPolicy:
        """Return the escalation policy of a team, else the default one, else one without steps (the catch-all answers)."""
        found = self.catalogue.team(team)
        named = self.catalogue.policy(found.policy) if found else None
        return (
            named or self.catalogue.policy(self.catalogue.default_policy) or EscalationPolicy(key="catch-all", steps=())
        )
