"""FreePBX: a client calls a ring group (the macro rings them all) or the queue (Local members)."""

from tests.lab.freepbx import (
    GROUP,
    GROUP_MOBILE,
    GROUP_WITH_MOBILE,
    OTHER_CLIENT,
    QUEUE,
    FreePbx,
    inbound,
    on_freepbx,
)
from tests.lab.truth import missed, rang, talked

BY_BOB = rang(_101="answered_elsewhere", _102="answered", _103="answered_elsewhere")
BY_BOB_IN_QUEUE = rang(_101="answered_elsewhere", _102="answered", _106="answered_elsewhere")


@on_freepbx(inbound(GROUP, **talked(("102", "dial")), legs=BY_BOB), on_16=True)
async def rg_answered(at: FreePbx) -> None:
    """All of the group ring, Bob is the first."""
    await at.client.calls(GROUP)
    for one in (at.alice, at.bob, at.carol):
        await one.rings()
    await at.bob.answers()
    await at.alice.stops_ringing()
    await at.client.talks_with(at.bob)
    await at.client.hangs_up()


@on_freepbx(
    inbound(
        GROUP,
        **missed("abandoned"),
        legs=rang(_101="no_answer", _102="no_answer", _103="no_answer"),
    )
)
async def rg_abandoned(at: FreePbx) -> None:
    """The client gives up while the group rings."""
    await at.client.calls(GROUP)
    for one in (at.alice, at.bob, at.carol):
        await one.rings()
    await at.client.hangs_up()
    await at.carol.stops_ringing()


@on_freepbx(inbound(GROUP, **talked(("103", "dial"))))
async def rg_one_declines(at: FreePbx) -> None:
    """Alice declines, Bob is busy, Carol answers."""
    await at.client.calls(GROUP)
    await at.alice.declines()
    await at.bob.is_busy()
    await at.carol.answers()
    await at.client.talks_with(at.carol)
    await at.client.hangs_up()


@on_freepbx(inbound(GROUP, **missed(None, "voicemail")), on_16=True)
async def rg_nobody_voicemail(at: FreePbx) -> None:
    """Nobody of the group answers; the mailbox of Alice takes the client."""
    await at.client.calls(GROUP)
    await at.alice.rings()
    await at.client.is_answered()
    await at.client.hears()
    await at.client.hangs_up()


@on_freepbx(inbound(GROUP_WITH_MOBILE, **talked((f"+{GROUP_MOBILE}", "dial"))), on_16=True)
async def rg_mobile_answers(at: FreePbx) -> None:
    """The mobile of the group answers, and nobody knows whose it is."""
    await at.client.calls(GROUP_WITH_MOBILE)
    await at.carol.rings()
    await at.group_mobile.answers()
    await at.carol.stops_ringing()
    await at.client.talks_with(at.group_mobile)
    await at.client.hangs_up()
    await at.group_mobile.is_released()


@on_freepbx(inbound(GROUP_WITH_MOBILE, **talked(("103", "dial"))))
async def rg_with_mobile_desk_answers(at: FreePbx) -> None:
    """Carol is faster than the mobile of the group."""
    await at.client.calls(GROUP_WITH_MOBILE)
    await at.group_mobile.rings()
    await at.carol.answers()
    await at.group_mobile.stops_ringing()
    await at.client.talks_with(at.carol)
    await at.client.hangs_up()


@on_freepbx(
    inbound(QUEUE, **talked(("102", "queue")), queue="1301", legs=BY_BOB_IN_QUEUE), on_16=True
)
async def queue_answered(at: FreePbx) -> None:
    """All members ring behind Local channels, Bob is the first."""
    await at.client.calls(QUEUE)
    for one in (at.alice, at.bob, at.frank):
        await one.rings()
    await at.bob.answers()
    await at.alice.stops_ringing()
    await at.client.talks_with(at.bob)
    await at.client.hangs_up()
    await at.bob.is_released()


@on_freepbx(inbound(QUEUE, **talked(("106", "queue")), queue="1301"))
async def queue_agent_hangs_up(at: FreePbx) -> None:
    """Frank answers, holds, comes back and hangs up first."""
    await at.reaches(at.frank, QUEUE)
    await at.frank.holds()
    await at.client.hears()
    await at.frank.resumes()
    await at.client.talks_with(at.frank)
    await at.frank.hangs_up()
    await at.client.is_released()


@on_freepbx(inbound(QUEUE, **missed("abandoned"), queue="1301"), on_16=True)
async def queue_abandoned(at: FreePbx) -> None:
    """The client gives up while the members ring."""
    await at.client.calls(QUEUE)
    await at.alice.rings()
    await at.client.hangs_up()
    await at.alice.stops_ringing()


@on_freepbx(inbound(QUEUE, **missed("no_answer"), queue="1301"))
async def queue_nobody(at: FreePbx) -> None:
    """Nobody answers until the queue gives the client up."""
    await at.client.calls(QUEUE)
    await at.alice.rings()
    await at.client.is_released()


@on_freepbx(inbound(QUEUE, **talked(("102", "queue")), queue="1301"), on_16=True)
async def queue_second_round(at: FreePbx) -> None:
    """Nobody answers at first; in the second round it is Bob."""
    await at.client.calls(QUEUE)
    await at.bob.rings()
    await at.bob.stops_ringing()
    await at.bob.answers()
    await at.client.talks_with(at.bob)
    await at.client.hangs_up()


@on_freepbx(inbound(QUEUE, **talked(("106", "queue")), queue="1301"))
async def queue_one_declines(at: FreePbx) -> None:
    """Alice declines, Frank answers."""
    await at.client.calls(QUEUE)
    await at.alice.declines()
    await at.frank.answers()
    await at.client.talks_with(at.frank)
    await at.client.hangs_up()


@on_freepbx(
    inbound(QUEUE, **talked(("102", "queue")), queue="1301"),
    inbound(QUEUE, OTHER_CLIENT, **talked(("106", "queue")), queue="1301"),
    on_16=True,
)
async def two_callers_in_queue(at: FreePbx) -> None:
    """Two clients in the queue: Bob talks with the first, Frank with the second."""
    await at.client.calls(QUEUE)
    await at.bob.rings()
    await at.other_client.calls(QUEUE)
    await at.bob.answers()
    await at.client.talks_with(at.bob)
    await at.frank.answers()
    await at.other_client.talks_with(at.frank)
    await at.client.hangs_up()
    await at.other_client.hangs_up()
