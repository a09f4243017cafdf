"""Several calls that a careless reader mixes up, and clients that hide."""

from tests.lab.office import CLIENT, OTHER_CLIENT, SALES, SERVICE, THIRD_CLIENT, Office
from tests.lab.scenario import scenario
from tests.lab.truth import inbound, missed, outbound, talked, transfer
from tests.scenarios.attended import alice_talks
from tests.scenarios.outgoing import unreached


@scenario(
    inbound(**talked(("101", "dial"))),
    inbound(SERVICE, **talked(("202", "queue")), queue="service"),
    on_16=True,
)
async def client_calls_twice_at_once(at: Office) -> None:
    """One number, two calls that overlap: with Alice, and with Erin."""
    first = await at.client.calls(SALES)
    await at.alice.answers()
    await at.client.talks_with(at.alice)
    second = await at.client.calls(SERVICE)
    await at.erin.answers()
    await at.client.hears(second)
    await at.erin.hears()
    await at.client.hangs_up(first)
    await at.erin.hears()
    await at.client.hangs_up(second)


@scenario(inbound(**missed("abandoned")), inbound(**talked(("102", "dial"))))
async def client_calls_twice_in_a_row(at: Office) -> None:
    """The client gives up, calls again at once, and talks with Bob."""
    await at.client.calls(SALES)
    await at.bob.rings()
    await at.client.hangs_up()
    await at.bob.stops_ringing()
    await at.client.calls(SALES)
    await at.bob.answers()
    await at.client.talks_with(at.bob)
    await at.client.hangs_up()


@scenario(
    inbound(**missed("abandoned")),
    outbound(**talked(("103", "dial"))),
    on_16=True,
)
async def missed_client_called_back(at: Office) -> None:
    """The client gives up; Carol calls him back."""
    await at.client.calls(SALES)
    await at.carol.rings()
    await at.client.hangs_up()
    await at.carol.stops_ringing()
    await at.carol.calls(CLIENT)
    await at.client.answers()
    await at.client.talks_with(at.carol)
    await at.client.hangs_up()


@scenario(outbound(**unreached("no_answer", "101")), inbound(**talked(("102", "dial"))))
async def calls_that_cross(at: Office) -> None:
    """Alice calls the client while he calls sales; Bob answers him, Alice gives up."""
    ours = await at.alice.calls(CLIENT)
    await at.client.rings()
    theirs = await at.client.calls(SALES)
    await at.bob.answers()
    await at.client.hears(theirs)
    await at.bob.hears()
    await at.alice.hangs_up(ours)
    await at.client.stops_ringing()
    await at.bob.hangs_up()


@scenario(
    inbound(**talked(("101", "dial"))),
    inbound(client=OTHER_CLIENT, **talked(("102", "dial"))),
    inbound(client=THIRD_CLIENT, **talked(("103", "dial"))),
    on_16=True,
)
async def three_clients_at_once(at: Office) -> None:
    """All of sales talks, each with another client."""
    for client, agent in (
        (at.client, at.alice),
        (at.other_client, at.bob),
        (at.third_client, at.carol),
    ):
        await client.calls(SALES)
        await agent.answers()
        await client.talks_with(agent)
    for client in (at.other_client, at.client, at.third_client):
        await client.hangs_up()


@scenario(
    inbound(
        **talked(("101", "dial"), ("103", "blind_transfer")),
        transfers=[transfer("blind", "101", "103")],
    ),
    inbound(
        client=OTHER_CLIENT,
        **talked(("102", "dial"), ("101", "blind_transfer")),
        transfers=[transfer("blind", "102", "101")],
    ),
)
async def clients_who_change_places(at: Office) -> None:
    """Alice sends her client to Carol, and gets Bob's client."""
    await alice_talks(at)
    await at.other_client.calls(SALES)
    await at.bob.answers()
    await at.other_client.talks_with(at.bob)
    await at.alice.transfers_to("103")
    await at.carol.answers()
    await at.client.talks_with(at.carol)
    await at.bob.transfers_to("101")
    await at.alice.answers()
    await at.other_client.talks_with(at.alice)
    await at.other_client.hangs_up()
    await at.client.hangs_up()


@scenario(inbound(client="", **talked(("101", "dial"))), on_16=True)
async def hidden_number_answered(at: Office) -> None:
    """A client who hides his number is a client all the same."""
    await at.hidden.calls(SALES)
    await at.alice.answers()
    await at.hidden.talks_with(at.alice)
    await at.hidden.hangs_up()


@scenario(
    inbound(
        client="",
        **talked(("101", "dial"), ("201", "blind_transfer")),
        transfers=[transfer("blind", "101", "201")],
    )
)
async def hidden_number_transferred(at: Office) -> None:
    """A client who hides his number is sent from Alice to Dave."""
    await at.hidden.calls(SALES)
    await at.alice.answers()
    await at.hidden.talks_with(at.alice)
    await at.alice.transfers_to("201")
    await at.dave.answers()
    await at.hidden.talks_with(at.dave)
    await at.hidden.hangs_up()


@scenario(inbound(client="", **missed("abandoned")))
async def hidden_number_abandoned(at: Office) -> None:
    """A client who hides his number gives up."""
    await at.hidden.calls(SALES)
    await at.alice.rings()
    await at.hidden.hangs_up()
    await at.alice.stops_ringing()


@scenario(inbound(**talked(("103", "dial"))))
async def inbound_by_the_other_operator(at: Office) -> None:
    """The client comes in over the second operator."""
    await at.client_by_backup.calls(SALES)
    await at.carol.answers()
    await at.client_by_backup.talks_with(at.carol)
    await at.client_by_backup.hangs_up()


@scenario(inbound(**talked(("101", "dial"))), on_16=True)
async def inbound_with_national_numbers(at: Office) -> None:
    """The operator writes both numbers in another way."""
    client = at.outsider("8" + CLIENT[2:])
    await client.calls(SALES[1:])
    await at.alice.answers()
    await client.talks_with(at.alice)
    await client.hangs_up()
