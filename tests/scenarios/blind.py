"""Blind transfers: the agent sends the client on and is gone."""

from tests.lab.office import PROJECTS, SERVICE, Office
from tests.lab.scenario import scenario
from tests.lab.truth import UNSAID, inbound, spoke, talked, transfer
from tests.scenarios.attended import alice_talks


@scenario(
    inbound(
        **talked(("101", "dial"), ("201", "blind_transfer")),
        transfers=[transfer("blind", "101", "201")],
    ),
    on_16=True,
)
async def blind_refer_answered(at: Office) -> None:
    """Alice sends the client to Dave, who answers."""
    await alice_talks(at)
    await at.alice.transfers_to("201")
    await at.dave.answers()
    await at.client.talks_with(at.dave)
    await at.client.hangs_up()


@scenario(
    inbound(**talked(("101", "dial")), transfers=[transfer("blind", "101", "201", False)]),
    on_16=True,
)
async def blind_refer_unanswered(at: Office) -> None:
    """Alice sends the client to Dave, who never answers."""
    await alice_talks(at)
    await at.alice.transfers_to("201")
    await at.dave.rings()
    await at.client.is_released()


@scenario(inbound(**talked(("101", "dial")), transfers=[transfer("blind", "101", "202", False)]))
async def blind_refer_busy(at: Office) -> None:
    """Alice sends the client to Erin, who is busy."""
    await alice_talks(at)
    await at.alice.transfers_to("202")
    await at.erin.is_busy()
    await at.ami.event("Newexten", Application="Busy")
    await at.client.hangs_up()


@scenario(inbound(**talked(("101", "dial")), transfers=[transfer("blind", "101", "202", False)]))
async def blind_refer_abandoned(at: Office) -> None:
    """Alice sends the client to Erin; the client gives up while Erin's phone rings."""
    await alice_talks(at)
    await at.alice.transfers_to("202")
    await at.erin.rings()
    await at.client.hangs_up()
    await at.erin.stops_ringing()


@scenario(
    inbound(
        **talked(("101", "dial"), ("103", "blind_transfer")),
        transfers=[transfer("blind", "101", "600")],
    ),
    on_16=True,
)
async def blind_refer_to_group(at: Office) -> None:
    """Alice sends the client back to all of sales; Carol is the first."""
    await alice_talks(at)
    await at.alice.transfers_to("600")
    await at.bob.rings()
    await at.carol.answers()
    await at.client.talks_with(at.carol)
    await at.client.hangs_up()


@scenario(
    inbound(
        **talked(("101", "dial"), ("202", "blind_transfer")),
        transfers=[transfer("blind", "101", "700")],
        queue="service",
    ),
    on_16=True,
)
async def blind_refer_to_queue(at: Office) -> None:
    """Alice sends the client into the queue of service, where Erin answers."""
    await alice_talks(at)
    await at.alice.transfers_to("700")
    await at.dave.rings()
    await at.erin.answers()
    await at.client.talks_with(at.erin)
    await at.client.hangs_up()


@scenario(
    inbound(
        **talked(("101", "dial"), ("103", "blind_transfer")),
        transfers=[transfer("blind", "101", "710")],
        queue="projects",
    )
)
async def blind_refer_to_queue_of_local_members(at: Office) -> None:
    """Alice sends the client into a queue whose members are Local channels."""
    await alice_talks(at)
    await at.alice.transfers_to("710")
    await at.dave.rings()
    await at.carol.answers()
    await at.client.talks_with(at.carol)
    await at.client.hangs_up()


@scenario(
    inbound(
        **talked(("101", "dial")),
        transfers=[transfer("blind", "101", "700", False)],
        queue="service",
    )
)
async def blind_refer_to_queue_abandoned(at: Office) -> None:
    """Alice sends the client into the queue, where he gives up."""
    await alice_talks(at)
    await at.alice.transfers_to("700")
    await at.dave.rings()
    await at.client.hangs_up()
    await at.dave.stops_ringing()


@scenario(
    inbound(
        **talked(("101", "dial"), ("201", "blind_transfer"), ("101", "blind_transfer")),
        transfers=[transfer("blind", "101", "201"), transfer("blind", "201", "101")],
    ),
    on_16=True,
)
async def blind_refer_back_to_first_agent(at: Office) -> None:
    """Alice sends the client to Dave, and he sends him back."""
    await alice_talks(at)
    await at.alice.transfers_to("201")
    await at.dave.answers()
    await at.client.talks_with(at.dave)
    await at.dave.transfers_to("101")
    await at.alice.answers()
    await at.client.talks_with(at.alice)
    await at.client.hangs_up()


@scenario(
    inbound(
        **talked(("101", "dial"), ("201", "blind_transfer")),
        transfers=[transfer("blind", "101", "201")],
    ),
    on_16=True,
)
async def blind_code_answered(at: Office) -> None:
    """Alice presses ## and 201; Dave answers."""
    await alice_talks(at)
    await at.transfers_by_keys(at.alice, "##", "201")
    await at.dave.answers()
    await at.client.talks_with(at.dave)
    await at.client.hangs_up()


@scenario(inbound(**talked(("101", "dial")), transfers=[transfer("blind", "101", "201", False)]))
async def blind_code_unanswered(at: Office) -> None:
    """Alice presses ## and 201; Dave never answers."""
    await alice_talks(at)
    await at.transfers_by_keys(at.alice, "##", "201")
    await at.dave.rings()
    await at.client.is_released()


@scenario(inbound(**spoke("101"), transfers=UNSAID))
async def blind_refer_to_nobody(at: Office) -> None:
    """Alice tries to send the client to a number that does not exist, and goes on talking."""
    client = await alice_talks(at)
    await at.alice.transfers_to("999", client)
    await at.client.talks_with(at.alice)
    await at.client.hangs_up()


@scenario(
    inbound(
        SERVICE,
        **talked(("202", "queue"), ("103", "blind_transfer")),
        transfers=[transfer("blind", "202", "103")],
        queue="service",
    )
)
async def blind_refer_by_queue_member(at: Office) -> None:
    """Erin got the client from the queue and sends him to Carol."""
    await at.client.calls(SERVICE)
    await at.erin.answers()
    await at.client.talks_with(at.erin)
    await at.erin.transfers_to("103")
    await at.carol.answers()
    await at.client.talks_with(at.carol)
    await at.client.hangs_up()


@scenario(
    inbound(
        PROJECTS,
        **talked(("103", "queue"), ("202", "blind_transfer")),
        transfers=[transfer("blind", "103", "202")],
        queue="projects",
    ),
    on_16=True,
)
async def blind_refer_by_local_queue_member(at: Office) -> None:
    """Carol, behind a Local channel of the queue, sends the client to Erin."""
    await at.client.calls(PROJECTS)
    await at.carol.answers()
    await at.client.talks_with(at.carol)
    await at.carol.transfers_to("202")
    await at.erin.answers()
    await at.client.talks_with(at.erin)
    await at.client.hangs_up()


@scenario(
    inbound(
        SERVICE,
        **talked(("201", "queue"), ("101", "blind_transfer")),
        transfers=[transfer("blind", "201", "101")],
        queue="service",
    )
)
async def blind_code_by_queue_member(at: Office) -> None:
    """Dave got the client from the queue and presses ## and 101."""
    await at.client.calls(SERVICE)
    await at.dave.answers()
    await at.client.talks_with(at.dave)
    await at.transfers_by_keys(at.dave, "##", "101")
    await at.alice.answers()
    await at.client.talks_with(at.alice)
    await at.client.hangs_up()
