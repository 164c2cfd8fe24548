"""A webhook of several alerts, one of which cannot be read: the others are stored, and the answer names the odd one."""

from __future__ import annotations

from tests.support.api import KEY, Office


def test_one_odd_alert_of_a_webhook_costs_no_other_and_is_named_in_the_answer(office: Office) -> None:
    alert = {"status": "firing", "labels": {"alertname": "HighErrorRate"}, "annotations": None}
    post = {"version": "4", "alerts": [alert, {**alert, "status": "suppressed", "fingerprint": "odd"}]}
    answer = office.client.post("/v1/in/shop", json=post, headers={"x-tocsin-key": KEY})

    assert answer.status_code == 400
    told = answer.json()
    assert (len(told["fired"]), told["incidents"]) == (1, ["INC-1"])
    assert [one["where"] for one in told["rejected"]] == ["$.alerts[1]"]
    assert "Invalid enum value 'suppressed' - at `$.alerts[1].status`" in told["rejected"][0]["reason"]
