"""FreePBX: transfers out of the queue. Who is transferred is the queue's Local channel, and the
channel called `Local/102@from-queue` then carries somebody else."""

from typing import Any

from tests.lab.freepbx import QUEUE, FreePbx, inbound, on_freepbx
from tests.lab.truth import Record, talked, transfer


def by_bob(how: str, **but: Any) -> Record:
    """Bob talked from the queue, then Grace."""
    sent = [transfer(how.removesuffix("_transfer"), "102", "107")]
    both = talked(("102", "queue"), ("107", how))
    return inbound(QUEUE, **both, queue="1301", transfers=sent, **but)


@on_freepbx(by_bob("blind_transfer"), on_16=True)
async def blind_refer_from_queue(at: FreePbx) -> None:
    """Bob sends the client to Grace."""
    await at.reaches(at.bob, QUEUE)
    await at.bob.transfers_to("107")
    await at.grace.answers()
    await at.client.talks_with(at.grace)
    await at.client.hangs_up()


@on_freepbx(by_bob("blind_transfer"), on_16=True)
async def blind_code_from_queue(at: FreePbx) -> None:
    """Bob presses ## and the number of Grace, who hangs up first."""
    await at.reaches(at.bob, QUEUE)
    await at.transfers_by_keys(at.bob, "##", "107")
    await at.grace.answers()
    await at.client.talks_with(at.grace)
    await at.grace.hangs_up()
    await at.client.is_released()


@on_freepbx(by_bob("attended_transfer"), on_16=True)
async def attended_refer_from_queue(at: FreePbx) -> None:
    """Bob asks Grace and connects the two."""
    client = await at.reaches(at.bob, QUEUE)
    consulted = await at.asks(at.bob, client, "107", at.grace)
    await at.bob.connects(client, consulted)
    await at.client.talks_with(at.grace)
    await at.client.hangs_up()


@on_freepbx(by_bob("attended_transfer"), on_16=True)
async def attended_code_from_queue(at: FreePbx) -> None:
    """Bob presses *2 and the number of Grace, asks her and hangs up."""
    await at.reaches(at.bob, QUEUE)
    await at.transfers_by_keys(at.bob, "*2", "107")
    await at.grace.answers()
    await at.bob.talks_with(at.grace)
    await at.bob.hangs_up()
    await at.client.talks_with(at.grace)
    await at.client.hangs_up()


@on_freepbx(
    inbound(
        QUEUE,
        **talked(("102", "queue"), ("103", "blind_transfer")),
        queue="1301",
        transfers=[transfer("blind", "102", "304")],
    ),
    on_16=True,
)
async def blind_from_queue_to_rg(at: FreePbx) -> None:
    """Bob sends the client to the sales group: his phone rings again, Carol answers."""
    await at.reaches(at.bob, QUEUE)
    await at.bob.transfers_to("304")
    await at.bob.rings()
    await at.carol.answers()
    await at.client.talks_with(at.carol)
    await at.client.hangs_up()


@on_freepbx(
    inbound(
        QUEUE,
        **talked(("102", "queue"), ("106", "blind_transfer")),
        queue="1301",
        transfers=[transfer("blind", "102", "1301")],
    ),
    on_16=True,
)
async def blind_from_queue_to_queue(at: FreePbx) -> None:
    """Bob puts the client back into the queue, where Frank answers."""
    await at.reaches(at.bob, QUEUE)
    await at.bob.transfers_to("1301")
    await at.frank.answers()
    await at.client.talks_with(at.frank)
    await at.client.hangs_up()


@on_freepbx(
    inbound(
        QUEUE,
        **talked(("102", "queue"), ("107", "blind_transfer"), ("102", "blind_transfer")),
        queue="1301",
        transfers=[transfer("blind", "102", "107"), transfer("blind", "107", "102")],
    )
)
async def blind_from_queue_and_back(at: FreePbx) -> None:
    """Bob sends the client to Grace, and she sends them back."""
    await at.reaches(at.bob, QUEUE)
    await at.bob.transfers_to("107")
    await at.grace.answers()
    await at.client.talks_with(at.grace)
    await at.grace.transfers_to("102")
    await at.bob.answers()
    await at.client.talks_with(at.bob)
    await at.client.hangs_up()
