"""FreePBX: Dave (104) has his calls forwarded, Erin (105) lets her mobile ring, too."""

from tests.lab.freepbx import STRANGER, FreePbx, did, inbound, on_freepbx
from tests.lab.truth import missed, talked

TO_DAVE, TO_ERIN = did("104"), did("105")


@on_freepbx(inbound(TO_DAVE, **talked(("103", "dial"))), on_16=True)
async def cfu_to_ext(at: FreePbx) -> None:
    """Dave forwards everything to Carol."""
    async with at.stored("CF", "104", "103"):
        await at.reaches(at.carol, TO_DAVE)
    await at.client.hangs_up()
    await at.carol.is_released()


@on_freepbx(inbound(TO_DAVE, **talked(("103", "dial"))), on_16=True)
async def cfna_to_ext(at: FreePbx) -> None:
    """Dave is silent, so Carol gets the call."""
    async with at.stored("CFU", "104", "103"):
        await at.client.calls(TO_DAVE)
        await at.dave.rings()
        await at.carol.answers()
    await at.client.talks_with(at.carol)
    await at.client.hangs_up()


@on_freepbx(inbound(TO_DAVE, **talked(("103", "dial"))), on_16=True)
async def cfb_to_ext(at: FreePbx) -> None:
    """Dave is busy, so Carol gets the call."""
    async with at.stored("CFB", "104", "103"):
        await at.client.calls(TO_DAVE)
        await at.dave.is_busy()
        await at.carol.answers()
    await at.client.talks_with(at.carol)
    await at.client.hangs_up()


@on_freepbx(inbound(TO_DAVE, **missed(None, "voicemail")), on_16=True)
async def cfu_to_voicemail(at: FreePbx) -> None:
    """Dave forwards to Carol, who is silent: her mailbox takes the client."""
    async with at.stored("CF", "104", "103"):
        await at.client.calls(TO_DAVE)
        await at.carol.rings()
        await at.client.is_answered()
    await at.client.hears()
    await at.client.hangs_up()


@on_freepbx(inbound(TO_DAVE, **talked((f"+{STRANGER}", "dial"))), on_16=True)
async def cfu_to_mobile(at: FreePbx) -> None:
    """Dave forwards everything to a mobile that nobody knows."""
    async with at.stored("CF", "104", STRANGER):
        await at.reaches(at.stranger, TO_DAVE)
    await at.client.hangs_up()
    await at.stranger.is_released()


@on_freepbx(inbound(TO_DAVE, **missed("abandoned")))
async def cfu_to_mobile_abandoned(at: FreePbx) -> None:
    """The client gives up while the mobile rings that Dave forwards to."""
    async with at.stored("CF", "104", STRANGER):
        await at.client.calls(TO_DAVE)
        await at.stranger.rings()
    await at.client.hangs_up()
    await at.stranger.stops_ringing()


@on_freepbx(inbound(TO_ERIN, **talked(("105", "dial"))), on_16=True)
async def followme_desk_answers(at: FreePbx) -> None:
    """Erin answers at her desk before her mobile rings."""
    await at.reaches(at.erin, TO_ERIN)
    await at.client.hangs_up()
    await at.erin.is_released()


@on_freepbx(inbound(TO_ERIN, **talked(("105", "dial"))), on_16=True)
async def followme_mobile_answers(at: FreePbx) -> None:
    """Desk and mobile ring, Erin answers on the mobile."""
    await at.client.calls(TO_ERIN)
    await at.erin.rings()
    await at.erin_mobile.answers()
    await at.erin.stops_ringing()
    await at.client.talks_with(at.erin_mobile)
    await at.client.hangs_up()
    await at.erin_mobile.is_released()


@on_freepbx(inbound(TO_ERIN, **missed("no_answer")))
async def followme_nobody(at: FreePbx) -> None:
    """Erin answers neither at her desk nor on the mobile."""
    await at.client.calls(TO_ERIN)
    await at.erin_mobile.rings()
    await at.client.is_released()


@on_freepbx(inbound(TO_ERIN, **talked(("105", "dial"))), on_16=True)
async def followme_confirm_pressed(at: FreePbx) -> None:
    """Erin answers on the mobile and presses 1 to get the client."""
    async with at.stored("CONFIRM", "105"):
        await at.client.calls(TO_ERIN)
        await at.erin_mobile.answers()
        await at.erin_mobile.hears()
    await at.erin_mobile.presses("1")
    await at.client.talks_with(at.erin_mobile)
    await at.client.hangs_up()
    await at.erin_mobile.is_released()


@on_freepbx(inbound(TO_ERIN, **missed("no_answer")), on_16=True)
async def followme_confirm_not_pressed(at: FreePbx) -> None:
    """The mobile is answered, but nobody presses 1: it was a mailbox of the mobile's operator."""
    async with at.stored("CONFIRM", "105"):
        await at.client.calls(TO_ERIN)
        await at.erin_mobile.answers()
        await at.erin_mobile.hears()
    await at.erin_mobile.hangs_up()
    await at.client.is_released()


@on_freepbx(inbound(TO_ERIN, **talked(("105", "dial"))), on_16=True)
async def followme_confirm_desk_answers(at: FreePbx) -> None:
    """While the mobile is being asked for a 1, Erin answers at her desk."""
    async with at.stored("CONFIRM", "105"):
        await at.client.calls(TO_ERIN)
        await at.erin_mobile.answers()
        await at.erin_mobile.hears()
    await at.erin.answers()
    await at.client.talks_with(at.erin)
    await at.client.hangs_up()
