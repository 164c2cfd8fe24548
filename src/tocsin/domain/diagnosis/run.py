"""One run as it is kept: the raw facts, what they were judged by, and what was concluded (R-DIA-8)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Self

import msgspec

from tocsin.domain.diagnosis.diagnose import diagnose
from tocsin.domain.diagnosis.diagnosis import Cause, Diagnosis
from tocsin.domain.diagnosis.facts import Bundle
from tocsin.domain.diagnosis.findings import Finding
from tocsin.domain.diagnosis.limits import Limits
from tocsin.domain.errors import InvalidError


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptCause:
    """A cause in words that stay readable when the catalogue of hypotheses has moved on."""

    key: str
    title: str
    state: str
    score: float
    supports: tuple[str, ...] = ()
    refutes: tuple[str, ...] = ()
    decided_by: str = ""
    proposals: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptFinding:
    """One check's answer. `check` and `target` together name it."""

    check: str
    target: str
    verdict: str
    observed: str
    expected: str = ""
    reproduce: str = ""
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a run concluded; `causes` are those that something speaks for, the best first."""

    causes: tuple[KeptCause, ...] = ()
    findings: tuple[KeptFinding, ...] = ()
    blind_spots: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run that can be replayed: the same facts, onset and limits give the same verdict under the same version.

    `tocsin` is the version that concluded. `onset` is when the trouble began, None where nobody knows.
    """

    facts: Bundle
    verdict: Verdict
    onset: datetime | None = None
    limits: Mapping[str, float] = field(default_factory=dict)
    tocsin: str = ""
    v: int = 1

    def replayed(self) -> Diagnosis:
        """Judge the kept facts anew, by this program's checks.

        Raises:
            InvalidError: a limit it was judged by is none any more.
        """
        try:
            limits = msgspec.convert(self.limits, Limits, strict=False)
        except msgspec.ValidationError as error:
            raise InvalidError(
                f"the bundle was judged by limits that are none here: {error}", field="limits"
            ) from error
        return diagnose(self.facts, self.onset, limits)

    def to_json(self) -> bytes:
        """Give the run as JSON; `from_json` gives the same run back."""
        return msgspec.json.encode(self)

    @classmethod
    def from_json(cls, body: bytes) -> Self:
        """Return the run in `body`; a bundle of bare facts is judged anew.

        Raises:
            InvalidError: `body` is neither.
        """
        try:
            return msgspec.json.decode(body, type=cls)
        except msgspec.MsgspecError:
            bundle = Bundle.from_json(body)
            return cls(facts=bundle, verdict=verdict_of(diagnose(bundle)))


def run_of(bundle: Bundle, diagnosis: Diagnosis, *, onset: datetime | None, limits: Limits, version: str) -> Run:
    """Return what is kept of a run."""
    moved = {one.name: value for one in fields(limits) if (value := getattr(limits, one.name)) != one.default}
    return Run(facts=bundle, verdict=verdict_of(diagnosis), onset=onset, limits=moved, tocsin=version)


def verdict_of(diagnosis: Diagnosis) -> Verdict:
    """Return a diagnosis in words that outlive its types."""
    return Verdict(
        causes=tuple(_cause(one) for one in diagnosis.causes if one.supports),
        findings=tuple(_finding(one) for one in diagnosis.findings),
        blind_spots=tuple(str(one) for one in diagnosis.blind_spots),
    )


def _cause(cause: Cause) -> KeptCause:
    return KeptCause(
        key=cause.key,
        title=cause.title,
        state=cause.state,
        score=round(cause.score, 3),
        supports=tuple(str(one) for one in cause.supports),
        refutes=tuple(str(one) for one in cause.refutes),
        decided_by=cause.decided_by,
        proposals=tuple(one.key for one in cause.proposals),
    )


def _finding(finding: Finding) -> KeptFinding:
    return KeptFinding(
        check=finding.check_id,
        target=finding.target,
        verdict=finding.verdict,
        observed=finding.observed,
        expected=finding.expected,
        reproduce=finding.reproduce,
        evidence=finding.evidence,
    )
