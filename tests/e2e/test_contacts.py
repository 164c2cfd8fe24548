"""A mail address that nobody vouches for is confirmed from its mail: by the link in a browser, by the code on the line."""

from __future__ import annotations

import html
from contextlib import closing
from pathlib import Path

import httpx2
import pytest
import re2
from bench.instance import Instance
from tests.support.smtp import SMTPSink, smtp_sink

from tocsin.drill.client import Client, wait_for

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("senders")]

CONFIGURATION = """
catch_all: ana
default_pack: platform
default_policy: default
people:
  ana:
    name: Ana
    scopes: [admin]
    contacts:
      console: {{kind: console, address: ana, verified: true}}
      mail: {{kind: email, address: ana@example.com}}
  bo: {{name: Bo, contacts: {{mail: {{kind: email, address: bo@example.com}}}}}}
teams:
  core: {{name: Core, pack: platform, policy: default, members: [ana, bo]}}
policies:
  default: {{steps: [{{targets: ["person:bo"], wait: 5m}}, {{targets: ["person:ana"], wait: 5m}}]}}
services:
  web: {{name: Web, team: core}}
channels:
  mail:
    kind: email
    audiences: [people]
    options: {{host: 127.0.0.1, port: {port}, security: none, sender: tocsin@example.com}}
"""


def mailed(sink: SMTPSink, to: str, wanted: str) -> str:
    """Wait for a mail to somebody and return what it holds of the wanted form."""

    def found() -> str:
        texts = [mail.text for mail in sink.mails if to in mail.recipients]
        return next((str(m[1]) for text in texts if (m := re2.search(wanted, text))), "")

    wait_for(f"the mail to {to}", found, limit_s=15)
    return found()


def pressed(url: str) -> str:
    """Open a link without JavaScript, press its button, and return what the page says then."""
    with httpx2.Client(timeout=10) as browser:
        page = browser.get(url)
        fields = re2.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.text)
        action = url.partition("?")[0]
        return browser.post(action, data={name: html.unescape(value) for name, value in fields}).text


def test_people_confirm_their_mail_and_are_paged_by_it(tmp_path: Path) -> None:
    with (
        smtp_sink() as sink,
        Instance(tmp_path / "tocsin", CONFIGURATION.format(port=sink.port), admin="ana") as instance,
        closing(Client(instance.context.url, instance.context.token)) as api,
    ):
        assert api.post("/v1/pages/test", {"person": "ana"})["to_confirm"] == ["mail"]
        code = mailed(sink, "ana@example.com", r"--confirm (\d{4}-\d{4})")
        assert api.post("/v1/contacts/confirm", {"code": code})["by"] == "ana"

        api.post("/v1/pages/test", {"person": "bo"})
        link = mailed(sink, "bo@example.com", r"(http\S+/contacts/confirm\?key=\S+)")
        assert "Confirmed: bo can be paged" in pressed(link)
        assert {w["by"] for w in api.get("/v1/contacts")} == {"tocsin.yaml", "ana", "bo by link"}

        sink.mails.clear()
        made = api.post("/v1/incidents", {"title": "Orders fail", "severity": "SEV2", "services": ["web"]})
        assert made["paged"] == ["bo"]
        assert mailed(sink, "bo@example.com", r"(Orders fail)")
    assert instance.log.read_text().count("contact.verified") == 2
