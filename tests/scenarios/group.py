"""A client calls the sales group: all phones ring at once, the first to answer talks."""

from tests.lab.office import SALES, Office
from tests.lab.scenario import scenario
from tests.lab.truth import inbound, missed, rang, talked


@scenario(
    inbound(
        **talked(("102", "dial")),
        legs=rang(_101="answered_elsewhere", _102="answered", _103="answered_elsewhere"),
    ),
    on_16=True,
)
async def group_answered(at: Office) -> None:
    """All of sales rings, Bob is the first, the client hangs up."""
    await at.client.calls(SALES)
    for one in (at.alice, at.bob, at.carol):
        await one.rings()
    await at.bob.answers()
    await at.alice.stops_ringing()
    await at.client.talks_with(at.bob)
    await at.client.hangs_up()
    await at.bob.is_released()


@scenario(
    inbound(**missed("abandoned"), legs=rang(_101="no_answer", _102="no_answer", _103="no_answer"))
)
async def group_abandoned(at: Office) -> None:
    """The client gives up while all of sales rings."""
    await at.client.calls(SALES)
    await at.carol.rings()
    await at.client.hangs_up()
    await at.carol.stops_ringing()


@scenario(inbound(**talked(("300", "dial"))))
async def group_overflow_answered(at: Office) -> None:
    """Sales is silent; the reception takes the call."""
    await at.client.calls(SALES)
    await at.alice.rings()
    await at.frank.answers()
    await at.client.talks_with(at.frank)
    await at.client.hangs_up()
