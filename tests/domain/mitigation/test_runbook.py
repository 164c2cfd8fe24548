"""Which runbook fits: evidence before names, names before words, and the same order every time."""

from __future__ import annotations

from tocsin.domain.mitigation.runbook import (
    Alarm,
    Runbook,
    Step,
    Suspect,
    Trouble,
    When,
    best_for_cause,
    from_json,
    matching,
    to_json,
)

LEAK = Suspect(key="session_leak", title="orders leaks sessions", state="confirmed", score=0.97)
FULL = Suspect(key="connection_exhaustion", title="Connections are used up", state="likely", score=0.8)
GUESS = Suspect(key="slow_query", title="Slow statements", state="possible", score=0.2)


def book(key: str, **when: object) -> Runbook:
    return Runbook(key=key, title=key.capitalize(), when=When(**when))  # type: ignore[arg-type]  # given as a test reads best


def keys(books: list[Runbook], **trouble: object) -> list[str]:
    return [m.runbook.key for m in matching(books, Trouble(**trouble))]  # type: ignore[arg-type]  # given as a test reads best


def test_a_confirmed_cause_comes_before_an_alert_and_an_alert_before_words() -> None:
    books = [
        book("words", symptoms=("too many clients",)),
        book("alert", alerts=("PgConnections",)),
        book("cause", causes=("session_leak",)),
    ]

    found = keys(books, suspects=(LEAK,), alarms=(Alarm(name="PgConnections"),), words=("Too many clients!",))

    assert found == ["cause", "alert", "words"]


def test_a_runbook_written_for_the_cause_comes_before_one_that_also_covers_it() -> None:
    books = [book("also", causes=("lock_chain", "session_leak")), book("main", causes=("session_leak",))]

    assert keys(books, suspects=(LEAK,)) == ["main", "also"]


def test_two_causes_of_one_fault_are_not_twice_the_reason() -> None:
    (match,) = matching(
        [book("both", causes=("session_leak", "connection_exhaustion"))], Trouble(suspects=(LEAK, FULL))
    )

    assert match.reasons == ("cause session_leak: confirmed (97%)",)


def test_what_was_refuted_speaks_for_nothing() -> None:
    refuted = Suspect(key="slow_query", title="Slow statements", state="refuted", score=0.0)

    assert keys([book("slow", causes=("slow_query",))], suspects=(refuted,)) == []


def test_an_alert_is_named_by_its_beginning_in_any_case() -> None:
    books = [book("pg", alerts=("Postgresql*",)), book("exact", alerts=("postgresqldown",))]

    assert keys(books, alarms=(Alarm(name="PostgresqlTooManyConnections"),)) == ["pg"]
    assert keys(books, alarms=(Alarm(name="PostgresqlDown"),)) == ["exact", "pg"]


def test_labels_are_those_of_one_alert() -> None:
    books = [book("db", labels={"job": "pg", "env": "prod"})]
    apart = (Alarm(name="a", labels={"job": "pg"}), Alarm(name="b", labels={"env": "prod"}))
    together = (Alarm(name="a", labels={"job": "pg", "env": "prod", "x": "y"}),)

    assert keys(books, alarms=apart) == []
    assert keys(books, alarms=together) == ["db"]


def test_equal_runbooks_stand_in_the_order_of_their_keys() -> None:
    assert keys([book("b", symptoms=("slow",)), book("a", symptoms=("slow",))], words=("It is slow",)) == ["a", "b"]


def test_words_are_found_where_a_word_begins_and_numbers_whole() -> None:
    books = [book("down", symptoms=("503",)), book("memory", symptoms=("oom kill",))]

    assert keys(books, words=("HTTP 503 everywhere; pods OOM killed",)) == ["down", "memory"]
    assert keys(books, words=("1503 orders, 5030 users, a room killed",)) == []


def test_nothing_fits_when_nothing_is_known() -> None:
    assert keys([book("any", causes=("slow_query",), symptoms=("slow",), labels={})]) == []


def test_the_best_runbook_for_the_leading_cause_needs_a_cause_that_something_supports() -> None:
    books = [book("leak", causes=("session_leak",)), book("slow", causes=("slow_query",))]

    assert best_for_cause(books, (GUESS,)) is None
    found = best_for_cause(books, (GUESS, LEAK))
    assert found is not None
    assert (found[0].key, found[1].key) == ("leak", "session_leak")
    assert best_for_cause(books[1:], (LEAK,)) is None


def test_a_step_is_found_by_its_key_or_its_number() -> None:
    steps = (Step(key="look", text="Look", kind="look"), Step(key="prove", text="Prove", kind="verify"))
    runbook = Runbook(key="r", title="R", steps=steps)

    assert runbook.step("prove") == runbook.step("2") == steps[1]
    assert runbook.step("3") is None
    assert runbook.step("nothing") is None


def test_a_runbook_survives_json() -> None:
    step = Step(key="end", text="End them", kind="do", action="x.y", params={"older": "300"})
    runbook = Runbook(key="r", title="R", when=When(causes=("a",), labels={"k": "v"}), steps=(step,))

    assert from_json(to_json(runbook)) == runbook
