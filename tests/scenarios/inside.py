"""Calls inside the office: no client, so no record that anybody delivers."""

from tests.lab.office import Office
from tests.lab.scenario import scenario
from tests.lab.truth import UNSAID, internal, missed, spoke, talked

NOBODY = missed(None, "no_answer")


@scenario(internal=(internal("101", **talked(("102", "dial"))),), on_16=True)
async def internal_answered(at: Office) -> None:
    """Alice calls Bob."""
    await at.alice.calls("102")
    await at.bob.answers()
    await at.alice.talks_with(at.bob)
    await at.alice.hangs_up()
    await at.bob.is_released()


@scenario(internal=(internal("102", **{**NOBODY, "responsible": UNSAID}),))
async def internal_unanswered(at: Office) -> None:
    """Bob calls Dave, who never answers."""
    await at.bob.calls("201")
    await at.dave.rings()
    await at.bob.is_released()


@scenario(internal=(internal("103", **{**missed(None, "busy"), "responsible": UNSAID}),))
async def internal_busy(at: Office) -> None:
    """Carol calls Erin, who is busy."""
    await at.carol.calls("202")
    await at.erin.is_busy()
    await at.carol.is_released()


@scenario(internal=(internal("103", **{**NOBODY, "responsible": UNSAID}),))
async def internal_caller_gives_up(at: Office) -> None:
    """Carol hangs up while Erin's phone rings."""
    await at.carol.calls("202")
    await at.erin.rings()
    await at.carol.hangs_up()
    await at.erin.stops_ringing()


@scenario(internal=(internal("101", **spoke("102", "201"), transfers=UNSAID),), on_16=True)
async def internal_then_blind_transfer(at: Office) -> None:
    """Alice calls Bob, who sends her to Dave."""
    await at.alice.calls("102")
    await at.bob.answers()
    await at.alice.talks_with(at.bob)
    await at.bob.transfers_to("201")
    await at.dave.answers()
    await at.alice.talks_with(at.dave)
    await at.alice.hangs_up()


@scenario(internal=None)
async def internal_then_attended_transfer(at: Office) -> None:
    """Alice calls Bob, who asks Dave and connects the two: whose call it is, is open to dispute."""
    await at.alice.calls("102")
    called = await at.bob.answers()
    await at.alice.talks_with(at.bob)
    await at.bob.holds(called)
    consulted = await at.bob.calls("201")
    await at.dave.answers()
    await at.dave.hears()
    await at.bob.connects(called, consulted)
    await at.alice.talks_with(at.dave)
    await at.alice.hangs_up()


@scenario(internal=(internal("101", **spoke("202"), queue=UNSAID),))
async def internal_to_queue(at: Office) -> None:
    """Alice calls the queue of service; Erin answers."""
    await at.alice.calls("700")
    await at.dave.rings()
    await at.erin.answers()
    await at.alice.talks_with(at.erin)
    await at.alice.hangs_up()


@scenario(internal=(internal("201", **spoke("103")),))
async def internal_to_group(at: Office) -> None:
    """Dave calls all of sales; Carol answers."""
    await at.dave.calls("600")
    await at.bob.rings()
    await at.carol.answers()
    await at.dave.talks_with(at.carol)
    await at.carol.hangs_up()


@scenario(internal=None)
async def internal_conference(at: Office) -> None:
    """Alice, Bob and Carol meet in a conference room."""
    for one in (at.alice, at.bob, at.carol):
        await one.calls("802")
        await one.is_answered()
    await at.alice.talks_with(at.bob, at.carol)
    await at.alice.hangs_up()
    await at.bob.hangs_up()
