"""Attended transfers: the agent asks a colleague before the client is handed over."""

from tests.lab.office import PROJECTS, SALES, SERVICE, Office
from tests.lab.phones import Leg
from tests.lab.scenario import scenario
from tests.lab.truth import UNSAID, between, inbound, internal, spoke, talked, transfer

# The client hears music for a word at least, and a scenario never lasts as long as this.
HELD = between(0.2, 20)
# Alice's word and her keys, then four words: music for Alice's sake is over when she has gone.
WORDS = 4
TALKED_WORDS = between(1.9, 30)


async def alice_talks(at: Office) -> Leg:
    """The client calls sales and talks with Alice."""
    await at.client.calls(SALES)
    client = await at.alice.answers()
    await at.client.talks_with(at.alice)
    return client


async def alice_holds(at: Office) -> Leg:
    """Alice talks with the client and puts him on hold."""
    client = await alice_talks(at)
    await at.alice.holds(client)
    return client


@scenario(
    inbound(
        **talked(("101", "dial"), ("201", "attended_transfer")),
        transfers=[transfer("attended", "101", "201")],
    ),
    on_16=True,
)
async def attended_refer_completed(at: Office) -> None:
    """Alice holds the client, asks Dave, and connects the two."""
    client = await alice_holds(at)
    consulted = await at.alice.calls("201")
    await at.dave.answers()
    await at.dave.hears()
    await at.alice.connects(client, consulted)
    await at.client.talks_with(at.dave)
    await at.client.hangs_up()


@scenario(inbound(**talked(("101", "dial")), hold_seconds=HELD), on_16=True)
async def attended_refer_cancelled(at: Office) -> None:
    """Alice asks Dave, leaves him, and takes the client back."""
    client = await alice_holds(at)
    consulted = await at.alice.calls("201")
    await at.dave.answers()
    await at.dave.hears()
    await at.alice.hangs_up(consulted)
    await at.alice.resumes(client)
    await at.client.talks_with(at.alice)
    await at.client.hangs_up()


@scenario(inbound(**talked(("101", "dial")), hold_seconds=HELD))
async def attended_refer_target_hangs_up(at: Office) -> None:
    """Alice asks Dave, who hangs up; she takes the client back."""
    client = await alice_holds(at)
    consulted = await at.alice.calls("201")
    await at.dave.answers()
    await at.dave.hears()
    await at.dave.hangs_up()
    await at.alice.is_released(consulted)
    await at.alice.resumes(client)
    await at.client.talks_with(at.alice)
    await at.alice.hangs_up()


@scenario(inbound(**talked(("101", "dial"))))
async def attended_refer_target_busy(at: Office) -> None:
    """Alice wants to ask Dave, who is busy; she takes the client back."""
    client = await alice_holds(at)
    consulted = await at.alice.calls("201")
    await at.dave.is_busy()
    await at.alice.is_released(consulted)
    await at.alice.resumes(client)
    await at.client.talks_with(at.alice)
    await at.client.hangs_up()


@scenario(
    inbound(**talked(("101", "dial"))),
    internal=(internal("101", **talked(("201", "dial"))),),
)
async def attended_refer_client_gives_up(at: Office) -> None:
    """Alice asks Dave; meanwhile the client hangs up, and the two talk on."""
    client = await alice_holds(at)
    consulted = await at.alice.calls("201")
    await at.dave.answers()
    await at.dave.hears()
    await at.client.hangs_up()
    await at.alice.is_released(client)
    await at.alice.hears(consulted)
    await at.dave.hears()
    await at.alice.hangs_up(consulted)


@scenario(
    inbound(
        **talked(("101", "dial"), ("102", "attended_transfer")),
        transfers=[transfer("attended", "101", UNSAID)],
    )
)
async def attended_refer_to_group(at: Office) -> None:
    """Alice asks all of sales; Bob is the first and gets the client."""
    client = await alice_holds(at)
    consulted = await at.alice.calls("600")
    await at.carol.rings()
    await at.bob.answers()
    await at.bob.hears()
    await at.alice.connects(client, consulted)
    await at.client.talks_with(at.bob)
    await at.client.hangs_up()


