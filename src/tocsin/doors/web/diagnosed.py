"""One diagnosis as a page: causes with evidence for and against, every check, and what nobody could see."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter, Response

from tocsin.domain.diagnosis.run import KeptFinding, Run
from tocsin.doors.web.look import human
from tocsin.doors.web.sparkline import spark
from tocsin.doors.web.visits import Reader
from tocsin.flows import queries

router = APIRouter()
_ORDER: Final = ("critical", "warn", "unknown", "ok")


@router.get("/incidents/{ref}/diagnosis")
def show_newest_diagnosis(ref: str, visit: Reader) -> Response:
    """Show what the newest look found."""
    return _shown(visit, ref, "")


@router.get("/incidents/{ref}/diagnosis/{bundle}")
def show_diagnosis(ref: str, bundle: str, visit: Reader) -> Response:
    """Show what one look found, and what had changed since the one before it."""
    return _shown(visit, ref, bundle)


def _shown(visit: Reader, ref: str, bundle: str) -> Response:
    engine, viewer = visit.app.engine, visit.who.viewer
    view = queries.incident(engine, viewer, ref)
    seen = queries.diagnosis(engine, viewer, ref, bundle)
    series = queries.samples(engine, viewer, ref)
    stamp = view.milestones.get("impact_started")
    began = stamp.at if stamp else view.declared_at
    sparks = [one for name, points in series.items() if (one := spark(human(name), points, marked=began))]
    values = {"view": view, "ref": view.ref, "seen": seen, "sparks": sparks}
    return visit.page("diagnosis.html", values | {"findings": _findings(seen.run) if seen and seen.run else []})


def _findings(run: Run) -> list[KeptFinding]:
    """Return the checks' answers, the worst first."""
    return sorted(run.verdict.findings, key=lambda one: _ORDER.index(one.verdict) if one.verdict in _ORDER else 0)
