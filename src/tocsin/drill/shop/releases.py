"""What each release of the shop contains; the order is the order they were made in."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One thing a release changed: where it is seen (`route`), where it is written (`file`), and in words."""

    kind: str
    route: str
    file: str
    summary: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """One version, the commit it was built from, and what is new in it."""

    version: str
    commit: str
    changes: tuple[Change, ...]
    exports_reports: bool = False


RELEASES = (
    Release(
        version="v2.4.0",
        commit="4c1f0b7",
        changes=(
            Change(
                kind="changed",
                route="/api/v1/catalogue",
                file="src/tocsin/drill/shop/catalogue.py",
                summary="The catalogue is cached in Redis for 30 s",
            ),
        ),
    ),
    Release(
        version="v2.4.1",
        commit="9ae52d3",
        changes=(
            Change(
                kind="added",
                route="/api/v1/reports/export",
                file="src/tocsin/drill/shop/reports.py",
                summary="Sales reports can be exported",
            ),
        ),
        exports_reports=True,
    ),
)


class UnknownReleaseError(Exception):
    """There is no such release."""


def release(version: str) -> Release:
    """Return the release called `version`.

    Raises:
        UnknownReleaseError: there is none; the message names those there are.
    """
    for known in RELEASES:
        if known.version == version:
            return known
    raise UnknownReleaseError(f"no release {version}; there are {', '.join(r.version for r in RELEASES)}")


def is_older(version: str, than: str) -> bool:
    """Return whether `version` was made before `than`."""
    order = [r.version for r in RELEASES]
    return order.index(release(version).version) < order.index(release(than).version)
