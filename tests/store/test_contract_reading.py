"""What may be read and by whom, on every store."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from tests.fakes import NOON, a_job, an_event, append, declare
from tests.store.conftest import Bench

from tocsin.domain.errors import InvalidError
from tocsin.domain.incident.events import MemberChanged, PrivacyChanged
from tocsin.domain.incident.phases import Phase
from tocsin.domain.incident.state import FollowUp, Incident
from tocsin.domain.visibility import WORKER, Viewer
from tocsin.flows.storage import Heartbeat, IncidentFilter, Reading, Store, Tx

CANARY = "canary-7f3a"
ANY = IncidentFilter()
ANNA, BEN = Viewer(person="anna"), Viewer(person="ben")
NOBODY = Viewer(person="", scopes=frozenset({"read", "admin"}))

QUESTIONS: dict[str, Callable[[Tx, Viewer], object]] = {
    "list": lambda tx, viewer: tx.list_incidents(viewer, ANY),
    "search": lambda tx, viewer: tx.list_incidents(viewer, IncidentFilter(text="canary")),
    "by service": lambda tx, viewer: tx.list_incidents(viewer, IncidentFilter(services=(CANARY,))),
    "see by reference": lambda tx, viewer: tx.see(viewer, "INC-9"),
    "see by id": lambda tx, viewer: tx.see(viewer, f"id-{CANARY}"),
    "see by alias": lambda tx, viewer: tx.see(viewer, f"old-{CANARY}"),
    "follow-ups": lambda tx, viewer: tx.followups(viewer),
    "an owner's follow-ups": lambda tx, viewer: tx.followups(viewer, owner="ben", open_only=False),
    "jobs": lambda tx, viewer: tx.jobs(viewer),
    "its jobs": lambda tx, viewer: tx.jobs(viewer, incident=f"id-{CANARY}"),
    "a job by its key": lambda tx, viewer: tx.job_named(viewer, f"{CANARY}/page/1"),
    "changes": lambda tx, viewer: tx.changes_since(viewer, 0),
}


def _declare_canary(store: Store) -> Incident:
    canary = declare(
        store,
        "INC-9",
        id=f"id-{CANARY}",
        title=f"{CANARY} is leaking",
        private=True,
        members=frozenset({"anna", ""}),  # an empty name is nobody's
        services=(CANARY,),
        followups=(FollowUp(key="f1", title=CANARY, owner="ben"),),
    )
    with store.transaction() as tx:
        tx.add_alias(f"old-{CANARY}", canary.id)
        tx.enqueue([a_job(f"{CANARY}/page/1", incident=canary.id, payload={"to": "ben", "text": CANARY})])
    return canary


@pytest.mark.parametrize("viewer", [BEN, NOBODY], ids=["not a member, though paged and owner", "no person"])
def test_a_private_incident_never_shows_to_others(store: Store, viewer: Viewer) -> None:
    declare(store, "INC-1")
    _declare_canary(store)
    with store.reading() as tx:
        for question, ask in QUESTIONS.items():
            assert CANARY not in repr(ask(tx, viewer)), question


def test_every_question_about_incidents_is_asked_here() -> None:
    harmless = {"heartbeats", "backlog", "latest_change"}  # they tell numbers and processes
    methods = {name for name, kind in vars(Reading).items() if callable(kind) and not name.startswith("_")}
    asked = {"list_incidents", "see", "followups", "jobs", "job_named", "changes_since"}
    assert methods - harmless == asked


@pytest.mark.parametrize("viewer", [ANNA, WORKER], ids=["member", "worker"])
def test_a_private_incident_shows_to_its_members_and_the_worker(store: Store, viewer: Viewer) -> None:
    _declare_canary(store)
    with store.reading() as tx:
        for question, ask in QUESTIONS.items():
            assert CANARY in repr(ask(tx, viewer)), question


def test_hidden_and_absent_look_the_same(store: Store) -> None:
    _declare_canary(store)
    with store.reading() as tx:
        assert tx.see(BEN, "INC-9") is None
        assert tx.see(BEN, "INC-404") is None
        assert tx.list_incidents(BEN, ANY).next_cursor == ""


def test_who_leaves_a_private_incident_sees_it_no_more(store: Store) -> None:
    canary = _declare_canary(store)
    with store.transaction() as tx:
        before = tx.load(canary.id)
        assert before is not None
        after = replace(before, seq=2, members=frozenset({"ben"}))
        tx.save(after, [an_event(after, MemberChanged(person="anna", removed=True))])

    with store.reading() as tx:
        assert tx.see(ANNA, "INC-9") is None
        assert tx.see(BEN, "INC-9") == after


def test_an_incident_made_public_shows_to_all_and_back(store: Store) -> None:
    canary = _declare_canary(store)
    for seq, private in ((2, False), (3, True)):
        with store.transaction() as tx:
            before = tx.load(canary.id)
            assert before is not None
            after = replace(before, seq=seq, private=private)
            tx.save(after, [an_event(after, PrivacyChanged(private=private))])
        with store.reading() as tx:
            assert (tx.see(BEN, "INC-9") is None) is private


def test_jobs_of_no_incident_are_everybodys_and_of_an_unknown_one_the_workers(store: Store) -> None:
    with store.transaction() as tx:
        tx.enqueue([a_job("test-page"), a_job("orphan", incident="gone")])
    with store.reading() as tx:
        assert [job.key for job in tx.jobs(BEN).items] == ["test-page"]
        (known,) = tx.jobs(BEN).items
        assert tx.job_named(BEN, known.id) == tx.job_named(BEN, "test-page") == known
        assert tx.job_named(BEN, "orphan") is None
        assert {job.key for job in tx.jobs(WORKER).items} == {"test-page", "orphan"}


def _refs(store: Store, **wanted: tuple[str, ...] | str) -> list[str]:
    with store.reading() as tx:
        page = tx.list_incidents(BEN, replace(ANY, **wanted))  # type: ignore[arg-type]  # the test names fields
    return [incident.ref for incident in page.items]


def test_filters_narrow_the_list(store: Store) -> None:
    declare(store, "INC-1", severity="SEV1", services=("orders", "web"), team="shop", title="Orders 50% down")
    declare(store, "INC-2", phase=Phase.CLOSED, services=("web",), team="core", title="Prüfung der Zahlung_x")
    declare(store, "DRILL-1", mode="drill", services=("orders",), title="Zahlung steht")

    assert _refs(store, services=("orders",)) == ["INC-1", "DRILL-1"]
    assert _refs(store, services=("orders", "web"), modes=("standard",)) == ["INC-2", "INC-1"]
    assert _refs(store, phases=("closed", "declined")) == ["INC-2"]
    assert _refs(store, severities=("SEV1",)) == ["INC-1"]
    assert _refs(store, teams=("core",)) == ["INC-2"]
    assert _refs(store, text="PRÜFUNG") == ["INC-2"]
    assert _refs(store, text="drill-") == ["DRILL-1"]
    assert _refs(store, text="50%") == ["INC-1"]
    assert _refs(store, text="0%d") == []
    assert _refs(store, text="g_x") == ["INC-2"]
    assert _refs(store, text="g_s") == []
    assert _refs(store, text="' OR 1=1 --") == []


def _at(minutes: int) -> datetime:
    return NOON + timedelta(minutes=minutes)


def test_pages_stay_stable_while_incidents_arrive(store: Store) -> None:
    for n in range(7):
        declare(store, f"INC-{n}", declared_at=_at(n // 2))
    seen: list[str] = []
    cursor = ""
    for turn in range(4):
        with store.reading() as tx:
            page = tx.list_incidents(BEN, ANY, cursor=cursor, limit=2)
        seen += [incident.ref for incident in page.items]
        cursor = page.next_cursor
        declare(store, f"NEW-{turn}", declared_at=_at(100 + turn))

    assert seen == ["INC-6", "INC-5", "INC-4", "INC-3", "INC-2", "INC-1", "INC-0"]
    assert cursor == ""


def test_the_last_full_page_has_no_cursor(store: Store) -> None:
    declare(store, "INC-1")
    declare(store, "INC-2")
    with store.reading() as tx:
        assert tx.list_incidents(BEN, ANY, limit=2).next_cursor == ""


def test_a_damaged_or_foreign_cursor_is_refused(store: Store) -> None:
    for n in range(3):
        declare(store, f"INC-{n}")
    with store.reading() as tx:
        cursor = tx.list_incidents(BEN, ANY, limit=1).next_cursor
        middle = len(cursor) // 2
        damaged = cursor[:middle] + ("A" if cursor[middle] != "A" else "B") + cursor[middle + 1 :]
        for wrong in (damaged, cursor[:-3], "x", "ünsinn", "AAAA" * 9):
            with pytest.raises(InvalidError, match="cursor"):
                tx.list_incidents(BEN, ANY, cursor=wrong)
        with pytest.raises(InvalidError, match="another listing"):
            tx.list_incidents(BEN, IncidentFilter(text="orders"), cursor=cursor)
        for limit in (0, -1, 501):
            with pytest.raises(InvalidError, match="limit"):
                tx.list_incidents(BEN, ANY, limit=limit)


def test_follow_ups_come_by_due_date_and_owner(store: Store) -> None:
    first = FollowUp(key="a", title="soon", owner="anna", due=_at(10))
    second = FollowUp(key="b", title="later", owner="ben", due=_at(20), status="doing")
    undated = FollowUp(key="c", title="some day", owner="anna")
    done = FollowUp(key="d", title="done", owner="anna", due=_at(5), status="done")
    declare(store, "INC-1", followups=(second, undated))
    declare(store, "INC-2", followups=(first, done))

    with store.reading() as tx:
        assert tx.followups(BEN).items == (("INC-2", first), ("INC-1", second), ("INC-1", undated))
        assert tx.followups(BEN, owner="anna").items == (("INC-2", first), ("INC-1", undated))
        assert tx.followups(BEN, owner="anna", open_only=False).items[0] == ("INC-2", done)


def test_a_follow_up_that_changed_is_read_as_it_is_now(store: Store) -> None:
    todo = FollowUp(key="a", title="Close the leak", owner="anna")
    incident = declare(store, followups=(todo,))
    with store.transaction() as tx:
        before = tx.load(incident.id)
        assert before is not None
        after = replace(before, seq=2, followups=(replace(todo, status="done"),))
        tx.save(after, [an_event(after, PrivacyChanged(private=False))])

    with store.reading() as tx:
        assert tx.followups(BEN).items == ()
        assert tx.followups(BEN, open_only=False).items == (("INC-1", replace(todo, status="done")),)


def test_changes_number_every_event_everywhere(store: Store) -> None:
    first = declare(store, "INC-1")
    with store.reading() as tx:
        middle = tx.latest_change()
    second = declare(store, "INC-2")
    append(store, first.id, "more")

    with store.reading() as tx:
        changes = tx.changes_since(BEN, middle)
        assert [(of, seq) for _, of, seq in changes] == [(second.id, 1), (first.id, 2)]
        assert tx.changes_since(BEN, middle, limit=1) == changes[:1]
        assert tx.latest_change() == changes[-1][0]


def test_the_newest_open_incident_of_a_service_is_found(store: Store) -> None:
    declare(store, "INC-1", services=("orders", "web"), declared_at=_at(1))
    declare(store, "INC-2", services=("orders",), declared_at=_at(3), phase=Phase.CLOSED)
    newest = declare(store, "INC-3", services=("orders",), declared_at=_at(2), phase=Phase.TRIAGE)
    declare(store, "INC-4", services=("orders", "vault"), declared_at=_at(4), private=True)

    with store.transaction() as tx:
        assert tx.open_incident_for("vault") == ""
        assert tx.open_incident_for("orders") == newest.id
        assert tx.open_incident_for("nothing") == ""


def test_a_sign_of_life_is_stamped_by_the_databases_clock(bench: Bench) -> None:
    with bench.store.reading() as tx:
        before = tx.now()
    bench.store.beat(Heartbeat(process="w1", role="work", at=NOON - timedelta(days=999), facts={"jobs": 1}))
    bench.advance(timedelta(minutes=5))
    bench.store.beat(Heartbeat(process="w1", role="work", at=NOON, facts={"jobs": 2}))
    bench.store.beat(Heartbeat(process="s1", role="serve", at=NOON))

    with bench.store.reading() as tx:
        serve, work = tx.heartbeats()
    assert (serve.process, work.process, work.facts) == ("s1", "w1", {"jobs": 2})
    assert before + timedelta(minutes=5) <= work.at <= before + timedelta(minutes=6)