@scenario(
    inbound(
        **talked(("101", "dial"), ("202", "attended_transfer")),
        transfers=[transfer("attended", "101", UNSAID)],
        queue=UNSAID,
    ),
    on_16=True,
)
async def attended_refer_to_queue(at: Office) -> None:
    """Alice asks the queue of service; Erin answers and gets the client."""
    client = await alice_holds(at)
    consulted = await at.alice.calls("700")
    await at.dave.rings()
    await at.erin.answers()
    await at.erin.hears()
    await at.alice.connects(client, consulted)
    await at.client.talks_with(at.erin)
    await at.client.hangs_up()


@scenario(
    inbound(
        **talked(("101", "dial"), ("103", "attended_transfer")),
        transfers=[transfer("attended", "101", UNSAID)],
        queue=UNSAID,
    )
)
async def attended_refer_to_queue_of_local_members(at: Office) -> None:
    """Alice asks the queue of projects; Carol answers behind a Local channel."""
    client = await alice_holds(at)
    consulted = await at.alice.calls("710")
    await at.dave.rings()
    await at.carol.answers()
    await at.carol.hears()
    await at.alice.connects(client, consulted)
    await at.client.talks_with(at.carol)
    await at.client.hangs_up()


@scenario(
    inbound(
        **talked(("101", "dial"), ("201", "attended_transfer")),
        transfers=[transfer("attended", "101", "201")],
    )
)
async def attended_refer_by_the_other_leg(at: Office) -> None:
    """Alice transfers the leg of Dave to the client instead of the client to Dave."""
    client = await alice_holds(at)
    consulted = await at.alice.calls("201")
    await at.dave.answers()
    await at.dave.hears()
    await at.alice.connects(consulted, client)
    await at.client.talks_with(at.dave)
    await at.client.hangs_up()


@scenario(inbound(**spoke("101", "201"), transfers=UNSAID))
async def attended_refer_colleague_called_first(at: Office) -> None:
    """Alice talks with Dave when the client calls; she answers and connects the two."""
    inside = await at.alice.calls("201")
    await at.dave.answers()
    await at.dave.hears()
    await at.alice.holds(inside)
    await at.client.calls(SALES)
    client = await at.alice.answers()
    await at.client.talks_with(at.alice)
    await at.alice.connects(client, inside)
    await at.client.talks_with(at.dave)
    await at.client.hangs_up()


@scenario(
    inbound(
        SERVICE,
        **talked(("202", "queue"), ("103", "attended_transfer")),
        transfers=[transfer("attended", "202", "103")],
        queue="service",
    )
)
async def attended_refer_by_queue_member(at: Office) -> None:
    """Erin got the client from the queue, asks Carol and connects the two."""
    await at.client.calls(SERVICE)
    client = await at.erin.answers()
    await at.client.talks_with(at.erin)
    await at.erin.holds(client)
    consulted = await at.erin.calls("103")
    await at.carol.answers()
    await at.carol.hears()
    await at.erin.connects(client, consulted)
    await at.client.talks_with(at.carol)
    await at.client.hangs_up()


@scenario(
    inbound(
        PROJECTS,
        **talked(("201", "queue"), ("101", "attended_transfer")),
        transfers=[transfer("attended", "201", "101")],
        queue="projects",
    ),
    on_16=True,
)
async def attended_refer_by_local_queue_member(at: Office) -> None:
    """Dave, behind a Local channel of the queue, asks Alice and connects the two."""
    await at.client.calls(PROJECTS)
    client = await at.dave.answers()
    await at.client.talks_with(at.dave)
    await at.dave.holds(client)
    consulted = await at.dave.calls("101")
    await at.alice.answers()
    await at.alice.hears()
    await at.dave.connects(client, consulted)
    await at.client.talks_with(at.alice)
    await at.client.hangs_up()


async def alice_asks(at: Office, number: str) -> None:
    """Alice talks with the client and presses *2 and a number."""
    await alice_talks(at)
    await at.transfers_by_keys(at.alice, "*2", number)


@scenario(
    inbound(
        **talked(("101", "dial"), ("201", "attended_transfer")) | {"talk_seconds": TALKED_WORDS},
        transfers=[transfer("attended", "101", "201")],
    ),
    on_16=True,
)
async def attended_code_completed(at: Office) -> None:
    """Alice presses *2 and 201, asks Dave, and hangs up: the client is his."""
    await alice_asks(at, "201")
    await at.dave.answers()
    await at.alice.talks_with(at.dave)
    await at.alice.hangs_up()
    for _ in range(WORDS):
        await at.client.talks_with(at.dave)
    await at.client.hangs_up()


