"""Blind transfers: the agent sends the client on and is gone."""

from tests.lab.office import SALES, Office
from tests.lab.scenario import scenario
from tests.lab.truth import inbound, talked, transfer


@scenario(
    inbound(
        **talked(("101", "dial"), ("201", "blind_transfer")),
        transfers=[transfer("blind", "101", "201")],
    ),
    on_16=True,
)
async def blind_refer_answered(at: Office) -> None:
    """Alice sends the client to Dave, who answers."""
    await at.client.calls(SALES)
    await at.alice.answers()
    await at.client.talks_with(at.alice)
    await at.alice.transfers_to("201")
    await at.dave.answers()
    await at.client.talks_with(at.dave)
    await at.client.hangs_up()
