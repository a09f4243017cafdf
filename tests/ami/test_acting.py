"""What a script wants, as actions of AMI."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from bridge.ami.acting import act_on, requests
from bridge.ami.codec import Frame
from bridge.ami.protocol import Reply, Value
from bridge.link.errors import LinkDown
from bridge.scripts.actions import (
    AddLabel,
    HangUp,
    OnTheChannel,
    Play,
    SetVariables,
    To,
    Transfer,
)
from bridge.scripts.ports import NotDone, Reach

REACH = Reach(client="1.1", agents={"101": "1.2", "102": "1.3"})
ROWS: list[tuple[OnTheChannel, list[tuple[str, str]]]] = [
    (SetVariables({"A": "1", "B": "2"}), [("Setvar", "1.1"), ("Setvar", "1.1")]),
    (AddLabel("vip"), [("Setvar", "1.1")]),
    (Transfer("chief", "100"), [("Getvar", "1.1"), ("Redirect", "1.1")]),
    (HangUp(), [("Hangup", "1.1")]),
    (Play(("a", "b"), To.CLIENT), [("Originate", "1.1")]),
    (Play(("a",), To.AGENT), [("Originate", "1.2"), ("Originate", "1.3")]),
]


def whom(headers: Mapping[str, Value]) -> str:
    variable = headers.get("Variable", "")
    if isinstance(variable, list):
        return variable[0].removeprefix("BRIDGE_PLAY_TO=")
    return str(headers["Channel"])


@pytest.mark.proves("S2-35")
@pytest.mark.parametrize(("action", "sent"), ROWS, ids=[type(row[0]).__name__ for row in ROWS])
def test_an_action_acts_on_the_right_channel(
    action: OnTheChannel, sent: list[tuple[str, str]]
) -> None:
    made = requests(REACH, action, "bridge-play")
    assert [(name, whom(headers)) for name, headers in made] == sent


def test_a_prompt_to_an_agent_where_nobody_talks() -> None:
    with pytest.raises(NotDone, match="no agent talks"):
        list(requests(Reach(client="1.1"), Play(("a",), To.AGENT), "bridge-play"))


async def test_a_link_that_is_down_is_told_and_nothing_is_sent_again() -> None:
    sent = []

    async def act(name: str, headers: Mapping[str, Value], seconds: float) -> Reply:
        sent.append(name)
        raise LinkDown("the link is waiting")

    with pytest.raises(NotDone, match="the link is waiting"):
        await act_on(act, REACH, AddLabel("vip"), "bridge-play")
    assert sent == ["Setvar"]


async def test_a_client_is_sent_nowhere() -> None:
    sent = []

    async def act(name: str, headers: Mapping[str, Value], seconds: float) -> Reply:
        sent.append(name)
        return Reply(Frame("", "\r\nResponse: Success\r\nValue: 0\r\n", 0))

    with pytest.raises(NotDone, match="in the dialplan"):
        await act_on(act, REACH, Transfer("nowhere", "7"), "bridge-play")
    assert sent == ["Getvar"]


async def test_a_prompt_is_done_once_it_is_over() -> None:
    """Asterisk answers before it makes the channel that plays."""
    asked: list[str] = []

    async def act(name: str, headers: Mapping[str, Value], seconds: float) -> Reply:
        return Reply(Frame("", "\r\nResponse: Success\r\n", 0))

    def known(channel: str) -> bool:
        asked.append("known")
        return asked.count("known") > 1

    def lives(channel: str) -> bool:
        asked.append("lives")
        return asked.count("lives") < 2

    reach = Reach(client="1.1", known=known, lives=lives)
    await act_on(act, reach, Play(("a",), To.CLIENT), "bridge-play")
    assert asked == ["known", "known", "lives", "lives"]


async def test_a_refusal_names_the_rights() -> None:
    async def act(name: str, headers: Mapping[str, Value], seconds: float) -> Reply:
        text = "\r\nResponse: Error\r\nMessage: Permission denied\r\n"
        return Reply(Frame("", text, 0))

    with pytest.raises(NotDone, match="call and originate"):
        await act_on(act, REACH, AddLabel("vip"), "bridge-play")
