"""FreePBX: transfers of a call that came to an extension, by REFER and by feature code."""

from typing import Any

from tests.lab.freepbx import SHOWN, STRANGER, FreePbx, did, inbound, on_freepbx, undecided
from tests.lab.truth import outbound, talked, transfer

TO_ALICE, TO_DAVE, TO_FRANK = map(did, ("101", "104", "106"))
ASKED = talked(("101", "dial"), ("106", "attended_transfer"))
TO_A_MANY = {"kind": "attended", "completed": True}


def sent(to: str, how: str = "blind_transfer") -> dict[str, Any]:
    """Alice talked, and then whom she sent the client to."""
    kind = how.removesuffix("_transfer")
    return {**talked(("101", "dial"), (to, how)), "transfers": [transfer(kind, "101", to)]}


@on_freepbx(inbound(TO_ALICE, **sent("106"), recordings=[{}, {}]), on_16=True)
async def blind_refer(at: FreePbx) -> None:
    """Alice sends the client to Frank: a second recorder starts on the client's channel."""
    await at.reaches(at.alice, TO_ALICE)
    await at.alice.transfers_to("106")
    await at.frank.answers()
    await at.client.talks_with(at.frank)
    await at.client.hangs_up()


@on_freepbx(inbound(TO_ALICE, **sent("106")), on_16=True)
async def blind_code(at: FreePbx) -> None:
    """Alice presses ## and Frank's number."""
    await at.reaches(at.alice, TO_ALICE)
    await at.transfers_by_keys(at.alice, "##", "106")
    await at.frank.answers()
    await at.client.talks_with(at.frank)
    await at.client.hangs_up()


@on_freepbx(
    inbound(TO_ALICE, **talked(("101", "dial")), transfers=[transfer("blind", "101", "107", False)])
)
async def blind_refer_unanswered(at: FreePbx) -> None:
    """Alice sends the client to Grace, who is silent."""
    await at.reaches(at.alice, TO_ALICE)
    await at.alice.transfers_to("107")
    await at.grace.rings()
    await at.client.is_released()


@on_freepbx(
    inbound(
        TO_ALICE,
        **talked(("101", "dial"), ("106", "blind_transfer"), ("107", "blind_transfer")),
        transfers=[transfer("blind", "101", "106"), transfer("blind", "106", "107")],
    )
)
async def blind_chain(at: FreePbx) -> None:
    """Alice sends the client to Frank, and he to Grace."""
    await at.reaches(at.alice, TO_ALICE)
    await at.alice.transfers_to("106")
    await at.frank.answers()
    await at.client.talks_with(at.frank)
    await at.frank.transfers_to("107")
    await at.grace.answers()
    await at.client.talks_with(at.grace)
    await at.client.hangs_up()


@on_freepbx(inbound(TO_ALICE, **sent("106", "attended_transfer")), on_16=True)
async def attended_refer(at: FreePbx) -> None:
    """Alice asks Frank and connects the two."""
    client = await at.reaches(at.alice, TO_ALICE)
    consulted = await at.asks(at.alice, client, "106", at.frank)
    await at.alice.connects(client, consulted)
    await at.client.talks_with(at.frank)
    await at.client.hangs_up()


@on_freepbx(inbound(TO_ALICE, **sent("106", "attended_transfer")), on_16=True)
async def attended_code(at: FreePbx) -> None:
    """Alice presses *2 and Frank's number, asks him and hangs up."""
    await at.reaches(at.alice, TO_ALICE)
    await at.transfers_by_keys(at.alice, "*2", "106")
    await at.frank.answers()
    await at.alice.talks_with(at.frank)
    await at.alice.hangs_up()
    await at.client.talks_with(at.frank)
    await at.client.hangs_up()


@on_freepbx(undecided(inbound(TO_ALICE, **talked(("101", "dial"))), "transfers"), on_16=True)
async def attended_code_returned(at: FreePbx) -> None:
    """Frank will not take the client and hangs up: Alice is back."""
    await at.reaches(at.alice, TO_ALICE)
    await at.transfers_by_keys(at.alice, "*2", "106")
    await at.frank.answers()
    await at.alice.talks_with(at.frank)
    await at.frank.hangs_up()
    await at.client.talks_with(at.alice)
    await at.client.hangs_up()


@on_freepbx(inbound(TO_ALICE, **{**sent("106"), **ASKED, "transfers": [{"kind": "blonde"}]}))
async def blonde_refer(at: FreePbx) -> None:
    """Alice connects while Frank's phone still rings."""
    client = await at.reaches(at.alice, TO_ALICE)
    await at.alice.holds(client)
    consulted = await at.alice.calls("106")
    await at.alice.hears_ringing()
    await at.alice.connects(client, consulted)
    await at.frank.answers()
    await at.client.talks_with(at.frank)
    await at.client.hangs_up()


@on_freepbx(
    inbound(
        TO_ALICE,
        **talked(("101", "dial"), ("103", "blind_transfer")),
        transfers=[transfer("blind", "101", "304")],
    ),
    on_16=True,
)
async def blind_to_rg(at: FreePbx) -> None:
    """Alice sends the client to her own group: her phone rings again, Carol answers."""
    await at.reaches(at.alice, TO_ALICE)
    await at.alice.transfers_to("304")
    await at.alice.rings()
    await at.carol.answers()
    await at.client.talks_with(at.carol)
    await at.client.hangs_up()


