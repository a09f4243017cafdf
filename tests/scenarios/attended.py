"""Attended transfers: the agent asks a colleague before the client is handed over."""

from tests.lab.office import SALES, Office
from tests.lab.scenario import scenario
from tests.lab.truth import inbound, talked, transfer


@scenario(
    inbound(
        **talked(("101", "dial"), ("201", "attended_transfer")),
        transfers=[transfer("attended", "101", "201")],
    ),
    on_16=True,
)
async def attended_refer_completed(at: Office) -> None:
    """Alice holds the client, asks Dave, and connects the two."""
    await at.client.calls(SALES)
    client = await at.alice.answers()
    await at.client.talks_with(at.alice)
    await at.alice.holds(client)
    consulted = await at.alice.calls("201")
    await at.dave.answers()
    await at.dave.hears()
    await at.alice.connects(client, consulted)
    await at.client.talks_with(at.dave)
    await at.client.hangs_up()
