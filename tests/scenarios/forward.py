"""A phone sends its calls elsewhere (302), or a person answers on another device."""

from tests.lab.office import (
    ALICE_MOBILE,
    PERSONAL,
    RECEPTION,
    SALES,
    SERVICE,
    SUPPLIER,
    Office,
)
from tests.lab.scenario import scenario
from tests.lab.truth import Record, inbound, missed, talked, transfer

ALICE: Record = {"extension": "101", "mobiles": [ALICE_MOBILE], "endpoints": ["PJSIP/1101"]}


@scenario(inbound(RECEPTION, **talked(("201", "dial"))), on_16=True)
async def forward_to_colleague(at: Office) -> None:
    """Frank's phone sends the call to Dave."""
    await at.client.calls(RECEPTION)
    await at.frank.forwards_to("201")
    await at.dave.answers()
    await at.client.talks_with(at.dave)
    await at.client.hangs_up()


@scenario(inbound(RECEPTION, **missed("no_answer")))
async def forward_unanswered(at: Office) -> None:
    """Frank's phone sends the call to Dave, who never answers."""
    await at.client.calls(RECEPTION)
    await at.frank.forwards_to("201")
    await at.dave.rings()
    await at.client.is_released()


@scenario(inbound(**talked(("202", "dial"))))
async def forward_out_of_group(at: Office) -> None:
    """All of sales rings; Alice's phone sends the call to Erin, who is the first."""
    await at.client.calls(SALES)
    await at.alice.forwards_to("202")
    await at.bob.rings()
    await at.erin.answers()
    await at.bob.stops_ringing()
    await at.client.talks_with(at.erin)
    await at.client.hangs_up()


@scenario(inbound(SERVICE, **talked(("101", "queue")), queue="service"))
async def forward_out_of_queue(at: Office) -> None:
    """The queue rings; Dave's phone sends the call to Alice, who answers."""
    await at.client.calls(SERVICE)
    await at.dave.forwards_to("101")
    await at.alice.answers()
    await at.client.talks_with(at.alice)
    await at.client.hangs_up()


@scenario(inbound(**talked(("101", "dial"))), agents=(ALICE,), on_16=True)
async def forward_to_own_mobile(at: Office) -> None:
    """Alice's phone sends the call to her mobile, where she answers."""
    await at.client.calls(SALES)
    await at.alice.forwards_to(ALICE_MOBILE)
    await at.alice_mobile.answers()
    await at.client.talks_with(at.alice_mobile)
    await at.client.hangs_up()


@scenario(
    inbound(
        **talked(("101", "dial"), ("201", "blind_transfer")),
        transfers=[transfer("blind", "101", "201")],
    )
)
async def forward_then_transfer(at: Office) -> None:
    """Frank is asked by sales' overflow, sends the call to Alice, and she sends it to Dave."""
    await at.client.calls(SALES)
    for one in (at.alice, at.bob, at.carol):
        await one.is_busy()
    await at.frank.forwards_to("101")
    await at.alice.answers()
    await at.client.talks_with(at.alice)
    await at.alice.transfers_to("201")
    await at.dave.answers()
    await at.client.talks_with(at.dave)
    await at.client.hangs_up()


@scenario(inbound(RECEPTION, **talked((SUPPLIER, "dial"))))
async def forward_to_unknown_mobile(at: Office) -> None:
    """Frank's phone sends the call to a number outside that nobody has entered as an agent's."""
    await at.client.calls(RECEPTION)
    await at.frank.forwards_to(SUPPLIER)
    await at.supplier.answers()
    await at.client.talks_with(at.supplier)
    await at.client.hangs_up()


@scenario(inbound(PERSONAL, **talked(("101", "dial"))), agents=(ALICE,))
async def desk_phone_of_three_devices(at: Office) -> None:
    """Alice's desk phone, softphone and mobile ring; she takes the desk phone."""
    await at.client.calls(PERSONAL)
    await at.alice_softphone.rings()
    await at.alice_mobile.rings()
    await at.alice.answers()
    await at.alice_mobile.stops_ringing()
    await at.client.talks_with(at.alice)
    await at.client.hangs_up()


@scenario(inbound(PERSONAL, **talked(("101", "dial"))), agents=(ALICE,), on_16=True)
async def softphone_of_three_devices(at: Office) -> None:
    """All three of Alice's devices ring; she takes the softphone."""
    await at.client.calls(PERSONAL)
    await at.alice.rings()
    await at.alice_mobile.rings()
    await at.alice_softphone.answers()
    await at.alice.stops_ringing()
    await at.client.talks_with(at.alice_softphone)
    await at.client.hangs_up()


@scenario(inbound(PERSONAL, **talked(("101", "dial"))), agents=(ALICE,), on_16=True)
async def mobile_of_three_devices(at: Office) -> None:
    """All three of Alice's devices ring; she takes the mobile."""
    await at.client.calls(PERSONAL)
    await at.alice.rings()
    await at.alice_mobile.answers()
    await at.alice.stops_ringing()
    await at.client.talks_with(at.alice_mobile)
    await at.alice_mobile.hangs_up()
    await at.client.is_released()


@scenario(inbound(PERSONAL, **talked((ALICE_MOBILE, "dial"))))
async def mobile_that_nobody_entered(at: Office) -> None:
    """The mobile answers, but no directory says whose it is: its number is the name."""
    await at.client.calls(PERSONAL)
    await at.alice_mobile.answers()
    await at.client.talks_with(at.alice_mobile)
    await at.client.hangs_up()


@scenario(inbound(PERSONAL, **missed("abandoned")), agents=(ALICE,))
async def three_devices_abandoned(at: Office) -> None:
    """All three of Alice's devices ring; the client gives up."""
    await at.client.calls(PERSONAL)
    await at.alice.rings()
    await at.alice_mobile.rings()
    await at.client.hangs_up()
    await at.alice_mobile.stops_ringing()


@scenario(
    inbound(
        **talked(("102", "dial"), ("101", "blind_transfer")),
        transfers=[transfer("blind", "102", ALICE_MOBILE)],
    ),
    agents=(ALICE,),
)
async def blind_refer_to_mobile_of_colleague(at: Office) -> None:
    """Bob sends the client to Alice's mobile: she is still one of the office."""
    await at.client.calls(SALES)
    await at.bob.answers()
    await at.client.talks_with(at.bob)
    await at.bob.transfers_to(ALICE_MOBILE)
    await at.alice_mobile.answers()
    await at.client.talks_with(at.alice_mobile)
    await at.client.hangs_up()


@scenario(
    inbound(**talked(("202", "dial"))),
    agents=({"extension": "202", "endpoints": ["PJSIP/103", "SIP/103"]},),
    on_16=True,
)
async def hot_desk(at: Office) -> None:
    """Erin works at Carol's desk this week, says the directory."""
    await at.client.calls(SALES)
    await at.carol.answers()
    await at.client.talks_with(at.carol)
    await at.client.hangs_up()