@on_freepbx(
    inbound(
        TO_FRANK,
        **talked(("106", "dial"), ("102", "attended_transfer")),
        transfers=[{**TO_A_MANY, "by": "106"}],
    ),
    on_16=True,
)
async def attended_to_rg(at: FreePbx) -> None:
    """Frank asks the sales group, where Bob answers, and connects."""
    client = await at.reaches(at.frank, TO_FRANK)
    consulted = await at.asks(at.frank, client, "304", at.bob)
    await at.frank.connects(client, consulted)
    await at.client.talks_with(at.bob)
    await at.client.hangs_up()


@on_freepbx(
    undecided(
        inbound(
            TO_FRANK,
            **talked(("106", "dial"), ("102", "blind_transfer")),
            transfers=[transfer("blind", "106", "1301")],
        ),
        "queue",
    ),
    on_16=True,
)
async def blind_to_queue(at: FreePbx) -> None:
    """Frank sends the client to his own queue: his phone rings again, Bob answers."""
    await at.reaches(at.frank, TO_FRANK)
    await at.frank.transfers_to("1301")
    await at.frank.rings()
    await at.bob.answers()
    await at.client.talks_with(at.bob)
    await at.client.hangs_up()


@on_freepbx(
    undecided(inbound(TO_ALICE, **ASKED, transfers=[{**TO_A_MANY, "by": "101"}]), "queue"),
    on_16=True,
)
async def attended_to_queue(at: FreePbx) -> None:
    """Alice asks in the queue, where Frank answers, and connects."""
    client = await at.reaches(at.alice, TO_ALICE)
    consulted = await at.asks(at.alice, client, "1301", at.frank)
    await at.alice.connects(client, consulted)
    await at.client.talks_with(at.frank)
    await at.client.hangs_up()


@on_freepbx(
    inbound(
        TO_ALICE,
        **talked(("101", "dial")),
        transfers=[transfer("blind", "101", f"+{STRANGER}")],
        transferred_out=f"+{STRANGER}",
    ),
    on_16=True,
)
async def transfer_out_to_mobile(at: FreePbx) -> None:
    """Alice sends the client to an outside number."""
    await at.reaches(at.alice, TO_ALICE)
    await at.alice.transfers_to(STRANGER)
    await at.stranger.answers()
    await at.client.talks_with(at.stranger)
    await at.client.hangs_up()


@on_freepbx(
    inbound(
        TO_ALICE,
        **talked(("101", "dial")),
        transfers=[{"kind": "attended", "by": "101"}],
        transferred_out=f"+{STRANGER}",
    ),
    undecided(
        outbound(f"+{SHOWN}", f"+{STRANGER}", **talked(("101", "dial"))),
        "transfers",
        "transferred_out",
    ),
    on_16=True,
)
async def attended_out_to_mobile(at: FreePbx) -> None:
    """Alice calls somebody outside, a call of its own, and connects the client with them."""
    client = await at.reaches(at.alice, TO_ALICE)
    consulted = await at.asks(at.alice, client, STRANGER, at.stranger)
    await at.alice.connects(client, consulted)
    await at.client.talks_with(at.stranger)
    await at.client.hangs_up()


@on_freepbx(
    undecided(
        inbound(TO_ALICE, **talked(("101", "dial"), ("102", "parking"))),
        "transfers",
    ),
    on_16=True,
)
async def park_and_retrieve(at: FreePbx) -> None:
    """Alice parks the client, Bob fetches them."""
    await at.reaches(at.alice, TO_ALICE)
    await at.alice.transfers_to("70")
    parked = await at.ami.event("ParkedCall")
    await at.fetches(at.bob, parked["ParkingSpace"])
    await at.client.talks_with(at.bob)
    await at.client.hangs_up()


@on_freepbx(inbound(TO_ALICE, **sent("105")), on_16=True)
async def blind_to_followme_mobile(at: FreePbx) -> None:
    """Alice sends the client to Erin, who answers on her mobile."""
    await at.reaches(at.alice, TO_ALICE)
    await at.alice.transfers_to("105")
    await at.erin_mobile.answers()
    await at.client.talks_with(at.erin_mobile)
    await at.client.hangs_up()


@on_freepbx(
    inbound(
        TO_DAVE,
        **talked(("103", "dial"), ("106", "blind_transfer")),
        transfers=[transfer("blind", "103", "106")],
    ),
    on_16=True,
)
async def blind_refer_of_forwarded_call(at: FreePbx) -> None:
    """Dave's calls go to Carol, and she sends the client to Frank."""
    async with at.stored("CF", "104", "103"):
        await at.reaches(at.carol, TO_DAVE)
    await at.carol.transfers_to("106")
    await at.frank.answers()
    await at.client.talks_with(at.frank)
    await at.client.hangs_up()


@on_freepbx(inbound(TO_ALICE, **talked(("101", "dial"))))
async def attended_refer_given_up(at: FreePbx) -> None:
    """Frank declines to be asked, and Alice goes on with the client."""
    client = await at.reaches(at.alice, TO_ALICE)
    await at.alice.holds(client)
    await at.alice.calls("106")
    await at.frank.declines()
    await at.alice.resumes(client)
    await at.client.hears()
    await at.alice.hears(client)
    await at.client.hangs_up()


@on_freepbx(
    inbound(TO_ALICE, **talked(("101", "dial")), transfers=[{"kind": "blonde", "completed": False}])
)
async def blonde_refer_unanswered(at: FreePbx) -> None:
    """Alice connects while Frank's phone rings, and nobody answers there."""
    client = await at.reaches(at.alice, TO_ALICE)
    await at.alice.holds(client)
    consulted = await at.alice.calls("106")
    await at.alice.hears_ringing()
    await at.alice.connects(client, consulted)
    await at.client.is_released()
