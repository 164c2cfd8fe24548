"""What people feel: failing and slow answers of our own services. A full table in a calm system is no incident."""

from __future__ import annotations

from tocsin.domain.diagnosis.facts import HttpPage, MetricsFacts, MetricsWindow
from tocsin.domain.diagnosis.look import Look

SERVER_ERROR = 500
_SLOWER = 5.0
_FELT_S = 0.25
_FEW_REQUESTS = 5.0


def failing(look: Look) -> tuple[str, ...]:
    """Say which answers of our own services fail."""
    pages = [
        f"{page.path} answers {page.answer}" for page in own_pages(look) if page.status is None or is_failure(page)
    ]
    counters = [
        f"{window.error_ratio:.0%} of requests fail" for _, window in busy_windows(look) if _fails(window, look)
    ]
    return (*pages, *counters)


def slow(look: Look) -> tuple[str, ...]:
    """Say which answers of our own services are slow."""
    limit = look.limits.slow_answer_s
    pages = [
        f"{one.path} takes {one.total_s:.1f} s" for one in own_pages(look) if one.status and (one.total_s or 0) >= limit
    ]
    counters = [
        f"p99 is {window.p99_s:.1f} s"
        for facts, window in busy_windows(look, few=True)
        if window.p99_s and is_slow(facts, window, look)
    ]
    return (*pages, *counters)


def suffering(look: Look) -> tuple[str, ...]:
    """Say what of our own services fails or is slow; nothing where they are well, or were not looked at."""
    return (*failing(look), *slow(look))


def starved(look: Look) -> str:
    """Say so where even a liveness page, which needs nothing but the processor, takes long; else an empty string."""
    pages = [page for page in own_pages(look) if page.role == "live" and (page.total_s or 0.0) >= _FELT_S]
    return next((f"{page.path} alone takes {page.total_s:.2f} s" for page in pages), "")


def own_pages(look: Look) -> tuple[HttpPage, ...]:
    """Return the pages of services that are ours."""
    return tuple(page for facts in look.bundle.http if not facts.third_party for page in facts.pages)


def busy_windows(look: Look, *, few: bool = False) -> tuple[tuple[MetricsFacts, MetricsWindow], ...]:
    """Return the recent windows that saw enough requests to judge; `few` are enough to tell that answers take long."""
    enough = _FEW_REQUESTS if few else look.limits.enough_requests
    pairs = ((facts, facts.recent) for facts in look.bundle.metrics if facts.recent)
    return tuple((facts, window) for facts, window in pairs if window.requests >= enough)


def is_slow(facts: MetricsFacts, window: MetricsWindow, look: Look) -> bool:
    """Whether the slowest hundredth is slow by itself, or for this service."""
    normal = facts.baseline.p99_s if facts.baseline else None
    floor = look.limits.slow_answer_s / 4
    return (window.p99_s or 0.0) >= (max(_SLOWER * normal, floor) if normal else look.limits.slow_answer_s)


def is_failure(page: HttpPage) -> bool:
    """Whether the answer is a failure of the server; 400 to 499 is the caller's or a limiter's."""
    return page.status is not None and page.status >= SERVER_ERROR


def _fails(window: MetricsWindow, look: Look) -> bool:
    return window.error_ratio >= look.limits.error_warn_ratio
