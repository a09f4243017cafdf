"""Originate over a real link: what is sent, and what each answer means."""

from __future__ import annotations

import pytest

from bridge.ami.originate import originate
from bridge.dialout.ports import FateUnknown, NotSent
from bridge.domain.call_requests import Unfulfilled
from bridge.domain.pbx_events import SnapshotTaken
from tests.ami.fake import Action, FakeAsterisk, error, event, response
from tests.ami.links import to
from tests.link.links import running, seen
from tests.link.ordered import ORDER


@pytest.mark.parametrize(
    ("reason", "why"),
    [
        ("4", None),
        ("0", Unfulfilled.AGENT_UNAVAILABLE),
        ("1", Unfulfilled.AGENT_NO_ANSWER),
        ("3", Unfulfilled.AGENT_NO_ANSWER),
        ("5", Unfulfilled.AGENT_BUSY),
        ("8", Unfulfilled.AGENT_UNAVAILABLE),
    ],
)
@pytest.mark.parametrize("outcome_first", [False, True])
async def test_what_became_of_the_phone(
    reason: str, why: Unfulfilled | None, outcome_first: bool, pbx: FakeAsterisk
) -> None:
    def answer(action: Action) -> str:
        queued = response(action, "Message: Originate successfully queued")
        said = "Success" if reason == "4" else "Failure"
        outcome = event(
            "OriginateResponse", ActionID=action["ActionID"], Response=said, Reason=reason
        )
        return outcome + queued if outcome_first else queued + outcome

    pbx.answers["Originate"] = answer
    assert await _ordered(pbx) is why
    sent = next(one for one in pbx.actions if one["Action"] == "Originate")
    assert (sent["ChannelId"], sent["Timeout"], sent["Async"]) == ("click-1", "25000", "true")


async def test_a_refusal_says_what_to_grant(pbx: FakeAsterisk) -> None:
    pbx.answers["Originate"] = lambda action: error(action, "Permission denied")
    said = await _ordered(pbx)
    assert isinstance(said, NotSent)
    assert "Permission denied" in str(said)
    assert "originate" in str(said)


async def test_a_link_lost_while_the_phone_rings_leaves_the_fate_unknown(
    pbx: FakeAsterisk,
) -> None:
    def cut(action: Action) -> str:
        pbx.drop()
        return ""

    pbx.answers["Originate"] = cut
    assert isinstance(await _ordered(pbx), FateUnknown)
    assert pbx.received("Originate") == 1


async def test_without_a_link_nothing_is_sent(pbx: FakeAsterisk) -> None:
    link = to(pbx)
    with pytest.raises(NotSent):
        await originate(link.action, ORDER)


async def _ordered(pbx: FakeAsterisk) -> Unfulfilled | NotSent | FateUnknown | None:
    async with running(to(pbx)) as link:
        await seen(link, SnapshotTaken)
        try:
            return await originate(link.action, ORDER)
        except (NotSent, FateUnknown) as error:
            return error
