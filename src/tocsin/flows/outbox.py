"""Effects become rows: messages are rendered here, when they are enqueued, so that the outbox holds the exact text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from tocsin.domain.comms.compose import Asked, Note, compose
from tocsin.domain.comms.known import impact_text
from tocsin.domain.effects import (
    CancelPages,
    ClearTimer,
    Diagnose,
    Effect,
    Page,
    Remind,
    RunPlan,
    SetTimer,
    Tell,
    WriteBack,
)
from tocsin.domain.errors import InvalidError
from tocsin.domain.incident.events import OUTWARD, Event
from tocsin.domain.incident.policy import Policy
from tocsin.domain.incident.state import Incident
from tocsin.domain.incident.step.requesting import reason_for
from tocsin.domain.incident.step.waking import REQUEST
from tocsin.domain.oncall.escalation import usable_contacts
from tocsin.flows.bundles import gathered
from tocsin.flows.engine import Engine
from tocsin.flows.offers import Claim, Report, offer, report_token
from tocsin.flows.spreading import SPREAD
from tocsin.flows.storage import NewJob, Tx

MOST_SEVERE = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover:
    """One event, the incident after it, and the rules it runs under."""

    engine: Engine
    incident: Incident
    event: Event
    policy: Policy

    def write(self, tx: Tx, effects: Sequence[Effect]) -> None:
        """Write every effect of the event, in order."""
        for effect in effects:
            match effect:
                case SetTimer(name=name, generation=generation, due=due):
                    tx.set_timer(self.incident.id, name, generation, due)
                case ClearTimer(name=name):
                    tx.clear_timer(self.incident.id, name)
                case CancelPages():
                    tx.cancel(self.incident.id, ("page",))
                case Page() | Remind() | Tell():
                    tx.enqueue((self._message(tx, effect),))
                case Diagnose(key=key):
                    tx.enqueue((self._job(key, "diagnose", {}),))
                case RunPlan(key=key, plan=plan, hash=digest):
                    tx.enqueue((self._job(key, "run_plan", {"plan": plan, "hash": digest}, urgent=True),))
                case WriteBack(key=key, verb=verb, occasion=occasion, told_by=told_by):
                    told = {"verb": verb, "occasion": occasion, "told_by": told_by}
                    tx.enqueue((self._job(key, SPREAD, told),))

    def _job(self, key: str, kind: str, payload: Mapping[str, object], *, urgent: bool = False) -> NewJob:
        due = self.event.recorded_at
        return NewJob(key=key, kind=kind, incident=self.incident.id, payload=payload, due=due, urgent=urgent)

    def _message(self, tx: Tx, effect: Page | Remind | Tell) -> NewJob:
        told: dict[str, object] = {}
        answered: dict[str, object] = {}
        match effect:
            case Page():
                answered = self._answered(tx, effect)
                asked = Asked(
                    moment="page",
                    audience="responders",
                    public_url=self.engine.public_url,
                    to=effect.person,
                    extra={"ack_how": answered.get("ack_how"), "asked": self._asked(effect)},
                )
                kind, where = "page", self._person(effect.person, effect.method, effect.address)
                told = {name: value for name, value in answered.items() if name != "ack_how"}
            case Remind():
                asked = Asked(
                    moment=effect.template,
                    audience="leadership" if effect.fields.get("about") == "leadership" else "responders",
                    public_url=self.engine.public_url,
                    to=effect.person,
                    extra=effect.fields,
                )
                kind, where = "reminder", self._person(effect.person, effect.method, effect.address)
            case Tell():
                asked = Asked(
                    moment=effect.template,
                    audience=effect.audience,
                    public_url=self.engine.public_url,
                    extra=effect.fields,
                )
                kind, where = "message", {"channel": effect.channel, "to": effect.address or effect.channel}
        note = compose(asked, self.incident, self.event, self.policy)
        payload = {
            **where,
            "moment": note.moment,
            "audience": note.audience,
            "subject": self._rendered(note.subject, note),
            "text": self._rendered(note.body, note),
            "facts": {**self._facts(asked), **told},
        }
        job = self._job(effect.key, kind, payload, urgent=kind == "page")
        if isinstance(effect, Page):
            to = f"{effect.person}/{effect.method}"
            if answered:
                job = replace(job, payload={**job.payload, "callback": self._callback(tx, effect)})
            page = replace(job, critical=self.incident.rank == MOST_SEVERE, recipient=to)
            return gathered(tx, page, self.policy.catalogue.bundle)
        held = effect.not_before if isinstance(effect, Remind) else None
        return replace(job, due=held) if held else job

    def _asked(self, page: Page) -> str:
        """Return who asks for a page's person beside the escalation, '' where it is the escalation's."""
        return reason_for(self.incident, page.person, self.policy) if self._is_request(page) else ""

    def _is_request(self, page: Page) -> bool:
        return page.key.startswith(f"{self.incident.id}/{REQUEST}/")

    def _claim(self, page: Page) -> Claim:
        call, request = self.incident.paging.call, self._is_request(page)
        return Claim(incident=self.incident.id, person=page.person, call=call, request=request)

    def _answered(self, tx: Tx, page: Page) -> dict[str, object]:
        """Return how a page can be answered without logging in: for its text, and for machines."""
        urgency = self.policy.urgency(self.incident.severity)
        if self.engine.signing is None or not self.engine.public_url:
            return {}
        claim = self._claim(page)
        made = offer(self.engine.signing, tx, claim)
        link = f"{self.engine.public_url}/a/{made.token}"
        how = f"open {link} or run: tocsin {'join' if claim.request else 'ack'} {self.incident.ref}"
        told: dict[str, object] = {"ack_how": how, "ack_url": link, "code": made.spoken, "urgency": urgency}
        return told | ({"request": True} if claim.request else {})

    def _callback(self, tx: Tx, page: Page) -> str:
        """Return what a provider is given to say what became of a page."""
        if self.engine.signing is None:
            return ""
        claim = self._claim(page)
        report = Report(
            incident=claim.incident,
            person=claim.person,
            call=claim.call,
            key=page.key,
            method=page.method,
            request=claim.request,
        )
        return report_token(self.engine.signing, tx, report)

    def _rendered(self, source: str, note: Note) -> str:
        """Return the text; a template that breaks must not cost a page, so plain words stand in for it."""
        fields = note.fields
        try:
            return self.engine.renderer.render(source, fields).strip()
        except InvalidError:
            if note.audience in OUTWARD:
                return f"{fields['service']}: {fields['public_impact']}"
            return f"[{fields['severity']}] {fields['ref']} {fields['title']} {fields['incident_url']}"

    def _person(self, person: str, method: str, address: str) -> dict[str, str]:
        contact = next((c for c in usable_contacts(self.policy.catalogue, person) if c.key == method), None)
        via = contact.kind if contact else method
        over = contact.channel if contact else ""
        return {"to": person, "method": method, "via": via, "over": over, "address": address}

    def _facts(self, asked: Asked) -> dict[str, object]:
        """Facts for machines; a private incident gives only its reference, the outside hears no inside words."""
        bare: dict[str, object] = {"ref": self.incident.ref, "moment": asked.moment, "audience": asked.audience}
        if self.incident.private:
            return bare
        if asked.audience in OUTWARD:
            return {**bare, "status": str(self.incident.status), "mode": self.incident.mode}
        return {
            **bare,
            "title": self.incident.title,
            "severity": self.incident.severity,
            "rank": self.incident.rank,
            "status": str(self.incident.status),
            "phase": str(self.incident.phase),
            "mode": self.incident.mode,
            "services": list(self.incident.services),
            "impact": impact_text(self.incident),
            "url": f"{self.engine.public_url}/incidents/{self.incident.ref}",
        }
