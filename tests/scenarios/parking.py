"""Parking: the client waits in the lot 70 until somebody dials his place."""

from tests.lab.office import SALES, SERVICE, Office
from tests.lab.scenario import scenario
from tests.lab.truth import UNSAID, inbound, talked
from tests.scenarios.attended import alice_holds, alice_talks


async def alice_parks(at: Office) -> str:
    """Alice talks with the client and parks him by *7; the place where he waits."""
    await alice_talks(at)
    await at.alice.presses("*7")
    parked = await at.ami.event("ParkedCall")
    await at.alice.hangs_up()
    return parked["ParkingSpace"]


@scenario(inbound(**talked(("101", "dial"), ("201", "parking")), transfers=UNSAID), on_16=True)
async def parked_retrieved_by_another(at: Office) -> None:
    """Dave dials the place and has the client."""
    place = await alice_parks(at)
    await at.fetches(at.dave, place)
    await at.client.talks_with(at.dave)
    await at.client.hangs_up()


@scenario(inbound(**talked(("101", "dial"), ("101", "parking")), transfers=UNSAID))
async def parked_retrieved_by_same(at: Office) -> None:
    """Alice dials the place herself and has the client back."""
    place = await alice_parks(at)
    await at.fetches(at.alice, place)
    await at.client.talks_with(at.alice)
    await at.client.hangs_up()


@scenario(inbound(**talked(("101", "dial"), ("101", "parking")), transfers=UNSAID), on_16=True)
async def parked_timed_out_and_returned(at: Office) -> None:
    """Nobody takes the client; Alice's phone rings again and she answers."""
    await alice_parks(at)
    await at.alice.answers()
    await at.client.talks_with(at.alice)
    await at.client.hangs_up()


@scenario(inbound(**talked(("101", "dial")), transfers=UNSAID))
async def parked_timed_out_and_unanswered(at: Office) -> None:
    """Nobody takes the client, and Alice has gone, too."""
    await alice_parks(at)
    await at.alice.rings()
    await at.client.is_released()


@scenario(inbound(**talked(("101", "dial")), transfers=UNSAID))
async def parked_abandoned(at: Office) -> None:
    """The client hangs up in the lot."""
    await alice_parks(at)
    await at.client.hangs_up()


@scenario(inbound(**talked(("101", "dial"), ("103", "parking")), transfers=UNSAID))
async def parked_by_refer(at: Office) -> None:
    """Alice sends the client to 70 with her phone's transfer key; Carol takes him."""
    await alice_talks(at)
    await at.alice.transfers_to("70")
    parked = await at.ami.event("ParkedCall")
    await at.fetches(at.carol, parked["ParkingSpace"])
    await at.client.talks_with(at.carol)
    await at.client.hangs_up()


@scenario(
    inbound(
        SERVICE,
        **talked(("202", "queue"), ("101", "parking")),
        transfers=UNSAID,
        queue="service",
    )
)
async def parked_by_queue_member(at: Office) -> None:
    """Erin got the client from the queue and parks him; Alice takes him."""
    await at.client.calls(SERVICE)
    await at.erin.answers()
    await at.client.talks_with(at.erin)
    await at.erin.presses("*7")
    parked = await at.ami.event("ParkedCall")
    await at.erin.hangs_up()
    await at.fetches(at.alice, parked["ParkingSpace"])
    await at.client.talks_with(at.alice)
    await at.client.hangs_up()


@scenario(
    inbound(
        **talked(("101", "dial"), ("201", "parking"), ("103", "blind_transfer")),
        transfers=UNSAID,
    ),
    on_16=True,
)
async def parked_then_transferred(at: Office) -> None:
    """Dave takes the parked client and sends him to Carol."""
    place = await alice_parks(at)
    await at.fetches(at.dave, place)
    await at.client.talks_with(at.dave)
    await at.dave.transfers_to("103")
    await at.carol.answers()
    await at.client.talks_with(at.carol)
    await at.client.hangs_up()


@scenario(
    inbound(
        **talked(("102", "dial"), ("101", "blind_transfer"), ("300", "parking")),
        transfers=UNSAID,
    )
)
async def transferred_then_parked(at: Office) -> None:
    """Bob sends the client to Alice, who parks him; Frank takes him."""
    await at.client.calls(SALES)
    await at.bob.answers()
    await at.client.talks_with(at.bob)
    await at.bob.transfers_to("101")
    await at.alice.answers()
    await at.client.talks_with(at.alice)
    await at.alice.transfers_to("70")
    parked = await at.ami.event("ParkedCall")
    await at.fetches(at.frank, parked["ParkingSpace"])
    await at.client.talks_with(at.frank)
    await at.client.hangs_up()


@scenario(inbound(**talked(("101", "dial")), transfers=UNSAID), on_16=True)
async def parked_in_place_of_the_agent(at: Office) -> None:
    """Alice asks Dave, who parks her; she connects, and the client gives up in her place."""
    client = await alice_holds(at)
    consulted = await at.alice.calls("201")
    await at.dave.answers()
    await at.dave.talks_with()
    await at.dave.presses("*7")
    await at.ami.event("ParkedCall")
    await at.alice.connects(client, consulted)
    await at.client.hangs_up()
