"""Everything known of an incident, as words ready for a sentence; what nobody has said yet says so (R-COM-6)."""

from __future__ import annotations

from datetime import datetime, timedelta

from tocsin.domain import words
from tocsin.domain.comms.fields import NO_SERVICE, MessageFields
from tocsin.domain.incident.policy import Policy
from tocsin.domain.incident.state import Incident
from tocsin.domain.policy.deadlines import is_review_required, review_due


def fields_of(incident: Incident, policy: Policy, *, now: datetime, public_url: str) -> MessageFields:
    """Return everything known of the incident as words."""
    return MessageFields(
        **_identity(incident, policy, public_url),
        **_impact(incident),
        **_times(incident, now),
        **_people(incident, policy),
        **_progress(incident, policy, now),
        **_review(incident, policy),
    )


def _identity(incident: Incident, policy: Policy, public_url: str) -> dict[str, str]:
    level = policy.level(incident.severity)
    names = [s.name if (s := policy.catalogue.service(key)) else key for key in incident.services]
    url = f"{public_url}/incidents/{incident.ref}"
    return {
        "ref": incident.ref,
        "title": incident.title,
        "summary": incident.summary or incident.title,
        "severity": incident.severity,
        "severity_name": level.name,
        "status": policy.pack.status_names.get(incident.status, incident.status),
        "team": incident.team or "unknown",
        "service": names[0] if names else NO_SERVICE,
        "services": ", ".join(names) or "unknown",
        "endpoints": ", ".join(incident.endpoints) or "unknown",
        "functions": ", ".join(incident.functions) or "unknown",
        "symptoms": words.bullets(incident.symptoms),
        "initial_error": incident.initial_error or "unknown",
        "incident_url": url,
        "ack_how": f"open {url} and press Acknowledge, or run: tocsin ack {incident.ref}",
        "channel": incident.links.get("channel", "unknown"),
        "dashboard": incident.links.get("dashboard", "unknown"),
        "status_url": incident.links.get("status_page") or policy.catalogue.status_url or "unknown",
        "organisation": policy.catalogue.organisation or "our",
        "contact": policy.catalogue.contact or "unknown",
        "call_link": incident.links.get("call", ""),
        "ticket_link": incident.links.get("ticket", ""),
        "provider_issue": incident.links.get("provider", ""),
        "freeze": "Please hold deploys that can wait until this is over." if incident.frozen else "",
        "drill": "DRILL. This is practice." if incident.mode == "drill" else "",
        "alerts": words.bullets((a.name for a in incident.alerts if a.firing), unknown=""),
    }


def impact_text(incident: Incident) -> str:
    """Return one line about who is hurt and how much; 'unknown' when nobody said."""
    facts = incident.impact
    parts = [
        f"about {words.share(facts.error_percent)} of requests fail" if facts.error_percent is not None else "",
        f"{words.share(facts.users_percent)} of users" if facts.users_percent is not None else "",
        f"about {words.count(facts.users_affected)} users" if facts.users_affected is not None else "",
        "data loss" if facts.data_loss else "",
        "security breach" if facts.breach else "",
    ]
    said = ", ".join(p for p in parts if p)
    return said or incident.summary or "unknown"


def _impact(incident: Incident) -> dict[str, str]:
    facts = incident.impact
    failed, total = facts.failed_requests, facts.total_requests
    loss = "unknown" if facts.data_loss is None else ("yes" if facts.data_loss else "none")
    return {
        "impact_text": impact_text(incident),
        "users_affected": words.count(facts.users_affected),
        "users_percent": words.share(facts.users_percent),
        "error_percent": words.share(facts.error_percent),
        "error_percent_normal": words.share(facts.error_percent_normal),
        "working_percent": words.share(None if facts.error_percent is None else 100 - facts.error_percent),
        "failed_requests": words.count(failed),
        "total_requests": words.count(total),
        "failed_percent": words.share(100 * failed / total if failed is not None and total else None),
        "latency": f"{facts.latency_multiple:g}x normal" if facts.latency_multiple else "unknown",
        "revenue": facts.revenue_note or words.count(facts.revenue_lost),
        "tickets": words.count(facts.tickets),
        "still_works": facts.still_works or "unknown",
        "data_loss": loss,
        "trend": facts.trend,
        "scope": facts.scope,
    }


def _times(incident: Incident, now: datetime) -> dict[str, str]:
    stamps = incident.milestones
    started = incident.began_at
    ended = stamps.get("resolved") or incident.resolved_at or incident.closed_at
    length = (ended or now) - started
    return {
        "started_at": words.at(started),
        "detected_at": words.at(incident.detected_at),
        "detected_by": incident.source,
        "declared_at": words.at(incident.declared_at),
        "acknowledged_at": words.at(stamps.get("acknowledged")),
        "mitigated_at": words.at(stamps.get("mitigated")),
        "resolved_at": words.at(ended),
        "normal_since": words.at(stamps.get("mitigated") or ended),
        "now": words.at(now),
        "elapsed": f"T+{int((now - started).total_seconds() // 60)} min",
        "duration": words.span(length),
        "duration_range": f"{started:%H:%M}-{(ended or now):%H:%M} UTC",
    }


def _people(incident: Incident, policy: Policy) -> dict[str, str]:
    def name(key: str) -> str:
        found = policy.catalogue.person(key)
        return f"@{found.key} ({found.name})" if found else f"@{key}"

    holders = {h.role: name(h.person) for h in incident.roles}
    owner = incident.paging.acknowledged_by or incident.holder("commander")
    named = [h.person for h in incident.roles] + [incident.paging.acknowledged_by]
    return {
        "commander": holders.get("commander", "nobody yet"),
        "communications": holders.get("communications", "nobody yet"),
        "support": holders.get("support", "nobody yet"),
        "owner": name(owner) if owner else "nobody yet",
        "on_call": ", ".join(name(p) for p in incident.paging.paged) or "unknown",
        "responders": ", ".join(dict.fromkeys(name(p) for p in named if p)) or "unknown",
        "reporter": words.name(incident.reporter, policy.catalogue.names) or "unknown",
    }


def _progress(incident: Incident, policy: Policy, now: datetime) -> dict[str, str]:
    every = policy.level(incident.severity).cadence.every
    due = incident.update_due_at
    done = [p.title for p in incident.plans if p.state == "done"]
    running = [p.title for p in incident.plans if p.state in {"approved", "running"}]
    names = policy.catalogue.names
    tasks = [f"{t.title} ({words.name(t.owner, names) or 'nobody'})" for t in incident.tasks if not t.done]
    return {
        "root_cause": incident.root_cause or "not known yet",
        "findings": words.bullets(c.title for c in incident.causes if c.state in {"confirmed", "likely"}),
        "mitigation": ", ".join(done + running) or "unknown",
        "current_actions": words.bullets([*running, *tasks]),
        "resolution": incident.resolution or "unknown",
        "next_steps": words.bullets(incident.next_steps),
        "how_to_help": f"add what you know to the timeline of {incident.ref}; hold deploys that can wait",
        "cadence": f"every {words.span(every)}" if every else "as findings come in",
        "next_update_in": words.span(max(due - now, timedelta(0))) if due else "unknown",
        "next_update_at": words.at(due),
    }


def _review(incident: Incident, policy: Policy) -> dict[str, str]:
    required = is_review_required(policy.level(incident.severity), incident.recurrences)
    if incident.resolved_at is None or not required:
        return {}
    due = review_due(policy.pack, incident.resolved_at)
    return {
        "review_at": words.at(due.meeting_by),
        "publish_by": words.at(due.publish_by),
    }
