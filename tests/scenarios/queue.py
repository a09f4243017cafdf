"""A client waits in a queue: `service` rings phones, `projects` rings Local channels."""

from tests.lab.office import OTHER_CLIENT, PROJECTS, SERVICE, Office
from tests.lab.scenario import scenario
from tests.lab.truth import inbound, missed, rang, talked


@scenario(
    inbound(
        SERVICE,
        **talked(("202", "queue")),
        queue="service",
        legs=rang(_201="answered_elsewhere", _202="answered"),
    ),
    on_16=True,
)
async def queue_answered(at: Office) -> None:
    """Both of service ring, Erin answers and hangs up first."""
    await at.client.calls(SERVICE)
    await at.dave.rings()
    await at.erin.answers()
    await at.dave.stops_ringing()
    await at.client.talks_with(at.erin)
    await at.erin.hangs_up()
    await at.client.is_released()


@scenario(inbound(SERVICE, **talked(("201", "queue")), queue="service"))
async def queue_client_hangs_up_first(at: Office) -> None:
    """Dave answers; the client ends the call."""
    await at.client.calls(SERVICE)
    await at.dave.answers()
    await at.client.talks_with(at.dave)
    await at.client.hangs_up()
    await at.dave.is_released()


@scenario(inbound(SERVICE, **missed("abandoned"), queue="service"))
async def queue_abandoned(at: Office) -> None:
    """The client hears the music, then gives up while service rings."""
    await at.client.calls(SERVICE)
    await at.dave.rings()
    await at.client.hangs_up()
    await at.dave.stops_ringing()


@scenario(inbound(SERVICE, **talked(("202", "queue")), queue="service"), on_16=True)
async def queue_answered_at_the_second_ring(at: Office) -> None:
    """Nobody takes the first ring; at the second one Erin does."""
    await at.client.calls(SERVICE)
    await at.erin.rings()
    await at.erin.stops_ringing()
    await at.erin.answers()
    await at.client.talks_with(at.erin)
    await at.client.hangs_up()


@scenario(
    inbound(
        SERVICE,
        **talked(("201", "queue")),
        queue="service",
        legs=rang(_201="answered", _202="declined"),
    )
)
async def queue_declined_by_one(at: Office) -> None:
    """Erin declines, Dave answers."""
    await at.client.calls(SERVICE)
    await at.erin.declines()
    await at.heard_refuse(at.erin)
    await at.dave.answers()
    await at.client.talks_with(at.dave)
    await at.client.hangs_up()


@scenario(inbound(SERVICE, **talked(("201", "queue")), queue="service"))
async def queue_second_rank_answers(at: Office) -> None:
    """Dave is second in rank, and rings only because Erin declines."""
    dave = {"Interface": at.asterisk.devices["201"], "Queue": "service"}
    await at.ami.act("QueuePenalty", **dave, Penalty="1")
    try:
        await at.client.calls(SERVICE)
        await at.erin.is_busy()
        await at.dave.answers()
        await at.client.talks_with(at.dave)
        await at.client.hangs_up()
    finally:
        await at.ami.act("QueuePenalty", **dave, Penalty="0")


@scenario(inbound(SERVICE, **missed("no_answer"), queue="service"))
async def queue_timed_out(at: Office) -> None:
    """Service rings in vain until the queue ends the wait."""
    await at.client.calls(SERVICE)
    await at.dave.rings()
    await at.client.is_released()


@scenario(inbound(PROJECTS, **missed(None, "voicemail"), queue="projects"))
async def queue_timed_out_to_voicemail(at: Office) -> None:
    """The phones behind Local channels ring in vain; the client speaks to the mailbox."""
    await at.client.calls(PROJECTS)
    await at.dave.rings()
    await at.ami.event("Newexten", Application="VoiceMail")
    await at.client.hangs_up()


@scenario(inbound(PROJECTS, **talked(("103", "queue")), queue="projects"), on_16=True)
async def queue_local_member_answered(at: Office) -> None:
    """Carol stands behind a Local channel that stays to the end."""
    await at.client.calls(PROJECTS)
    await at.dave.rings()
    await at.carol.answers()
    await at.dave.stops_ringing()
    await at.client.talks_with(at.carol)
    await at.client.hangs_up()


@scenario(inbound(PROJECTS, **talked(("201", "queue")), queue="projects"))
async def queue_local_member_hangs_up_first(at: Office) -> None:
    """Dave stands behind a Local channel and ends the call."""
    await at.client.calls(PROJECTS)
    await at.dave.answers()
    await at.client.talks_with(at.dave)
    await at.dave.hangs_up()
    await at.client.is_released()


@scenario(inbound(PROJECTS, **missed("abandoned"), queue="projects"))
async def queue_local_members_abandoned(at: Office) -> None:
    """The client gives up while the phones behind Local channels ring."""
    await at.client.calls(PROJECTS)
    await at.carol.rings()
    await at.client.hangs_up()
    await at.carol.stops_ringing()


@scenario(
    inbound(SERVICE, **talked(("201", "queue")), queue="service"),
    inbound(SERVICE, client=OTHER_CLIENT, **talked(("202", "queue")), queue="service"),
    on_16=True,
)
async def queue_serves_two_clients(at: Office) -> None:
    """One client talks with Dave, the next one in the queue with Erin."""
    await at.client.calls(SERVICE)
    await at.dave.answers()
    await at.client.talks_with(at.dave)
    await at.other_client.calls(SERVICE)
    await at.erin.answers()
    await at.other_client.talks_with(at.erin)
    await at.client.hangs_up()
    await at.other_client.hangs_up()
