"""FreePBX: Alice calls the client, who sees the company's number; so does her own channel."""

from typing import Any

from tests.lab.freepbx import CLIENT, FreePbx, on_freepbx, outbound, undecided
from tests.lab.line import NOT_FOUND, UNAVAILABLE
from tests.lab.truth import missed, talked, transfer

BY_ALICE = talked(("101", "dial"))


def reached_nobody(disposition: str) -> dict[str, Any]:
    """Alice dialled, and nobody talked."""
    return {**missed(None, disposition), "responsible": "101"}


async def talks(at: FreePbx) -> None:
    """Alice calls the client and talks."""
    await at.alice.calls(CLIENT)
    await at.client.answers()
    await at.client.talks_with(at.alice)


@on_freepbx(outbound(**BY_ALICE, recordings=[{}]), on_16=True)
async def out_answered(at: FreePbx) -> None:
    """The client answers."""
    await talks(at)
    await at.alice.hangs_up()
    await at.client.is_released()


@on_freepbx(outbound(**reached_nobody("busy")))
async def out_busy(at: FreePbx) -> None:
    """The client is busy."""
    await at.alice.calls(CLIENT)
    await at.client.is_busy()
    await at.ami.event("Newexten", Application="Busy")
    await at.alice.hangs_up()


@on_freepbx(outbound(**reached_nobody("no_answer")))
async def out_given_up(at: FreePbx) -> None:
    """Alice gives up while the client's phone rings."""
    await at.alice.calls(CLIENT)
    await at.client.rings()
    await at.alice.hangs_up()
    await at.client.stops_ringing()


@on_freepbx(outbound(**reached_nobody("no_answer")), on_16=True)
async def out_unavailable(at: FreePbx) -> None:
    """The client's phone is off: Alice is told so, and hangs up."""
    await at.alice.calls(CLIENT)
    await at.client.declines(UNAVAILABLE)
    await at.ami.event("Newexten", Application="Playback")
    await at.alice.hangs_up()


@on_freepbx(
    outbound(
        **talked(("101", "dial"), ("102", "blind_transfer")),
        transfers=[transfer("blind", "101", "102")],
    ),
    on_16=True,
)
async def out_blind(at: FreePbx) -> None:
    """Alice sends the client on to Bob: now the trunk's channel dials."""
    await talks(at)
    await at.alice.transfers_to("102")
    await at.bob.answers()
    await at.client.talks_with(at.bob)
    await at.client.hangs_up()


@on_freepbx(
    outbound(
        **talked(("101", "dial"), ("102", "blind_transfer")),
        transfers=[transfer("blind", "101", "102")],
    )
)
async def out_code_blind(at: FreePbx) -> None:
    """Alice presses ## and Bob's number."""
    await talks(at)
    await at.transfers_by_keys(at.alice, "##", "102")
    await at.bob.answers()
    await at.client.talks_with(at.bob)
    await at.client.hangs_up()


@on_freepbx(
    outbound(
        **talked(("101", "dial"), ("102", "attended_transfer")),
        transfers=[transfer("attended", "101", "102")],
    ),
    on_16=True,
)
async def out_attended(at: FreePbx) -> None:
    """Alice asks Bob and connects him with the client."""
    client = await at.alice.calls(CLIENT)
    await at.client.answers()
    await at.client.talks_with(at.alice)
    consulted = await at.asks(at.alice, client, "102", at.bob)
    await at.alice.connects(client, consulted)
    await at.client.talks_with(at.bob)
    await at.client.hangs_up()


@on_freepbx(outbound(**BY_ALICE), on_16=True)
async def click_to_call(at: FreePbx) -> None:
    """Alice clicks, answers, and the client is called."""
    await at.clicked()
    await at.alice.answers()
    await at.client.answers()
    await at.client.talks_with(at.alice)
    await at.alice.hangs_up()
    await at.client.is_released()


@on_freepbx(outbound(**reached_nobody("busy")))
async def click_to_call_client_busy(at: FreePbx) -> None:
    """Alice clicks and answers; the client is busy."""
    await at.clicked()
    await at.alice.answers()
    await at.client.is_busy()
    await at.ami.event("Newexten", Application="Busy")
    await at.alice.hangs_up()


NO_AGENT = undecided(outbound(**missed(None, "busy")), "responsible")


@on_freepbx(NO_AGENT, on_16=True)
async def click_to_call_agent_declines(at: FreePbx) -> None:
    """Alice declines, her mailbox answers for her, and the client, called, is busy."""
    await at.clicked()
    await at.alice.declines()
    await at.client.is_busy()


@on_freepbx({**NO_AGENT, "disposition": "failed", "oddities": ["no_agent"]}, on_16=True)
async def click_to_call_agent_declines_client_answers(at: FreePbx) -> None:
    """Alice declines, and the client, called all the same, talks to her mailbox."""
    await at.clicked()
    await at.alice.declines()
    await at.client.answers()
    await at.client.hears()
    await at.client.hangs_up()


@on_freepbx(on_16=True)
async def click_to_call_agent_silent(at: FreePbx) -> None:
    """Alice does not answer; without a mailbox behind her no client is called."""
    await at.clicked("originate-skipvm")
    await at.alice.rings()
    await at.alice.stops_ringing()


@on_freepbx(
    outbound(
        **talked(("101", "dial"), ("102", "blind_transfer")),
        transfers=[transfer("blind", "101", "102")],
    ),
    on_16=True,
)
async def click_to_call_blind(at: FreePbx) -> None:
    """Alice clicks, talks, and sends the client to Bob: who is transferred is a Local channel."""
    await at.clicked()
    await at.alice.answers()
    await at.client.answers()
    await at.client.talks_with(at.alice)
    await at.alice.transfers_to("102")
    await at.bob.answers()
    await at.bob.hears()  # the client hears nothing now and then: his RTP is not switched
    await at.client.hangs_up()


@on_freepbx(outbound(**reached_nobody("failed"), needs_review=False))
async def out_wrong_number(at: FreePbx) -> None:
    """There is no such number."""
    await at.alice.calls(CLIENT)
    await at.client.declines(NOT_FOUND)
    await at.alice.hangs_up()
