"""Somebody outside takes part: a client is sent to him, or the agent asks him for advice."""

from tests.lab.line import Line
from tests.lab.office import OTHER_CLIENT, SALES, SUPPLIER, Office
from tests.lab.scenario import scenario
from tests.lab.truth import UNSAID, inbound, outbound, talked, transfer
from tests.scenarios.attended import HELD, alice_holds, alice_talks
from tests.scenarios.outgoing import unreached


@scenario(
    inbound(
        **talked(("101", "dial")),
        transfers=[transfer("blind", "101", SUPPLIER)],
        transferred_out=SUPPLIER,
    ),
    on_16=True,
)
async def blind_refer_to_outside(at: Office) -> None:
    """Alice sends the client to a supplier, and the two talk: one call of one client."""
    await alice_talks(at)
    await at.alice.transfers_to(SUPPLIER)
    await at.supplier.answers()
    await at.client.talks_with(at.supplier)
    await at.client.hangs_up()


@scenario(
    inbound(
        **talked(("101", "dial")),
        transfers=[transfer("blind", "101", UNSAID, False)],
        transferred_out=UNSAID,
    )
)
async def blind_refer_to_outside_unanswered(at: Office) -> None:
    """Alice sends the client to a supplier, who never answers."""
    await alice_talks(at)
    await at.alice.transfers_to(SUPPLIER)
    await at.supplier.rings()
    await at.client.is_released()


@scenario(
    inbound(
        **talked(("101", "dial")),
        transfers=[transfer("blind", "101", SUPPLIER)],
        transferred_out=SUPPLIER,
    )
)
async def blind_code_to_outside(at: Office) -> None:
    """Alice presses ## and the supplier's number."""
    await alice_talks(at)
    await at.transfers_by_keys(at.alice, "##", "89161234571")
    await at.supplier.answers()
    await at.client.talks_with(at.supplier)
    await at.supplier.hangs_up()
    await at.client.is_released()


@scenario(
    inbound(**talked(("101", "dial")), hold_seconds=HELD),
    outbound(client=SUPPLIER, **talked(("101", "dial"))),
    on_16=True,
)
async def supplier_asked(at: Office) -> None:
    """Alice asks a supplier while the client waits, and comes back."""
    client = await alice_holds(at)
    asked = await at.alice.calls(SUPPLIER)
    await at.supplier.answers()
    await at.alice.hears(asked)
    await at.supplier.talks_with()
    await at.supplier.hangs_up()
    await at.alice.is_released(asked)
    await at.alice.resumes(client)
    await at.client.talks_with(at.alice)
    await at.client.hangs_up()


@scenario(
    inbound(
        **talked(("101", "dial")),
        transfers=[transfer("attended", "101", SUPPLIER)],
        transferred_out=SUPPLIER,
    ),
    outbound(client=SUPPLIER, **talked(("101", "dial")), transfers=UNSAID, transferred_out=UNSAID),
    on_16=True,
)
async def supplier_connected(at: Office) -> None:
    """Alice asks a supplier and connects him with the client."""
    client = await alice_holds(at)
    asked = await at.alice.calls(SUPPLIER)
    await at.supplier.answers()
    await at.supplier.talks_with()
    await at.alice.connects(client, asked)
    await at.client.talks_with(at.supplier)
    await at.client.hangs_up()


@scenario(
    inbound(
        **talked(("101", "dial")),
        transfers=[transfer("attended", "101", SUPPLIER)],
        transferred_out=SUPPLIER,
    ),
    # Of the number that the supplier is shown: Asterisk tells both halves of the Local channel who
    # calls, and now and then that comes after the dialplan has set the company's number.
    outbound(
        did=UNSAID,
        client=SUPPLIER,
        **talked(("101", "dial")),
        transfers=UNSAID,
        transferred_out=UNSAID,
    ),
)
async def supplier_connected_by_code(at: Office) -> None:
    """Alice asks a supplier by *2 and hangs up: the client is his."""
    await alice_talks(at)
    await at.transfers_by_keys(at.alice, "*2", SUPPLIER[1:])
    await at.supplier.answers()
    await at.alice.talks_with(at.supplier)
    await at.alice.hangs_up()
    await at.client.talks_with(at.supplier)
    await at.client.hangs_up()


