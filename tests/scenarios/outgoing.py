"""The office calls a client."""

from tests.lab.line import UNAVAILABLE
from tests.lab.office import CLIENT, SERVICE, Office
from tests.lab.scenario import scenario
from tests.lab.truth import UNSAID, Record, missed, outbound, talked, transfer
from tests.scenarios.attended import TALKED_WORDS, WORDS


def unreached(disposition: str, dialler: str) -> Record:
    """Nobody talked with the client; the one who dialled is responsible."""
    return {**missed(None, disposition), "responsible": dialler}


async def bob_talks(at: Office) -> None:
    """Bob calls the client, who answers."""
    await at.bob.calls(CLIENT)
    await at.client.answers()
    await at.client.talks_with(at.bob)


@scenario(outbound(**talked(("102", "dial"))), on_16=True)
async def outbound_answered(at: Office) -> None:
    """Bob dials as at home, with an 8; the client answers and hangs up."""
    await at.bob.calls("8" + CLIENT[2:])
    await at.client.answers()
    await at.client.talks_with(at.bob)
    await at.client.hangs_up()
    await at.bob.is_released()


@scenario(outbound(SERVICE, **talked(("202", "dial"))))
async def outbound_by_service(at: Office) -> None:
    """Erin calls: the client sees the number of her department."""
    await at.erin.calls(CLIENT)
    await at.client.answers()
    await at.client.talks_with(at.erin)
    await at.erin.hangs_up()
    await at.client.is_released()


@scenario(outbound(**unreached("busy", "101")), on_16=True)
async def outbound_busy(at: Office) -> None:
    """The client is busy."""
    await at.alice.calls(CLIENT)
    await at.client.is_busy()
    await at.alice.is_released()


@scenario(outbound(**unreached("no_answer", "102")), on_16=True)
async def outbound_unanswered(at: Office) -> None:
    """The client's phone rings until the office gives up."""
    await at.bob.calls(CLIENT)
    await at.client.rings()
    await at.bob.is_released()


@scenario(outbound(**unreached("no_answer", "102")))
async def outbound_agent_gives_up(at: Office) -> None:
    """Bob hangs up while the client's phone rings."""
    await at.bob.calls(CLIENT)
    await at.client.rings()
    await at.bob.hangs_up()
    await at.client.stops_ringing()


@scenario(outbound(**unreached("busy", "101")))
async def outbound_rejected(at: Office) -> None:
    """The client presses the red key."""
    await at.alice.calls(CLIENT)
    await at.client.declines()
    await at.alice.is_released()


@scenario(outbound(**talked(("101", "dial"))), on_16=True)
async def outbound_by_the_other_operator(at: Office) -> None:
    """The first operator cannot take the call, the other one does: one call."""
    await at.alice.calls(CLIENT)
    await at.client.declines(503)
    await at.client_by_backup.answers()
    await at.alice.talks_with(at.client_by_backup)
    await at.client_by_backup.hangs_up()


@scenario(outbound(**unreached("failed", "101")))
async def outbound_failed(at: Office) -> None:
    """Neither operator can take the call: one call."""
    await at.alice.calls(CLIENT)
    await at.client.declines(503)
    await at.client_by_backup.declines(503)
    await at.alice.is_released()


@scenario(outbound(**unreached("no_answer", "102")))
async def outbound_phone_switched_off(at: Office) -> None:
    """The operator cannot reach the client's phone (480)."""
    await at.bob.calls(CLIENT)
    await at.client.declines(UNAVAILABLE)
    await at.bob.is_released()


@scenario(outbound(**unreached("no_answer", "102")), outbound(**talked(("102", "dial"))))
async def outbound_tried_twice(at: Office) -> None:
    """Bob gives up, calls again, and reaches the client: two calls."""
    await at.bob.calls(CLIENT)
    await at.client.rings()
    await at.bob.hangs_up()
    await at.client.stops_ringing()
    await bob_talks(at)
    await at.bob.hangs_up()


@scenario(
    outbound(
        **talked(("102", "dial"), ("201", "blind_transfer")),
        transfers=[transfer("blind", "102", "201")],
    ),
    on_16=True,
)
async def outbound_blind_refer(at: Office) -> None:
    """Bob has called the client and sends him to Dave."""
    await bob_talks(at)
    await at.bob.transfers_to("201")
    await at.dave.answers()
    await at.client.talks_with(at.dave)
    await at.client.hangs_up()


@scenario(
    outbound(
        **talked(("102", "dial"), ("201", "blind_transfer")),
        transfers=[transfer("blind", "102", "201")],
    )
)
async def outbound_blind_code(at: Office) -> None:
    """Bob has called the client and presses ## and 201."""
    await bob_talks(at)
    await at.transfers_by_keys(at.bob, "##", "201")
    await at.dave.answers()
    await at.client.talks_with(at.dave)
    await at.client.hangs_up()


@scenario(
    outbound(**talked(("102", "dial")), transfers=[transfer("blind", "102", "201", False)]),
)
async def outbound_blind_refer_unanswered(at: Office) -> None:
    """Bob sends the client that he called to Dave, who never answers."""
    await bob_talks(at)
    await at.bob.transfers_to("201")
    await at.dave.rings()
    await at.client.is_released()


@scenario(
    outbound(
        **talked(("102", "dial"), ("202", "blind_transfer")),
        transfers=[transfer("blind", "102", "700")],
        queue=UNSAID,
    )
)
async def outbound_blind_refer_to_queue(at: Office) -> None:
    """Bob sends the client that he called into the queue of service."""
    await bob_talks(at)
    await at.bob.transfers_to("700")
    await at.erin.answers()
    await at.client.talks_with(at.erin)
    await at.client.hangs_up()


@scenario(
    outbound(
        **talked(("101", "dial"), ("103", "attended_transfer")),
        transfers=[transfer("attended", "101", "103")],
    ),
    on_16=True,
)
async def outbound_attended_refer(at: Office) -> None:
    """Alice has called the client, asks Carol, and connects the two."""
    client = await at.alice.calls(CLIENT)
    await at.client.answers()
    await at.client.talks_with(at.alice)
    await at.alice.holds(client)
    consulted = await at.alice.calls("103")
    await at.carol.answers()
    await at.carol.hears()
    await at.alice.connects(client, consulted)
    await at.client.talks_with(at.carol)
    await at.client.hangs_up()


@scenario(
    outbound(
        **talked(("102", "dial"), ("201", "attended_transfer")) | {"talk_seconds": TALKED_WORDS},
        transfers=[transfer("attended", "102", "201")],
    )
)
async def outbound_attended_code(at: Office) -> None:
    """Bob has called the client, asks Dave by *2, and hangs up."""
    await bob_talks(at)
    await at.transfers_by_keys(at.bob, "*2", "201")
    await at.dave.answers()
    await at.bob.talks_with(at.dave)
    await at.bob.hangs_up()
    for _ in range(WORDS):
        await at.client.talks_with(at.dave)
    await at.client.hangs_up()


@scenario(outbound(**talked(("102", "dial"), ("300", "parking")), transfers=UNSAID))
async def outbound_parked(at: Office) -> None:
    """Bob parks the client that he called; Frank takes him."""
    await bob_talks(at)
    await at.bob.transfers_to("70")
    parked = await at.ami.event("ParkedCall")
    await at.fetches(at.frank, parked["ParkingSpace"])
    await at.client.talks_with(at.frank)
    await at.client.hangs_up()
