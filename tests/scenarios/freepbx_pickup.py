"""FreePBX: Grace (107) takes a call that rings at somebody else's phone."""

from tests.lab.freepbx import GROUP, QUEUE, FreePbx, did, inbound, on_freepbx
from tests.lab.truth import talked, transfer

TO_ALICE = did("101")
BY_GRACE = talked(("107", "pickup"))


async def takes(at: FreePbx, code: str) -> None:
    """Grace dials the code while Alice's phone rings, and talks with the client."""
    await at.alice.rings()
    await at.grace.calls(code)
    await at.client.talks_with(at.grace)
    await at.alice.stops_ringing()
    await at.client.hangs_up()


@on_freepbx(inbound(TO_ALICE, **BY_GRACE), on_16=True)
async def pickup_group(at: FreePbx) -> None:
    """Alice's phone rings, Grace dials *8."""
    await at.client.calls(TO_ALICE)
    await takes(at, "*8")


@on_freepbx(inbound(TO_ALICE, **BY_GRACE), on_16=True)
async def pickup_directed(at: FreePbx) -> None:
    """Alice's phone rings, Grace dials **101."""
    await at.client.calls(TO_ALICE)
    await takes(at, "**101")


@on_freepbx(inbound(GROUP, **BY_GRACE))
async def pickup_of_group_call(at: FreePbx) -> None:
    """The sales group rings, Grace dials **304."""
    await at.client.calls(GROUP)
    await takes(at, "**304")


@on_freepbx(inbound(QUEUE, **BY_GRACE, queue="1301"), on_16=True)
async def pickup_directed_queue(at: FreePbx) -> None:
    """A queue call rings at Alice's, Grace dials **101: the queue goes on to say Alice."""
    await at.client.calls(QUEUE)
    await takes(at, "**101")


@on_freepbx(inbound(QUEUE, **BY_GRACE, queue="1301"))
async def pickup_group_queue(at: FreePbx) -> None:
    """A queue call rings at three phones, Grace dials *8."""
    await at.client.calls(QUEUE)
    await takes(at, "*8")


@on_freepbx(
    inbound(
        QUEUE,
        **talked(("107", "pickup"), ("103", "blind_transfer")),
        queue="1301",
        transfers=[transfer("blind", "107", "103")],
    ),
    on_16=True,
)
async def pickup_queue_then_blind(at: FreePbx) -> None:
    """Grace takes a queue call that rings at Alice's, and sends the client to Carol."""
    await at.client.calls(QUEUE)
    await at.alice.rings()
    await at.grace.calls("**101")
    await at.client.talks_with(at.grace)
    await at.grace.transfers_to("103")
    await at.carol.answers()
    await at.client.talks_with(at.carol)
    await at.client.hangs_up()
