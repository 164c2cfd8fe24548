"""A pack made by hand, with one of everything the policy room decides by."""

from __future__ import annotations

from datetime import timedelta

from tocsin.domain.policy import pack as p

MINUTE = timedelta(minutes=1)


def condition(fact: str, op: p.Comparison, value: float | str) -> p.Condition:
    return p.Condition(fact=fact, op=op, value=value)


def criterion(key: str, *conditions: p.Condition, ours: bool = False) -> p.Criterion:
    return p.Criterion(key=key, text=key.replace("_", " "), all=conditions, ours=ours)


PACK = p.Pack(
    key="made",
    title="Made by hand",
    source="nowhere",
    id_format="INC-{yyyy}-{nnn}",
    channel_formats=("#inc-{yyyy}{mm}{dd}", "#everybody"),
    channel_aliases=("#inc-{yyyy}-{mm}{dd}",),
    severities=(
        p.Severity(
            key="HIGH",
            rank=1,
            name="High",
            criteria=(
                criterion("everybody", condition("scope", "is", "all")),
                criterion("data_is_lost", condition("data_loss", "is", True)),
                criterion("many_fail", condition("error_percent", ">", 20.0)),
            ),
            cadence=p.Cadence(kind="every", every=15 * MINUTE),
            review="required",
            tell=(p.TellRule(to="leadership", within=15 * MINUTE),),
        ),
        p.Severity(
            key="MIDDLE",
            rank=2,
            name="Middle",
            criteria=(
                criterion("a_core_feature", condition("core_feature_down", "is", True)),
                criterion("a_breach", condition("breach", "is", True)),
                criterion("slow", condition("latency_multiple", ">=", 3.0), ours=True),
                criterion("some_users", condition("users_percent", ">", 10.0)),
                criterion("some_fail", condition("error_percent", ">", 5.0)),
            ),
            cadence=p.Cadence(kind="daily", every=timedelta(days=1)),
            review="if_recurring",
            review_recurring_within=timedelta(days=30),
        ),
        p.Severity(
            key="LOW",
            rank=3,
            name="Low",
            criteria=(
                criterion("few_users", condition("users_percent", "<=", 10.0), condition("users_percent", ">", 0.0)),
                criterion("ugly", condition("cosmetic", "is", True)),
                criterion("for_people_to_read"),
            ),
            cadence=p.Cadence(kind="as_findings"),
            review="recommended",
        ),
    ),
    review_deadlines=p.ReviewDeadlines(
        draft_business_days=3, schedule_within=timedelta(days=2), publish_within=timedelta(days=7)
    ),
    verification=p.Verification(gates=(), watch=15 * MINUTE),
)
