"""GitHub's webhooks: deployments become changes; a workflow that fails on the default branch can be an alert.

`deployment` tells that a change was asked for, `deployment_status` what became of it: the two are one change. A
`workflow_run` counts only when its name is in the options. GitHub delivers in any order, so each is told with its time.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from urllib.parse import parse_qsl

import msgspec

from tocsin.adapters.options import read_options
from tocsin.adapters.sources.post import decode, moment, options_of, shaped, unknown_fields, web_links
from tocsin.adapters.sources.signature import require_hmac
from tocsin.domain.alerts.fingerprint import identity
from tocsin.domain.changes import Change
from tocsin.flows.ports import InboundAlert, InboundPost, Parsed, RejectedError

SENDER = "a webhook of GitHub"
SIGNATURE = "X-Hub-Signature-256"
EVENT = "x-github-event"
FAILED = frozenset({"failure", "timed_out", "startup_failure"})
FORM = b"payload="
A_MOMENT = timedelta(milliseconds=1)  # GitHub's stamps are of whole seconds
SAID = frozenset({"success", "failure", "error"})


class GitHubOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`secret` is the webhook's. `services` maps repositories to services; `environments` keeps those only.

    `deploy_workflows` names the workflows whose success is a change, `alert_workflows` those whose failure on the default
    branch is an alert.
    """

    secret: str = ""
    services: dict[str, str] = {}
    environments: tuple[str, ...] = ()
    deploy_workflows: tuple[str, ...] = ()
    alert_workflows: tuple[str, ...] = ()


class _Repository(msgspec.Struct):
    full_name: str
    default_branch: str = ""


class _User(msgspec.Struct):
    login: str = ""


class _Deployment(msgspec.Struct):
    id: int
    sha: str = ""
    ref: str = ""
    task: str = ""
    environment: str = ""
    description: str | None = None
    created_at: str | None = None
    creator: _User | None = None


class _Status(msgspec.Struct):
    state: str
    created_at: str | None = None
    description: str | None = None
    target_url: str | None = None
    log_url: str | None = None


class _Run(msgspec.Struct):
    id: int
    name: str | None = None
    conclusion: str | None = None
    head_sha: str = ""
    head_branch: str | None = None
    display_title: str | None = None
    html_url: str = ""
    updated_at: str | None = None
    actor: _User | None = None
    workflow_id: int = 0


class _Hook(msgspec.Struct):
    repository: _Repository
    action: str = ""
    deployment: _Deployment | None = None
    deployment_status: _Status | None = None
    workflow_run: _Run | None = None


def validate_options(raw: Mapping[str, object]) -> GitHubOptions:
    """Return the options in `raw`.

    Raises:
        InvalidError: an option is unknown or has the wrong type.
    """
    return read_options("github", raw, GitHubOptions)


class GitHub:
    """Reads what a GitHub webhook sends."""

    kind = "github"

    def parse(self, post: InboundPost) -> Parsed:
        """Return the change or the alert of one delivery; other events are answered and change nothing.

        Raises:
            UnverifiedError: a secret is set, and the signature does not fit.
            RejectedError: the body is not GitHub's.
        """
        options = options_of(post, validate_options)
        given = post.envelope.headers.get(SIGNATURE.lower(), "").removeprefix("sha256=")
        require_hmac(options.secret, post.body, given, header=SIGNATURE)
        event = post.envelope.headers.get(EVENT, "")
        if not event:
            raise RejectedError(f"the header {EVENT} is missing: this is not {SENDER}")
        if event not in {"deployment", "deployment_status", "workflow_run"}:
            return Parsed(reply={"ignored": event[:100]})
        raw = decode(_json(post.body), SENDER)
        hook = shaped(raw, _Hook, SENDER)
        if event == "workflow_run":
            told = raw["workflow_run"] if isinstance(raw, dict) and "workflow_run" in raw else {}
            return _run(hook, options, post, unknown_fields(told, _Run))
        return _deployed(hook, options, post)


