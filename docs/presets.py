"""The presets' main figures for the reference: one table for each, and one that compares them."""

from __future__ import annotations

from datetime import timedelta

from docs.tables import table

from tocsin.config.packs import list_packs, load_pack
from tocsin.domain.durations import say_duration
from tocsin.domain.policy.pack import Pack, ResponseTarget, Severity


def presets() -> str:
    """Return the presets' main figures: one table for each, and one that compares them."""
    packs = [load_pack(key) for key in list_packs()]
    return "\n\n".join([_compared(packs), *(_levels(pack) for pack in packs)])


def _compared(packs: list[Pack]) -> str:
    heads = (
        "preset",
        "incidents are called",
        "channel",
        "watch after a fix",
        "order",
        "review, counted from resolution",
    )
    rows = [
        (
            f"`{p.key}`",
            f"`{p.id_format or 'INC-{n}'}`",
            ", ".join(f"`{c}`" for c in p.channel_formats),
            span(p.verification.watch) + (f" to {span(p.verification.watch_max)}" if p.verification.watch_max else ""),
            p.verification.order.replace("_", " "),
            _review(p),
        )
        for p in packs
    ]
    return table(heads, rows)


def _review(pack: Pack) -> str:
    limits = pack.review_deadlines
    days = f"draft within {limits.draft_business_days} working days" if limits.draft_business_days else ""
    named = {
        "draft": limits.draft_within,
        "scheduled": limits.schedule_within,
        "held": limits.review_within,
        "published": limits.publish_within,
    }
    return ", ".join(filter(None, [days, *(f"{what} within {span(by)}" for what, by in named.items() if by)]))


def _levels(pack: Pack) -> str:
    heads = (
        "severity",
        "name",
        "first response",
        "update every",
        "pages",
        "commander within",
        "resolve within",
        "post-mortem",
    )
    return f"### `{pack.key}`: {pack.title}\n\n" + table(heads, (_level(one) for one in pack.severities))


def _level(level: Severity) -> tuple[str, ...]:
    cadence = level.cadence.kind.replace("_", " ") if level.cadence.every is None else span(level.cadence.every)
    return (
        f"`{level.key}`",
        level.name,
        "; ".join(_response(r) for r in level.responses) or "not stated",
        cadence,
        "yes" if level.pages else "no",
        span(level.commander_within),
        level.resolve_text or span(level.resolve_within),
        level.review.replace("_", " "),
    )


def _response(target: ResponseTarget) -> str:
    when = span(target.within) if target.within else target.text or ("at once" if target.within is not None else "")
    return f"{target.verb} {when}".strip()


def span(value: timedelta | None) -> str:
    """Return a duration as a pack writes it."""
    return "not stated" if value is None else say_duration(value)
