"""Everything a message template may name, so that packs, the code that fills them and their check agree (R-COM-2, R-COM-6)."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Final

UNKNOWN: Final = "unknown"
NO_SERVICE: Final = "a service not named yet"
OUR_SERVICE: Final = "our service"


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageFields:
    """One incident as text, ready to be put into a sentence.

    Every value is already formatted: times as `2026-01-20 10:30 UTC`, spans as `1 h 22 min`, shares as `0.3 %`, lists
    one item a line with `- ` before each. What nobody has said yet is `unknown`, or what reads better in a sentence:
    while no service is named, `service` is "a service not named yet", and "our service" outside. The `public_` fields are what a person
    released for the outside; their defaults give nothing away. The fields of the last block are empty when there is
    nothing to say, so that a template can leave the line out.
    """

    ref: str = UNKNOWN
    title: str = UNKNOWN
    summary: str = UNKNOWN
    severity: str = UNKNOWN
    severity_name: str = UNKNOWN
    status: str = UNKNOWN
    organisation: str = "our"
    team: str = UNKNOWN

    service: str = NO_SERVICE
    services: str = UNKNOWN
    endpoints: str = UNKNOWN
    functions: str = UNKNOWN
    symptoms: str = UNKNOWN
    initial_error: str = UNKNOWN

    impact_text: str = UNKNOWN
    users_affected: str = UNKNOWN
    users_percent: str = UNKNOWN
    error_percent: str = UNKNOWN
    error_percent_normal: str = UNKNOWN
    working_percent: str = UNKNOWN
    failed_requests: str = UNKNOWN
    total_requests: str = UNKNOWN
    failed_percent: str = UNKNOWN
    latency: str = UNKNOWN
    latency_normal: str = UNKNOWN
    revenue: str = UNKNOWN
    tickets: str = UNKNOWN
    still_works: str = UNKNOWN
    data_loss: str = UNKNOWN
    trend: str = UNKNOWN
    scope: str = UNKNOWN

    started_at: str = UNKNOWN
    detected_at: str = UNKNOWN
    detected_by: str = UNKNOWN
    declared_at: str = UNKNOWN
    acknowledged_at: str = UNKNOWN
    mitigated_at: str = UNKNOWN
    resolved_at: str = UNKNOWN
    normal_since: str = UNKNOWN
    now: str = UNKNOWN
    elapsed: str = UNKNOWN
    duration: str = UNKNOWN
    duration_range: str = UNKNOWN

    commander: str = "nobody yet"
    owner: str = "nobody yet"
    on_call: str = UNKNOWN
    responders: str = UNKNOWN
    support: str = "nobody yet"
    communications: str = "nobody yet"
    reporter: str = UNKNOWN
    person: str = UNKNOWN

    channel: str = UNKNOWN
    incident_url: str = UNKNOWN
    status_url: str = UNKNOWN
    dashboard: str = UNKNOWN
    contact: str = UNKNOWN
    ack_how: str = "open the incident and acknowledge it"

    findings: str = UNKNOWN
    root_cause: str = "not known yet"
    progress: str = UNKNOWN
    current_focus: str = UNKNOWN
    current_actions: str = UNKNOWN
    mitigation: str = UNKNOWN
    resolution: str = UNKNOWN
    next_steps: str = UNKNOWN
    eta: str = "not known yet"
    workaround: str = "none known"
    how_to_help: str = UNKNOWN

    cadence: str = UNKNOWN
    next_update_in: str = UNKNOWN
    next_update_at: str = UNKNOWN

    public_title: str = "Trouble with our service"
    public_impact: str = "some requests may fail"
    public_symptoms: str = "errors or slow answers"
    public_cause: str = "we are confirming the details"
    public_summary: str = "the fault has been put right"

    review_at: str = UNKNOWN
    review_who: str = UNKNOWN
    review_agenda: str = UNKNOWN
    publish_by: str = UNKNOWN

    reason: str = UNKNOWN
    due_at: str = UNKNOWN

    alerts: str = ""
    call_link: str = ""
    ticket_link: str = ""
    provider_issue: str = ""
    public_update: str = ""
    freeze: str = ""
    thanks: str = ""
    drill: str = ""

    def as_mapping(self) -> dict[str, str]:
        """Return the fields by name, for a template."""
        return {name: getattr(self, name) for name in FIELD_NAMES}


FIELD_NAMES: Final = tuple(f.name for f in fields(MessageFields))

# What customers and the public may read; a pack whose public template names anything else is refused.
PUBLIC_FIELDS: Final = frozenset(
    {
        "organisation",
        "service",
        "status",
        "public_title",
        "public_impact",
        "public_symptoms",
        "public_cause",
        "public_summary",
        "public_update",
        "started_at",
        "normal_since",
        "resolved_at",
        "now",
        "duration",
        "duration_range",
        "working_percent",
        "cadence",
        "next_update_in",
        "next_update_at",
        "eta",
        "workaround",
        "status_url",
        "contact",
        "publish_by",
        "provider_issue",
        "drill",
    }
)
