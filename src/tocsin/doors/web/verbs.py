"""Every verb of an incident page: which body its form fills, which route of the API carries it out, what is said after."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic import BaseModel
from starlette.datastructures import FormData

from tocsin.doors.http import bodies as b
from tocsin.doors.http import escalation, fixing, incidents, learning, responders, runbooks
from tocsin.doors.web.forms import read_form, read_plan
from tocsin.doors.web.visits import Visit


@dataclass(frozen=True, slots=True, kw_only=True)
class Verb:
    """One verb. `what` names the further part of its path, such as a task; `said` is shown when it is done."""

    call: Callable[..., Any]  # the API's routes take different bodies
    said: str
    body: type[BaseModel] | None = None
    read: Callable[[FormData], BaseModel] | None = None
    what: str = ""

    def do(self, visit: Visit, ref: str, what: str, form: FormData) -> str:
        """Carry it out and return the reference of the incident that goes on.

        Raises:
            InvalidError, RefusedError: nothing was recorded.
        """
        given: dict[str, object] = {"ref": ref, "app": visit.app, "by": visit.by}
        if self.read is not None:
            given["body"] = self.read(form)
        elif self.body is not None:
            given["body"] = read_form(self.body, form)
        if self.what:
            given[self.what] = what
        ref_after: str = self.call(**given).ref
        return ref_after


VERBS: Final[Mapping[str, Verb]] = {
    "accept": Verb(call=incidents.accept, said="Accepted: it is an incident."),
    "decline": Verb(call=incidents.decline, body=b.ReasonBody, said="Declined."),
    "cancel": Verb(call=incidents.cancel, body=b.ReasonBody, said="Cancelled."),
    "acknowledge": Verb(call=incidents.acknowledge, body=b.PersonBody, said="Acknowledged: escalation has stopped."),
    "unacknowledge": Verb(call=incidents.unacknowledge, body=b.ReasonBody, said="Given back: paging begins again."),
    "escalate": Verb(call=escalation.escalate, body=escalation.CallBody, said="Escalated: the next level is paged."),
    "snooze": Verb(call=escalation.snooze, body=escalation.SnoozeBody, said="Snoozed: nobody is paged until then."),
    "restart-paging": Verb(
        call=escalation.restart_paging, body=escalation.CallBody, said="Restarted: the policy in force now is followed."
    ),
    "responders": Verb(
        call=responders.request_responders, body=responders.RespondersBody, said="Asked: they are paged by their rules."
    ),
    "join": Verb(call=responders.join, body=b.PersonBody, said="Joined: nobody pages them for this any more."),
    "rename": Verb(call=incidents.rename, body=b.RenameBody, said="Renamed: the former title stays in the timeline."),
    "severity": Verb(call=incidents.change_severity, body=b.SeverityBody, said="Severity set."),
    "status": Verb(call=incidents.change_status, body=b.StatusBody, said="Status set."),
    "role": Verb(call=incidents.change_role, body=b.RoleBody, said="Roles changed."),
    "task": Verb(call=incidents.give_task, body=b.TaskBody, said="Task given."),
    "task-done": Verb(call=incidents.finish_task, body=b.TaskDoneBody, what="task", said="Task done."),
    "note": Verb(call=incidents.add_note, body=b.NoteBody, said="Noted."),
    "update": Verb(call=incidents.post_update, body=b.UpdateBody, said="Update posted."),
    "impact": Verb(call=incidents.state_impact, body=b.ImpactBody, said="Impact stated."),
    "scope": Verb(call=incidents.change_scope, body=b.ScopeBody, said="Scope changed."),
    "milestone": Verb(call=incidents.state_milestone, body=b.MilestoneBody, said="Time stated."),
    "correct": Verb(call=incidents.correct, body=b.CorrectBody, what="event", said="Corrected; the former stays."),
    "cause": Verb(call=incidents.name_cause, body=b.CauseBody, said="Cause named."),
    "tick": Verb(call=incidents.tick, body=b.TickBody, said="Checklist changed."),
    "answer": Verb(call=incidents.answer, body=b.AnswerBody, said="Answered."),
    "freeze": Verb(call=incidents.freeze, body=b.FreezeBody, said="Deploy freeze changed."),
    "member": Verb(call=incidents.change_member, body=b.MemberBody, said="Members changed."),
    "privacy": Verb(call=incidents.change_privacy, body=b.PrivacyBody, said="Privacy changed."),
    "relate": Verb(call=incidents.relate, body=b.OtherBody, said="Relation changed."),
    "merge": Verb(call=incidents.merge, body=b.MergeBody, said="Merged: it goes on here."),
    "unmerge": Verb(call=incidents.unmerge, body=b.ReasonBody, said="The merge is undone."),
    "resolve": Verb(call=incidents.resolve, body=b.ResolveBody, said="Resolved: the all-clear goes out."),
    "reopen": Verb(call=incidents.reopen, body=b.ReasonBody, said="Reopened: paging begins again."),
    "close": Verb(call=incidents.close, body=b.ReasonBody, said="Closed."),
    "diagnose": Verb(call=fixing.diagnose, said="Diagnosis asked for: its result joins the timeline."),
    "plan": Verb(call=fixing.plan, read=read_plan, said="Plan drawn up: nothing was changed."),
    "approve": Verb(call=fixing.approve, body=b.HashBody, what="plan", said="Approved."),
    "refuse": Verb(call=fixing.refuse, body=b.RefuseBody, what="plan", said="Refused."),
    "run": Verb(
        call=fixing.run, body=b.HashBody, what="plan", said="The plan runs now; its output joins the timeline."
    ),
    "judge": Verb(call=fixing.judge, body=b.OutcomeBody, said="Outcome noted."),
    "runbook": Verb(call=runbooks.start_runbook, body=b.RunbookBody, said="Runbook followed: its steps stand below."),
    "step": Verb(call=runbooks.mark_step, body=b.StepBody, what="runbook", said="Step marked."),
    "run-step": Verb(
        call=runbooks.run_step,
        body=b.RunStepBody,
        what="runbook",
        said="Carried out as far as Tocsin can: see the step.",
    ),
    "section": Verb(call=learning.write_postmortem, body=b.SectionBody, said="Post-mortem saved."),
    "followup": Verb(call=learning.add_followup, body=b.FollowUpBody, said="Action item added."),
    "followup-change": Verb(
        call=learning.change_followup, body=b.FollowUpChangeBody, what="followup", said="Action item changed."
    ),
}