@scenario(
    inbound(**talked(("101", "dial"))),
    outbound(did=UNSAID, client=SUPPLIER, **talked(("101", None))),
    on_16=True,
)
async def supplier_asked_by_the_other_operator(at: Office) -> None:
    """Alice asks a supplier by *2. The first operator cannot take the call, the other does: one
    call."""
    await alice_talks(at)
    await at.transfers_by_keys(at.alice, "*2", SUPPLIER[1:])
    await supplier_talks_by_the_other_operator(at)


@scenario(
    inbound(**talked(("101", "dial")), transfers=UNSAID),
    outbound(did=UNSAID, client=SUPPLIER, **talked(("101", None)), transfers=UNSAID),
    on_16=True,
)
async def asked_colleague_sends_outside(at: Office) -> None:
    """Alice asks Dave by *2, who sends her on to a supplier. The first operator cannot take the
    call, the other does: one call, and it is hers."""
    await alice_talks(at)
    await at.transfers_by_keys(at.alice, "*2", "201")
    await at.dave.answers()
    await at.alice.talks_with(at.dave)
    await at.dave.transfers_to(SUPPLIER)
    await supplier_talks_by_the_other_operator(at)


async def supplier_talks_by_the_other_operator(at: Office) -> None:
    """The first operator refuses, the other brings Alice to the supplier; then the client has her
    again, to the end."""
    supplier = Line(at.backup_operator, SUPPLIER)
    await at.supplier.declines(503)
    await supplier.answers()
    await at.alice.talks_with(supplier)
    await supplier.hangs_up()
    await at.client.talks_with(at.alice)
    await at.client.hangs_up()


@scenario(
    inbound(**talked(("101", "dial")), transfers=UNSAID),
    outbound(did=UNSAID, client=SUPPLIER, **unreached("busy", "101")),
)
async def asked_colleague_sends_outside_in_vain(at: Office) -> None:
    """Alice asks Dave by *2, who sends her on to a supplier, who is busy: she called
    him. She hangs up, and the client, who has that call now, does so, too."""
    await alice_talks(at)
    await at.transfers_by_keys(at.alice, "*2", "201")
    await at.dave.answers()
    await at.alice.talks_with(at.dave)
    await at.dave.transfers_to(SUPPLIER)
    await at.supplier.is_busy()
    await at.alice.hangs_up()
    await at.client.hangs_up()


@scenario(outbound(client=SUPPLIER, **unreached("busy", "101"), transfers=UNSAID), on_16=True)
async def colleague_left_with_a_ringing_supplier(at: Office) -> None:
    """Alice talks with Bob, calls a supplier, and connects the two before he declines."""
    inside = await at.alice.calls("102")
    await at.bob.answers()
    await at.alice.talks_with(at.bob)
    await at.alice.holds(inside)
    outside = await at.alice.calls(SUPPLIER)
    await at.supplier.rings()
    await at.alice.hears_ringing()
    await at.alice.connects(inside, outside)
    await at.supplier.is_busy()
    await at.bob.is_released()


@scenario(
    inbound(**talked(("101", "dial")), transfers=UNSAID, transferred_out=UNSAID),
    inbound(
        client=OTHER_CLIENT, **talked(("101", "dial")), transfers=UNSAID, transferred_out=UNSAID
    ),
)
async def two_clients_connected(at: Office) -> None:
    """Alice connects two clients with each other: she was the last of the office for both."""
    first = await alice_holds(at)
    await at.other_client.calls(SALES)
    second = await at.alice.answers()
    await at.other_client.hears()
    await at.alice.connects(first, second)
    await at.client.talks_with(at.other_client)
    await at.client.hangs_up()
