"""What somebody types at 3 a.m., and what we make of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tocsin.domain.catalogue import Service
from tocsin.domain.comms.draft import Draft, draft
from tocsin.domain.impact import Impact

NOW = datetime(2026, 3, 4, 14, 45, tzinfo=UTC)
SERVICES = (
    Service(key="orders-api", name="Orders", team="shop", endpoints=("POST /orders", "GET /orders/{id}")),
    Service(key="billing", name="Billing service", team="shop", endpoints=("POST /invoices",)),
    Service(key="auth", name="Identity", team="platform", endpoints=("POST /login", "POST /logout")),
    Service(key="dns", name="DNS", team="platform"),
)


def _draft(text: str, now: datetime = NOW) -> Draft:
    return draft(text, SERVICES, now)


def test_the_requirements_own_example_becomes_a_draft() -> None:
    made = _draft("orders API 500s since 14:23, about 30 % failing")
    assert made.title == "Orders API 500s"
    assert made.services == ("orders-api",)
    assert made.started_at == datetime(2026, 3, 4, 14, 23, tzinfo=UTC)
    assert made.impact == Impact(error_percent=30.0)
    assert made.symptoms == ("500s",)
    assert [question.key for question in made.questions] == ["trend", "still_works"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("the shop fails since 14:23", ()),
        ("GET /cart answers 503", ()),
        ("drill-shop answers 503", ("drill-shop",)),
    ],
)
def test_a_service_for_practice_is_meant_only_by_its_whole_key(text: str, found: tuple[str, ...]) -> None:
    practice = Service(key="drill-shop", name="Shop", team="drill-team", endpoints=("GET /cart",), drill=True)

    assert draft(text, (*SERVICES, practice), NOW).services == found


def test_a_full_story_leaves_no_question() -> None:
    made = _draft(
        "POST /orders answers 503 since about 20 minutes, ~5,000 customers, 15 % errors (normally 0.05 %), getting worse. "
        'Log says "QueuePool limit of size 20 reached". 37 tickets, $15,000 lost. Billing still works, no data loss.'
    )
    assert made.services == ("orders-api",)
    assert made.started_at == NOW - timedelta(minutes=20)
    assert made.endpoints == ("POST /orders",)
    assert made.symptoms == ("503",)
    assert made.initial_error == "QueuePool limit of size 20 reached"
    assert made.impact == Impact(
        users_affected=5000,
        error_percent=15.0,
        error_percent_normal=0.05,
        tickets=37,
        revenue_lost=15000.0,
        revenue_note="$15,000",
        still_works="Billing",
        trend="worse",
        data_loss=False,
    )
    assert made.questions == ()


def test_no_text_asks_everything() -> None:
    made = _draft("  ")
    assert (made.title, made.services, made.started_at, made.impact) == ("", (), None, Impact())
    assert [q.key for q in made.questions] == ["symptom", "service", "started", "users", "trend", "still_works"]


@pytest.mark.parametrize(
    ("words", "minutes_ago"),
    [
        ("since 14:23", 22),
        ("since 14:23:30", 21.5),
        ("since 14:23 UTC", 22),
        ("from around 14:05", 40),
        ("since 15:00", 24 * 60 - 15),
        ("since 14:46", 0),
        ("since 2:15 pm", 30),
        ("since 2pm", 45),
        ("since 12:05 am", 14 * 60 + 40),
        ("yesterday at 22:45", 16 * 60),
        ("since last night 23:45", 15 * 60),
        ("since today 09:45", 5 * 60),
        ("since noon", 165),
        ("since midnight", 14 * 60 + 45),
        ("since 2026-03-04 13:45", 60),
        ("since 2026-03-04T15:15:00+01:00", 30),
        ("since 20 minutes", 20),
        ("for 1h", 60),
        ("for 1h30", 90),
        ("for 1 hour and 20 minutes", 80),
        ("for about half an hour", 30),
        ("for the last 15 min", 15),
        ("in the past two hours", 120),
        ("started 10m ago", 10),
        ("an hour ago", 60),
        ("for ~45 minutes", 45),
        ("for 90 seconds", 1.5),
        ("since 2 days", 2880),
        ("just now", 0),
        ("14:40", 5),
    ],
)
def test_the_start_is_understood(words: str, minutes_ago: float) -> None:
    assert _draft(f"login down {words}").started_at == NOW - timedelta(minutes=minutes_ago)


@pytest.mark.parametrize(
    "words",
    [
        "",
        "since the deploy",
        "since this morning",
        "since 14:23 CET",
        "at 25:99",
        "ratio 3:1",
        "since 2026-02-31 10:00",
    ],
)
def test_a_start_that_nobody_can_tell_is_asked_for(words: str) -> None:
    made = _draft(f"login down {words}")
    assert made.started_at is None or words.startswith("since 2026")  # there, 10:00 by itself is a time
    assert "started" in [q.key for q in made.questions] or made.started_at is not None


@pytest.mark.parametrize(
    ("words", "impact"),
    [
        ("30 % of users see errors", Impact(users_percent=30, scope="subset")),
        ("error rate is 12.5% for some customers", Impact(error_percent=12.5, scope="subset")),
        ("error rate 4,2 %", Impact(error_percent=4.2)),
        ("~30% of order requests failing", Impact(error_percent=30)),
        ("users affected: 20 percent", Impact(users_percent=20, scope="subset")),
        ("15 % errors, normally 0.05 %", Impact(error_percent=15, error_percent_normal=0.05)),
        ("error rate 15 % normally 0.05 %", Impact(error_percent=15, error_percent_normal=0.05)),
        ("1 in 4 requests fails", Impact(error_percent=25)),
        ("1 of 5 requests fails", Impact(error_percent=20)),
        ("1 out of 3 users", Impact(users_percent=33.3, scope="subset")),
        ("success rate 70 %", Impact(error_percent=30)),
        ("cpu at 95 %", Impact()),
        ("95 % memory", Impact()),
        ("300 % errors", Impact()),
        ("all users affected", Impact(users_percent=100, scope="all")),
        ("nobody can check out", Impact(users_percent=100, scope="all")),
        ("half of our users", Impact(users_percent=50, scope="subset")),
        ("100% of customers", Impact(users_percent=100, scope="all")),
        ("a few users complain", Impact(scope="subset")),
        ("one customer cannot log in", Impact(scope="isolated")),
        ("no customer impact", Impact(scope="none")),
        ("~5,000 customers", Impact(users_affected=5000)),
        ("about 12k users", Impact(users_affected=12000)),
        ("1.5 million users", Impact(users_affected=1_500_000)),
        ("250 paying customers", Impact(users_affected=250)),
        ("all requests fail", Impact(error_percent=100)),
        ("120 of 400 requests fail", Impact(failed_requests=120, total_requests=400)),
        ("3,000 failed orders", Impact(failed_requests=3000)),
        ("800 requests failed", Impact(failed_requests=800)),
        ("37 support tickets", Impact(tickets=37)),
        ("€2k lost", Impact(revenue_lost=2000, revenue_note="€2k")),
        ("losing $500 per minute", Impact(revenue_note="$500 per minute")),
        ("pages are 5x slower", Impact(latency_multiple=5)),
        ("it is getting worse", Impact(trend="worse")),
        ("not getting worse", Impact(trend="steady")),
        ("slowly recovering", Impact(trend="better")),
        ("stable for now", Impact(trend="steady")),
        ("not sure if it is getting worse", Impact()),
        ("is it getting worse?", Impact()),
        ("we lost data", Impact(data_loss=True)),
        ("no data loss", Impact(data_loss=False)),
        ("possible security breach", Impact(breach=True)),
        ("there is a workaround", Impact(workaround=True)),
        ("no known workaround", Impact(workaround=False)),
        ("our provider has trouble", Impact(third_party=True)),
        ("internal only", Impact(internal_only=True)),
        ("just a typo", Impact(cosmetic=True)),
        ("complete outage", Impact(core_feature_down=True)),
        ("the site is down", Impact(core_feature_down=True)),
        ("people talk on social media", Impact(reputation="on social media")),
        ("checkout fails but search still works", Impact(still_works="search")),
        ("support has 12 tickets and search still works", Impact(tickets=12, still_works="search")),
        ("cart and search still work", Impact(still_works="cart and search")),
        ("checkout fails, search is unaffected", Impact(still_works="search")),
    ],
)
def test_impact_is_understood(words: str, impact: Impact) -> None:
    assert _draft(words).impact == impact


@pytest.mark.parametrize(
    ("text", "services"),
    [
        ("orders API 500s", ("orders-api",)),
        ("order service slow", ("orders-api",)),
        ("ORDERS-API is down", ("orders-api",)),
        ("login down", ("auth",)),
        ("POST /login times out", ("auth",)),
        ("https://shop.example/invoices gives 500", ("billing",)),
        ("/orders/42 is slow", ("orders-api",)),
        ("billing and orders are down", ("billing", "orders-api")),
        ("orders fail but billing still works", ("orders-api",)),
        ("dns is broken", ("dns",)),
        ("the api is down", ()),
        ("search is slow", ()),
    ],
)
def test_services_are_recognised_by_name_word_or_endpoint(text: str, services: tuple[str, ...]) -> None:
    assert set(_draft(text).services) == set(services)


def test_the_likeliest_service_comes_first() -> None:
    both = (*SERVICES, Service(key="orders-worker", name="Order worker", team="shop"))
    assert draft("orders api down", both, NOW).services[0] == "orders-api"
    assert draft("order worker stuck", both, NOW).services[0] == "orders-worker"


@pytest.mark.parametrize(
    ("text", "symptoms"),
    [
        ("API returning 503 for /orders", ("503",)),
        ("500 errors and timeouts on checkout", ("500 errors", "timeouts")),
        ("5xx spike", ("5xx",)),
        ("login down", ("down",)),
        ("checkout failing", ("failing",)),
        ("users cannot log in", ("cannot log in",)),
        ("pods crash-looping, out of memory", ("crash-looping", "out of memory")),
        ("sessions idle in transaction, too many connections", ("idle in transaction", "too many connections")),
        ("500 users", ()),
        ("hello", ()),
    ],
)
def test_symptoms_are_kept_as_they_were_put(text: str, symptoms: tuple[str, ...]) -> None:
    assert _draft(text).symptoms == symptoms


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("login down", "Login down"),
        ("declare incident: checkout is broken for everyone. Please help", "Checkout is broken for everyone"),
        ("since 14:23 orders return 500s", "Since 14:23 orders return 500s"),
        ("checkout fails for some users since 15m ago, getting worse", "Checkout fails for some users"),
        ("Payments\nmore here", "Payments"),
        ("x" * 200, "X" + "x" * 79),
        ("", ""),
    ],
)
def test_the_title_is_the_first_thing_said(text: str, title: str) -> None:
    assert _draft(text).title == title


def test_endpoints_are_paths_and_nothing_that_only_has_a_slash() -> None:
    made = _draft(
        "GET /orders/{id} and `/api/v1/login`, 5/10 and/or read/write, see https://status.example/incidents/1."
    )
    assert made.endpoints == ("GET /orders/{id}", "/api/v1/login", "/incidents/1")