def _json(body: bytes) -> bytes:
    """Return the JSON in a delivery, which GitHub's own default puts into a form."""
    if not body.startswith(FORM):
        return body
    try:
        fields = dict(parse_qsl(body.decode(), errors="strict", max_num_fields=10))
    except ValueError as error:
        raise RejectedError(f"not {SENDER}: its form cannot be read: {error}") from error
    return fields.get("payload", "").encode()


def _deployed(hook: _Hook, options: GitHubOptions, post: InboundPost) -> Parsed:
    deployment, status = hook.deployment, hook.deployment_status
    if deployment is None:
        raise RejectedError("the delivery holds no deployment - at `$.deployment`")
    if options.environments and deployment.environment not in options.environments:
        return Parsed(reply={"ignored": f"environment {deployment.environment}"[:100]})
    if status is not None and status.state not in SAID:
        return Parsed(reply={"ignored": f"deployment status {status.state}"[:100]})
    said = status.state if status else "asked for"
    what = deployment.description or (status.description if status else "") or deployment.ref
    change = Change(
        key=f"deployment/{hook.repository.full_name}/{deployment.id}",
        service=_service(hook.repository, options),
        at=_at(deployment, status) or post.received_at,
        version=deployment.ref,
        commit=deployment.sha,
        by=deployment.creator.login if deployment.creator else "",
        summary=f"{what} to {deployment.environment}: {said}" if deployment.environment else f"{what}: {said}",
        rollback="rollback" in deployment.task,
        links=web_links({"log": (status.log_url or status.target_url or "") if status else ""}),
    )
    return Parsed(changes=(change,))


def _at(deployment: _Deployment, status: _Status | None) -> datetime | None:
    """Return when it was asked for, or what became of it told, which is the later of the two within one second as well."""
    asked_at = moment(deployment.created_at, "$.deployment.created_at")
    told_at = moment(status.created_at, "$.deployment_status.created_at") if status else None
    if told_at and asked_at:
        return max(told_at, asked_at + A_MOMENT)
    return told_at or asked_at


def _run(hook: _Hook, options: GitHubOptions, post: InboundPost, extra: Mapping[str, object]) -> Parsed:
    run = hook.workflow_run
    if run is None:
        raise RejectedError("the delivery holds no run - at `$.workflow_run`")
    name, done = run.name or "", hook.action == "completed"
    at = moment(run.updated_at, "$.workflow_run.updated_at")
    if done and name in options.deploy_workflows and run.conclusion == "success":
        change = Change(
            key=f"run/{hook.repository.full_name}/{run.id}",
            service=_service(hook.repository, options),
            at=at or post.received_at,
            version=run.head_branch or "",
            commit=run.head_sha,
            by=run.actor.login if run.actor else "",
            summary=f"{name}: {run.display_title or run.head_sha[:7]}",
            links=web_links({"run": run.html_url}),
        )
        return Parsed(changes=(change,))
    concluded = run.conclusion in FAILED | {"success"}
    if done and name in options.alert_workflows and concluded and run.head_branch == hook.repository.default_branch:
        return Parsed(alerts=(_alert(hook.repository, run, options, at=at, extra=extra),))
    return Parsed(reply={"ignored": f"workflow {name} {hook.action} {run.conclusion or ''}"[:100].strip()})


def _alert(
    repository: _Repository, run: _Run, options: GitHubOptions, *, at: datetime | None, extra: Mapping[str, object]
) -> InboundAlert:
    failed = run.conclusion in FAILED
    return InboundAlert(
        fingerprint=identity(f"workflow/{repository.full_name}/{run.workflow_id or run.name}"),
        name=f"workflow {run.name}",
        status="firing" if failed else "resolved",
        labels={"repository": repository.full_name, "branch": run.head_branch or "", "commit": run.head_sha},
        summary=f"{run.name} failed on {run.head_branch} of {repository.full_name}" if failed else "",
        service=_service(repository, options),
        starts_at=at if failed else None,
        ends_at=None if failed else at,
        links=web_links({"run": run.html_url}),
        extra=extra,
    )


def _service(repository: _Repository, options: GitHubOptions) -> str:
    return options.services.get(repository.full_name) or repository.full_name.rpartition("/")[2]
