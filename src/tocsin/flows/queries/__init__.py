"""Questions: what is shown to people and programs, never more than they may see."""

from tocsin.flows.queries.alert_curve import alert_curve
from tocsin.flows.queries.diagnoses import DiagnosisView, diagnosis
from tocsin.flows.queries.incidents import incident, incidents, missing_now, refs, see, services_and_now, timeline
from tocsin.flows.queries.runbook_views import (
    FollowedView,
    IncidentRunbooks,
    RunbookLine,
    RunbookView,
    StepView,
)
from tocsin.flows.queries.runbooks import incident_runbooks, runbook, runbooks
from tocsin.flows.queries.samples import samples
from tocsin.flows.queries.views import (
    DurationsView,
    DurationView,
    IncidentList,
    IncidentSummary,
    IncidentView,
    PlanView,
    TimelinePage,
)

__all__ = [
    "DiagnosisView",
    "DurationView",
    "DurationsView",
    "FollowedView",
    "IncidentList",
    "IncidentRunbooks",
    "IncidentSummary",
    "IncidentView",
    "PlanView",
    "RunbookLine",
    "RunbookView",
    "StepView",
    "TimelinePage",
    "alert_curve",
    "diagnosis",
    "incident",
    "incident_runbooks",
    "incidents",
    "missing_now",
    "refs",
    "runbook",
    "runbooks",
    "samples",
    "see",
    "services_and_now",
    "timeline",
]
