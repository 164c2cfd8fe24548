"""What `step` needs to know besides the incident: the pack snapshotted at its opening and a version of the catalogue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tocsin.domain.catalogue import Catalogue, EscalationPolicy
from tocsin.domain.errors import InvalidError
from tocsin.domain.notification import Urgency
from tocsin.domain.oncall.together import laid_together
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

    def ladder(self, team: str, named: Sequence[str] = ()) -> EscalationPolicy:
        """Return the policies that are named laid together, else the team's, else the default one.

        Where there is none at all it has no steps, and the catch-all answers.
        """
        found = [policy for key in named if (policy := self.catalogue.policy(key)) is not None]
        if not found:
            own = self.catalogue.policy(self.policy_of(team))
            found = [own or EscalationPolicy(key="catch-all", steps=())]
        return laid_together(found)

    def policy_of(self, team: str) -> str:
        """Return the key of a team's own policy, else the default one's."""
        found = self.catalogue.team(team)
        named = self.catalogue.policy(found.policy) if found else None
        return named.key if named else self.catalogue.default_policy
