"""Chains: the client goes from one to the next and the next."""

from tests.lab.line import Line
from tests.lab.office import SALES, SERVICE, Office
from tests.lab.scenario import scenario
from tests.lab.truth import inbound, talked, transfer


async def consults_and_connects(at: Office, one: Line, other: Line) -> None:
    """`one` holds the client, asks `other`, and connects the two."""
    client = one.legs[-1]
    await one.holds(client)
    consulted = await one.calls(other.number)
    await other.answers()
    await other.hears()
    await one.connects(client, consulted)
    await at.client.talks_with(other)


async def sends(at: Office, one: Line, other: Line) -> None:
    """`one` sends the client to `other`, who answers."""
    await one.transfers_to(other.number)
    await other.answers()
    await at.client.talks_with(other)


@scenario(
    inbound(
        **talked(("101", "dial"), ("201", "blind_transfer"), ("103", "blind_transfer")),
        transfers=[transfer("blind", "101", "201"), transfer("blind", "201", "103")],
    )
)
async def chain_of_blind_transfers(at: Office) -> None:
    """Alice sends to Dave, Dave to Carol."""
    await at.client.calls(SALES)
    await at.alice.answers()
    await at.client.talks_with(at.alice)
    await sends(at, at.alice, at.dave)
    await sends(at, at.dave, at.carol)
    await at.client.hangs_up()


@scenario(
    inbound(
        **talked(("102", "dial"), ("103", "attended_transfer"), ("300", "attended_transfer")),
        transfers=[transfer("attended", "102", "103"), transfer("attended", "103", "300")],
    ),
    on_16=True,
)
async def chain_of_attended_transfers(at: Office) -> None:
    """Bob asks Carol and hands over, Carol asks Frank and hands over."""
    await at.client.calls(SALES)
    await at.bob.answers()
    await at.client.talks_with(at.bob)
    await consults_and_connects(at, at.bob, at.carol)
    await consults_and_connects(at, at.carol, at.frank)
    await at.client.hangs_up()


@scenario(
    inbound(
        **talked(
            ("101", "dial"),
            ("201", "attended_transfer"),
            ("103", "blind_transfer"),
            ("300", "attended_transfer"),
        ),
        transfers=[
            transfer("attended", "101", "201"),
            transfer("blind", "201", "103"),
            transfer("attended", "103", "300"),
        ],
    ),
    on_16=True,
)
async def chain_of_mixed_transfers(at: Office) -> None:
    """Alice asks Dave; Dave sends to Carol; Carol asks Frank."""
    await at.client.calls(SALES)
    await at.alice.answers()
    await at.client.talks_with(at.alice)
    await consults_and_connects(at, at.alice, at.dave)
    await sends(at, at.dave, at.carol)
    await consults_and_connects(at, at.carol, at.frank)
    await at.client.hangs_up()


@scenario(
    inbound(
        SERVICE,
        **talked(("201", "queue"), ("101", "attended_transfer"), ("102", "blind_transfer")),
        transfers=[transfer("attended", "201", "101"), transfer("blind", "101", "102")],
        queue="service",
    )
)
async def chain_from_queue(at: Office) -> None:
    """Dave got the client from the queue, asks Alice; Alice sends to Bob."""
    await at.client.calls(SERVICE)
    await at.dave.answers()
    await at.client.talks_with(at.dave)
    await consults_and_connects(at, at.dave, at.alice)
    await sends(at, at.alice, at.bob)
    await at.client.hangs_up()


@scenario(
    inbound(
        **talked(("101", "dial"), ("201", "blind_transfer"), ("202", "blind_transfer")),
        transfers=[transfer("blind", "101", "201"), transfer("blind", "201", "700")],
        queue="service",
    )
)
async def chain_into_queue(at: Office) -> None:
    """Alice sends to Dave, who puts the client into the queue, where Erin answers."""
    await at.client.calls(SALES)
    await at.alice.answers()
    await at.client.talks_with(at.alice)
    await sends(at, at.alice, at.dave)
    await at.dave.transfers_to("700")
    await at.erin.answers()
    await at.client.talks_with(at.erin)
    await at.client.hangs_up()


@scenario(
    inbound(
        **talked(
            ("101", "dial"),
            ("201", "blind_transfer"),
            ("103", "attended_transfer"),
        ),
        transfers=[transfer("blind", "101", "201"), transfer("attended", "201", "103")],
    )
)
async def chain_by_codes(at: Office) -> None:
    """Alice presses ## for Dave; Dave hands over to Carol by REFER."""
    await at.client.calls(SALES)
    await at.alice.answers()
    await at.client.talks_with(at.alice)
    await at.transfers_by_keys(at.alice, "##", "201")
    await at.dave.answers()
    await at.client.talks_with(at.dave)
    await consults_and_connects(at, at.dave, at.carol)
    await at.client.hangs_up()