@scenario(inbound(**spoke("101")), on_16=True)
async def attended_code_cancelled(at: Office) -> None:
    """Alice asks Dave by *2, then takes the client back by *1."""
    await alice_asks(at, "201")
    await at.dave.answers()
    await at.alice.talks_with(at.dave)
    await at.alice.presses("*1")
    await at.dave.is_released()
    await at.client.talks_with(at.alice)
    await at.client.hangs_up()


@scenario(inbound(**spoke("101")))
async def attended_code_target_hangs_up(at: Office) -> None:
    """Alice asks Dave by *2; he hangs up, and she has the client back."""
    await alice_asks(at, "201")
    await at.dave.answers()
    await at.alice.talks_with(at.dave)
    await at.dave.hangs_up()
    await at.client.talks_with(at.alice)
    await at.client.hangs_up()


@scenario(inbound(**spoke("101")))
async def attended_code_target_declines(at: Office) -> None:
    """Alice wants to ask Dave by *2; he declines, and she has the client back."""
    await alice_asks(at, "201")
    await at.dave.declines()
    await at.ami.event("MusicOnHoldStop")
    await at.client.talks_with(at.alice)
    await at.client.hangs_up()


@scenario(inbound(**spoke("101")))
async def attended_code_client_gives_up(at: Office) -> None:
    """Alice asks Dave by *2; meanwhile the client hangs up."""
    await alice_asks(at, "201")
    await at.dave.answers()
    await at.alice.talks_with(at.dave)
    await at.client.hangs_up()
    await at.alice.talks_with(at.dave)
    await at.alice.hangs_up()


@scenario(
    inbound(
        **talked(("101", "dial"), ("103", "attended_transfer")),
        transfers=[transfer("attended", "101", UNSAID)],
    ),
    on_16=True,
)
async def attended_code_to_group(at: Office) -> None:
    """Alice asks all of sales by *2; Carol answers and gets the client."""
    await alice_asks(at, "600")
    await at.bob.rings()
    await at.carol.answers()
    await at.alice.talks_with(at.carol)
    await at.alice.hangs_up()
    await at.client.talks_with(at.carol)
    await at.client.hangs_up()


@scenario(
    inbound(
        **talked(("101", "dial"), ("201", "attended_transfer")),
        transfers=[transfer("attended", "101", UNSAID)],
        queue=UNSAID,
    )
)
async def attended_code_to_queue(at: Office) -> None:
    """Alice asks the queue of service by *2; Dave answers and gets the client."""
    await alice_asks(at, "700")
    await at.erin.rings()
    await at.dave.answers()
    await at.alice.talks_with(at.dave)
    await at.alice.hangs_up()
    await at.client.talks_with(at.dave)
    await at.client.hangs_up()


@scenario(inbound(**spoke("101", "201"), transfers=UNSAID), on_16=True)
async def attended_code_three_way(at: Office) -> None:
    """Alice asks Dave by *2 and joins all three by *3; then she leaves the two alone."""
    await alice_asks(at, "201")
    await at.dave.answers()
    await at.alice.talks_with(at.dave)
    await at.alice.presses("*3")
    await at.ami.event("AttendedTransfer")
    await at.client.talks_with(at.alice, at.dave)
    await at.alice.hangs_up()
    await at.client.talks_with(at.dave)
    await at.client.hangs_up()


@scenario(
    inbound(**spoke("101", "201"), transfers=[transfer("attended", "101", "201")]),
)
async def attended_code_swapped(at: Office) -> None:
    """Alice asks Dave by *2, goes back to the client by *4 and again to Dave, then hangs up."""
    await alice_asks(at, "201")
    await at.dave.answers()
    await at.alice.talks_with(at.dave)
    for who in (at.client, at.dave):
        before = len(at.ami.events)
        await at.alice.presses("*4")
        await at.ami.event("BridgeEnter", since=before, Channel=at.channel("PJSIP/101"))
        await at.alice.talks_with(who)
    await at.alice.hangs_up()
    await at.client.talks_with(at.dave)
    await at.client.hangs_up()
