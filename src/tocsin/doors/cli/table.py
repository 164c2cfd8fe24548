"""The commands as help lists them, and the module each is loaded from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

START, RESPOND, FIX, LEARN, KEEP = PANELS = (
    "Start and run", "Respond", "Diagnose and fix", "Learn", "Set up and look after",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One command in the list: the module that holds it, its line of help, and the panel it stands in."""

    module: str
    panel: str
    help: str


def _entries(module: str, panel: str, **lines: str) -> dict[str, Entry]:
    return {name: Entry(module=module, panel=panel, help=line) for name, line in lines.items()}


COMMANDS: Final[Mapping[str, Entry]] = {
    **_entries(
        "up",
        START,
        up="Set everything up, start Tocsin here, and stay until you stop it.",
    ),
    **_entries("serve", START, serve="Run only the server: the API, the pages and the doors for alerts."),
    **_entries("work", START, work="Run only the worker: pages, messages, timers, probes and actions."),
    **_entries("drill", START, drill="Practise on a shop that really breaks."),
    **_entries("declare", RESPOND, declare="Declare an incident, from free text or from flags."),
    **_entries(
        "read",
        RESPOND,
        list="List incidents, the open ones unless told otherwise.",
        show="Show an incident: what is missing, causes, plan, gates, people, the last of the timeline.",
        timeline="Print an incident's timeline, now or as it was known at a time.",
        next="Say what is missing now, with the command that mends it.",
    ),
    **_entries(
        "respond",
        RESPOND,
        ack="Acknowledge an incident: you have it, and paging stops.",
        accept="Take an incident out of triage: it is one.",
        decline="Say that triage found no incident, and why.",
        sev="Raise or lower the severity.",
        status="Move to another working status.",
        role="Take a role, give it to somebody, or give it back.",
        task="Delegate work, or note its result.",
    ),
    **_entries(
        "escalation",
        RESPOND,
        escalate="Page the next level now.",
        unack="Give an incident back: paging begins again.",
        snooze="Page nobody for a while.",
        repage="Page by the escalation policy in force now, from its first step.",
    ),
    **_entries(
        "responders",
        RESPOND,
        page="Ask somebody to join an incident.",
        join="Say that you are coming.",
    ),
    **_entries(
        "concerns",
        RESPOND,
        rename="Give an incident another title; the timeline keeps the former ones.",
        scope="Say which services, endpoints and functions are affected, or print it.",
        related="List the incidents that have to do with this one, link another, or take a link away.",
        members="List who may see a private incident, add to them, or take somebody out.",
        privacy="Make an incident private, or open it to everybody here.",
    ),
    **_entries(
        "checks",
        RESPOND,
        checklist="List the checklists with what the record has ticked, tick an item by hand, or untick it.",
        answers="List the answers to the key questions, or answer one; the post-mortem takes them over.",
        freeze="Ask everyone to hold deploys that can wait, or lift that.",
    ),
    **_entries(
        "tell",
        RESPOND,
        update="Post a progress update, state the impact, or both.",
        note="Put a note, finding, decision or action on the timeline, or state a milestone.",
        impact="State what is known of the impact.",
        cause="Name the root cause, or a hypothesis.",
        correct="Correct when an event of the timeline was, or withdraw it.",
    ),
    **_entries(
        "ending",
        RESPOND,
        resolve="Give the all-clear.",
        reopen="Open an incident again: it came back.",
        close="Close a resolved incident: nothing is left to do.",
        cancel="Take back a declaration made in error.",
        merge="Merge an incident into another; its reference keeps resolving.",
        unmerge="Undo a merge.",
    ),
    **_entries(
        "why",
        RESPOND,
        alerts="List the alerts that fire, with the incident of each or what holds it back.",
        why="Say what was decided about an alert, a page, or paging somebody for an incident, and why.",
    ),
    **_entries("silence", RESPOND, silence="Silence alerts for a while, list silences, end one early."),
    **_entries("diagnose", FIX, diagnose="Find the likely cause of an incident, or of what is behind addresses."),
    **_entries("changes", FIX, changes="List changes of services, or tell of one."),
    **_entries(
        "fix",
        FIX,
        plan="Write down exactly what would be done, without doing it.",
        approve="Approve a plan by its hash.",
        mitigate="Run an approved plan, once.",
    ),
    **_entries("runbook", FIX, runbook="Follow a runbook: find the one that fits, step by step, on the record."),
    **_entries(
        "evidence",
        FIX,
        outcome="Say whether an attempt worked, had no effect, or made it worse.",
        facts="Print the raw facts that the last diagnosis saw.",
    ),
    **_entries(
        "learn",
        LEARN,
        postmortem="Print the post-mortem, write a section of it, or publish it.",
        followups="List, add or change action items.",
    ),
    **_entries("init", KEEP, init="Write a commented tocsin.yaml to start from."),
    **_entries("config", KEEP, config="Check, compare and apply the configuration."),
    **_entries("route", KEEP, route="Look at the routes of alerts, and try one without sending it."),
    **_entries("pack", KEEP, pack="Look at policy packs: severities, deadlines, templates, checklists."),
    **_entries(
        "access",
        KEEP,
        login="Print a link that logs you in once in a browser.",
        token="Make, list and withdraw API tokens.",  # noqa: S106 (a line of help)
    ),
    **_entries(
        "account",
        KEEP,
        whoami="Say who you are here, and what your token allows.",
        password="Change your password; your browsers are logged out.",  # noqa: S106 (a line of help)
    ),
    **_entries(
        "operate",
        KEEP,
        contacts="List the ways to people, and who vouches that each reaches them; only a verified one is paged.",
        outbox="List messages, pages and work, with what became of each.",
        resend="Send again what failed for good; it says that it may be a repeat.",
    ),
    **_entries("reach", KEEP, reach="Say how a person is reached."),
    **_entries(
        "schedule",
        KEEP,
        oncall="Say who answers, by schedule and by service, now or at another time.",
        schedule="Look at a schedule, find its gaps, and change single hours.",
    ),
    **_entries("doctor", KEEP, doctor="Check that Tocsin itself is well, and say how to mend what is not."),
    **_entries(
        "database",
        KEEP,
        migrate="Bring the database's tables up to this version.",
        backup="Write the whole database into one file.",
        restore="Fill an empty database from a backup.",
    ),
    **_entries("replay", KEEP, replay="Take a sender's post again, kept or from a file."),
}  # fmt: skip
