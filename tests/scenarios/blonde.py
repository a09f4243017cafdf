"""Blonde transfers: the agent hands the client over while the colleague's phone still rings."""

from tests.lab.office import Office
from tests.lab.scenario import scenario
from tests.lab.truth import UNSAID, inbound, spoke, talked, transfer
from tests.scenarios.attended import TALKED_WORDS, WORDS, alice_holds, alice_talks


async def alice_lets_ring(at: Office, number: str) -> None:
    """Alice holds the client, calls a colleague, and connects before anybody answers."""
    client = await alice_holds(at)
    consulted = await at.alice.calls(number)
    await at.alice.hears_ringing()
    await at.alice.connects(client, consulted)


@scenario(
    inbound(
        **talked(("101", "dial"), ("201", "attended_transfer")),
        transfers=[transfer("blonde", "101", "201")],
    ),
    on_16=True,
)
async def blonde_refer_answered(at: Office) -> None:
    """Dave answers after Alice has gone."""
    await alice_lets_ring(at, "201")
    await at.dave.answers()
    await at.client.talks_with(at.dave)
    await at.client.hangs_up()


@scenario(
    inbound(**talked(("101", "dial")), transfers=[transfer("blonde", "101", "201", False)]),
    on_16=True,
)
async def blonde_refer_unanswered(at: Office) -> None:
    """Dave never answers; the office ends the call."""
    await alice_lets_ring(at, "201")
    await at.dave.rings()
    await at.client.is_released()


@scenario(inbound(**talked(("101", "dial")), transfers=[transfer("blonde", "101", "201", False)]))
async def blonde_refer_abandoned(at: Office) -> None:
    """The client gives up while Dave's phone rings."""
    await alice_lets_ring(at, "201")
    await at.client.hangs_up()
    await at.dave.stops_ringing()


@scenario(
    inbound(
        **talked(("101", "dial"), ("102", "attended_transfer")),
        transfers=[transfer("blonde", "101", UNSAID)],
    )
)
async def blonde_refer_to_group(at: Office) -> None:
    """All of sales rings when Alice goes; Bob answers."""
    await alice_lets_ring(at, "600")
    await at.bob.answers()
    await at.client.talks_with(at.bob)
    await at.client.hangs_up()


@scenario(
    inbound(
        **talked(("101", "dial"), ("202", "attended_transfer")),
        transfers=[transfer("blonde", "101", UNSAID)],
        queue=UNSAID,
    )
)
async def blonde_refer_to_queue(at: Office) -> None:
    """Alice hears the music of the queue and connects; Erin answers the client."""
    client = await alice_holds(at)
    consulted = await at.alice.calls("700")
    await at.alice.hears(consulted)
    await at.erin.rings()
    await at.alice.connects(client, consulted)
    await at.erin.answers()
    await at.client.talks_with(at.erin)
    await at.client.hangs_up()


async def alice_asks_and_goes(at: Office) -> None:
    """Alice presses *2 and 201, and hangs up while Dave's phone rings."""
    await alice_talks(at)
    await at.transfers_by_keys(at.alice, "*2", "201")
    await at.dave.rings()
    await at.alice.hangs_up()


@scenario(
    inbound(
        **talked(("101", "dial"), ("201", "attended_transfer")),
        transfers=[transfer(UNSAID, "101", "201")],
    ),
    on_16=True,
)
async def blonde_code_answered(at: Office) -> None:
    """Dave answers after Alice has gone."""
    await alice_asks_and_goes(at)
    await at.dave.answers()
    await at.client.talks_with(at.dave)
    await at.client.hangs_up()


@scenario(
    inbound(
        **spoke("101") | {"talk_seconds": TALKED_WORDS},
        transfers=[transfer(UNSAID, "101", "201", completed=False)],
    ),
    on_16=True,
)
async def blonde_code_recall_answered(at: Office) -> None:
    """Dave does not answer; Alice is called back and talks with the client again."""
    await alice_asks_and_goes(at)
    await at.alice.answers()
    for _ in range(WORDS):
        await at.client.talks_with(at.alice)
    await at.client.hangs_up()


@scenario(
    inbound(
        **talked(("101", "dial")),
        transfers=[transfer(UNSAID, "101", "201", completed=False)],
    )
)
async def blonde_code_recall_abandoned(at: Office) -> None:
    """Dave does not answer, Alice is called back; the client gives up."""
    await alice_asks_and_goes(at)
    await at.alice.rings()
    await at.client.hangs_up()
    await at.alice.stops_ringing()


@scenario(inbound(**talked(("101", "dial")), transfers=UNSAID))
async def blonde_code_abandoned(at: Office) -> None:
    """The client gives up while Dave's phone rings."""
    await alice_asks_and_goes(at)
    await at.client.hangs_up()
    await at.dave.stops_ringing()
