"""FreePBX: a client calls an extension directly, or through the menu."""

from tests.lab.freepbx import MENU, FreePbx, did, inbound, on_freepbx
from tests.lab.truth import internal, missed, rang, talked

TO_ALICE, TO_FRANK = did("101"), did("106")
VOICEMAIL = missed(None, "voicemail")


@on_freepbx(inbound(TO_ALICE, **talked(("101", "dial")), legs=rang(_101="answered")), on_16=True)
async def in_ext_answered(at: FreePbx) -> None:
    """Alice answers, the client hangs up."""
    await at.reaches(at.alice, TO_ALICE)
    await at.client.hangs_up()
    await at.alice.is_released()


@on_freepbx(inbound(TO_ALICE, **talked(("101", "dial"))))
async def in_ext_agent_hangs_up(at: FreePbx) -> None:
    """Alice answers and hangs up first."""
    await at.reaches(at.alice, TO_ALICE)
    await at.alice.hangs_up()
    await at.client.is_released()


@on_freepbx(inbound(TO_ALICE, **talked(("101", "dial"))))
async def in_ext_hold(at: FreePbx) -> None:
    """Alice holds the client and comes back."""
    await at.reaches(at.alice, TO_ALICE)
    await at.alice.holds()
    await at.client.hears()
    await at.alice.resumes()
    await at.client.talks_with(at.alice)
    await at.client.hangs_up()


@on_freepbx(inbound(TO_ALICE, **VOICEMAIL, legs=rang(_101="no_answer")), on_16=True)
async def in_ext_voicemail(at: FreePbx) -> None:
    """Alice is silent; the client speaks to her mailbox."""
    await at.client.calls(TO_ALICE)
    await at.alice.rings()
    await at.client.is_answered()
    await at.client.hears()
    await at.client.hangs_up()


@on_freepbx(inbound(TO_ALICE, **VOICEMAIL, legs=rang(_101="busy")))
async def in_ext_busy_voicemail(at: FreePbx) -> None:
    """Alice's phone is busy; her mailbox takes the client."""
    await at.client.calls(TO_ALICE)
    await at.alice.is_busy()
    await at.client.hears()
    await at.client.hangs_up()


@on_freepbx(inbound(TO_ALICE, **VOICEMAIL))
async def in_ext_declines_voicemail(at: FreePbx) -> None:
    """Alice declines; her mailbox takes the client."""
    await at.client.calls(TO_ALICE)
    await at.alice.declines()
    await at.client.hears()
    await at.client.hangs_up()


@on_freepbx(inbound(TO_ALICE, **VOICEMAIL, legs=[]), on_16=True)
async def dnd_to_voicemail(at: FreePbx) -> None:
    """Alice must not be disturbed: her phone is not rung, the mailbox answers."""
    async with at.stored("DND", "101"):
        await at.client.calls(TO_ALICE)
        await at.client.hears()
    await at.client.hangs_up()


@on_freepbx(inbound(TO_ALICE, **missed("abandoned"), legs=rang(_101="no_answer")))
async def in_ext_abandoned(at: FreePbx) -> None:
    """The client gives up while Alice's phone rings."""
    await at.client.calls(TO_ALICE)
    await at.alice.rings()
    await at.client.hangs_up()
    await at.alice.stops_ringing()


@on_freepbx(inbound(TO_FRANK, **missed("no_answer"), legs=rang(_106="no_answer")), on_16=True)
async def in_ext_nobody(at: FreePbx) -> None:
    """Frank is silent and has no mailbox."""
    await at.client.calls(TO_FRANK)
    await at.frank.rings()
    await at.client.is_released()


@on_freepbx(inbound(TO_FRANK, **missed("busy"), legs=rang(_106="busy")))
async def in_ext_busy(at: FreePbx) -> None:
    """Frank's phone is busy and there is no mailbox."""
    await at.client.calls(TO_FRANK)
    await at.frank.is_busy()
    await at.ami.event("Newexten", Application="Busy")
    await at.client.hangs_up()


@on_freepbx(inbound(MENU, **talked(("101", "dial"))), on_16=True)
async def ivr_to_ext(at: FreePbx) -> None:
    """The client chooses Alice in the menu."""
    await at.client.calls(MENU)
    await at.client.hears()
    await at.client.presses("1")
    await at.alice.answers()
    await at.client.talks_with(at.alice)
    await at.client.hangs_up()


@on_freepbx(inbound(MENU, **talked(("103", "dial"))))
async def ivr_to_group(at: FreePbx) -> None:
    """The client chooses sales in the menu, Carol is the first."""
    await at.client.calls(MENU)
    await at.client.hears()
    await at.client.presses("2")
    await at.carol.answers()
    await at.client.talks_with(at.carol)
    await at.client.hangs_up()


@on_freepbx(inbound(MENU, **missed("ivr")), on_16=True)
async def ivr_abandoned(at: FreePbx) -> None:
    """The client hangs up in the menu."""
    await at.client.calls(MENU)
    await at.client.hears()
    await at.client.hangs_up()


@on_freepbx(inbound(MENU, **missed("ivr")))
async def ivr_nothing_pressed(at: FreePbx) -> None:
    """The client chooses nothing, and the menu says goodbye."""
    await at.client.calls(MENU)
    await at.client.is_answered()
    await at.client.is_released()


@on_freepbx(
    inbound(TO_ALICE, **talked(("101", "dial"))),
    inbound(TO_FRANK, "79161234568", **talked(("106", "dial"))),
    on_16=True,
)
async def two_calls_at_once(at: FreePbx) -> None:
    """Two clients, each with an extension of its own, at the same time."""
    await at.client.calls(TO_ALICE)
    await at.alice.rings()
    await at.other_client.calls(TO_FRANK)
    await at.frank.answers()
    await at.alice.answers()
    await at.other_client.talks_with(at.frank)
    await at.client.talks_with(at.alice)
    await at.client.hangs_up()
    await at.other_client.hangs_up()


@on_freepbx(
    inbound(TO_ALICE, **talked(("101", "dial"))),
    inbound(TO_ALICE, "79161234568", **talked(("101", "dial"))),
)
async def one_agent_two_clients(at: FreePbx) -> None:
    """Alice holds one client, talks with another, and comes back."""
    first = await at.reaches(at.alice, TO_ALICE)
    await at.alice.holds(first)
    await at.other_client.calls(TO_ALICE)
    second = await at.alice.answers()
    await at.other_client.hears()
    await at.alice.hears(second)
    await at.other_client.hangs_up()
    await at.alice.is_released(second)
    await at.alice.resumes(first)
    await at.client.talks_with(at.alice)
    await at.client.hangs_up()


@on_freepbx(internal=(internal("101", **talked(("106", "dial"))),))
async def inside(at: FreePbx) -> None:
    """Alice calls Frank: no client, no record of a client."""
    await at.alice.calls("106")
    await at.frank.answers()
    await at.alice.talks_with(at.frank)
    await at.alice.hangs_up()
