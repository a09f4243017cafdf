"""Settings: what a company may write, and what it is told when it is wrong."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from bridge.rules.policy import Policy, Topic
from tests.rules.office import POLICY, call, lead_of, planned


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"dids": {"84951112233": {}}}, "as the world dials it"),
        ({"lead_title": "Call of {phone}"}, "{phone} is not known here"),
        ({"lead_title": "Call of {}"}, "{} is not known here"),
        ({"lead_title": "Call of {client:d}"}, "nothing else between the braces"),
        ({"callback_title": "Call {client:{width}}"}, "nothing else between the braces"),
        ({"entity_order": ["contact", "lead"]}, "once each"),
        ({"entity_order": ["contact", "lead", "deal"]}, "once each"),
        ({"unknown": {"inbound": "ask"}}, "'create', 'offer' or 'log_only'"),
        ({"deal": "newest"}, "Extra inputs are not permitted"),
    ],
)
def test_a_wrong_setting_is_refused_with_what_to_write(settings: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told.replace("{", r"\{")):
        Policy.model_validate(settings)


def test_the_leads_title_is_a_setting() -> None:
    policy = Policy(lead_title="{client} → {did}")
    assert lead_of(planned(call(), policy=policy)).title == "+79161234567 → +74951112233"


@pytest.mark.proves("S3-33")
@pytest.mark.parametrize(
    ("labels", "queue", "pipeline"),
    [
        (("sales", "subsidies"), None, "grants"),
        (("subsidies",), "repairs", "workshop"),
        (("sales",), None, "p1"),
    ],
    ids=["a label", "the queue after the labels", "no topic: the company number"],
)
def test_what_the_client_asks_for_chooses_the_pipeline(
    labels: tuple[str, ...], queue: str | None, pipeline: str
) -> None:
    topics = {"subsidies": Topic(pipeline="grants"), "repairs": Topic(pipeline="workshop")}
    policy = POLICY.model_copy(update={"topics": topics})
    lead = lead_of(planned(call(labels=labels, queue=queue), policy=policy))
    assert lead.pipeline == pipeline
