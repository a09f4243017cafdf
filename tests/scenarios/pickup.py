"""Somebody takes a call that rings at another phone: `*8` in one's group, `*8101` at one phone."""

from tests.lab.office import HOTLINE, PROJECTS, SALES, SERVICE, Office
from tests.lab.scenario import scenario
from tests.lab.truth import UNSAID, inbound, talked, transfer


@scenario(inbound(**talked(("300", "pickup"))), on_16=True)
async def group_pickup(at: Office) -> None:
    """All of sales rings; the reception takes the call by *8."""
    await at.client.calls(SALES)
    await at.carol.rings()
    await at.frank.calls("*8")
    await at.client.talks_with(at.frank)
    await at.carol.stops_ringing()
    await at.client.hangs_up()


@scenario(inbound(**talked(("201", "pickup"))))
async def directed_pickup(at: Office) -> None:
    """All of sales rings; Dave of service takes the call at Alice's phone."""
    await at.client.calls(SALES)
    await at.alice.rings()
    await at.dave.calls("*8101")
    await at.client.talks_with(at.dave)
    await at.dave.hangs_up()
    await at.client.is_released()


@scenario(inbound(SERVICE, **talked(("300", "pickup")), queue="service"), on_16=True)
async def queue_call_picked_up(at: Office) -> None:
    """The queue rings at Dave and Erin; the reception takes the call."""
    await at.client.calls(SERVICE)
    await at.dave.rings()
    await at.frank.calls("*8")
    await at.client.talks_with(at.frank)
    await at.client.hangs_up()


@scenario(inbound(SERVICE, **talked(("101", "pickup")), queue="service"))
async def queue_call_picked_up_at_one_phone(at: Office) -> None:
    """The queue rings; Alice of sales takes the call at Erin's phone."""
    await at.client.calls(SERVICE)
    await at.erin.rings()
    await at.alice.calls("*8202")
    await at.client.talks_with(at.alice)
    await at.alice.hangs_up()
    await at.client.is_released()


@scenario(inbound(PROJECTS, **talked(("101", "pickup")), queue="projects"))
async def queue_local_member_picked_up(at: Office) -> None:
    """The queue rings Carol behind a Local channel; Alice takes the call."""
    await at.client.calls(PROJECTS)
    await at.carol.rings()
    await at.alice.calls("*8103")
    await at.client.talks_with(at.alice)
    await at.client.hangs_up()


@scenario(inbound(HOTLINE, **talked(("202", "pickup"))))
async def local_group_picked_up(at: Office) -> None:
    """Two phones ring behind Local channels; Erin takes the call of Dave, her neighbour."""
    await at.client.calls(HOTLINE)
    await at.dave.rings()
    await at.erin.calls("*8")
    await at.client.talks_with(at.erin)
    await at.client.hangs_up()


@scenario(
    inbound(
        **talked(("101", "dial"), ("202", "pickup")),
        transfers=[transfer("blind", "101", "201", UNSAID)],
    ),
    on_16=True,
)
async def blind_transfer_picked_up(at: Office) -> None:
    """Alice sends the client to Dave; Erin takes the call."""
    await at.client.calls(SALES)
    await at.alice.answers()
    await at.client.talks_with(at.alice)
    await at.alice.transfers_to("201")
    await at.dave.rings()
    await at.erin.calls("*8")
    await at.client.talks_with(at.erin)
    await at.client.hangs_up()


@scenario(
    inbound(
        **talked(("101", "dial"), ("202", None)),
        transfers=[transfer("attended", "101", UNSAID)],
    )
)
async def consultation_picked_up(at: Office) -> None:
    """Alice asks Dave, but Erin takes that call; Alice hands the client to Erin."""
    await at.client.calls(SALES)
    client = await at.alice.answers()
    await at.client.talks_with(at.alice)
    await at.alice.holds(client)
    consulted = await at.alice.calls("201")
    await at.dave.rings()
    await at.erin.calls("*8")
    await at.alice.is_answered()
    await at.erin.hears()
    await at.alice.connects(client, consulted)
    await at.client.talks_with(at.erin)
    await at.client.hangs_up()


@scenario(
    inbound(
        **talked(("300", "pickup"), ("201", "blind_transfer")),
        transfers=[transfer("blind", "300", "201")],
    )
)
async def picked_up_then_transferred(at: Office) -> None:
    """The reception takes the call of sales and sends the client to Dave."""
    await at.client.calls(SALES)
    await at.alice.rings()
    await at.frank.calls("*8")
    await at.client.talks_with(at.frank)
    await at.frank.transfers_to("201")
    await at.dave.answers()
    await at.client.talks_with(at.dave)
    await at.client.hangs_up()


@scenario(
    inbound(
        **talked(("102", "dial"), ("300", "pickup")),
        transfers=[transfer("blonde", "102", "103", UNSAID)],
    )
)
async def blonde_transfer_picked_up(at: Office) -> None:
    """Bob hands the client over while Carol's phone rings; the reception takes the call."""
    await at.client.calls(SALES)
    client = await at.bob.answers()
    await at.client.talks_with(at.bob)
    await at.bob.holds(client)
    consulted = await at.bob.calls("103")
    await at.bob.hears_ringing()
    await at.bob.connects(client, consulted)
    await at.bob.is_released()
    await at.frank.calls("*8")
    await at.client.talks_with(at.frank)
    await at.client.hangs_up()
