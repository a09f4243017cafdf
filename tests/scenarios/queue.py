"""A client waits in the queue of the service department."""

from tests.lab.office import SERVICE, Office
from tests.lab.scenario import scenario
from tests.lab.truth import inbound, missed, talked


@scenario(inbound(SERVICE, **talked(("202", "queue")), queue="service"), on_16=True)
async def queue_answered(at: Office) -> None:
    """Both of service ring, Erin answers and hangs up first."""
    await at.client.calls(SERVICE)
    await at.dave.rings()
    await at.erin.answers()
    await at.dave.stops_ringing()
    await at.client.talks_with(at.erin)
    await at.erin.hangs_up()
    await at.client.is_released()


@scenario(inbound(SERVICE, **missed("abandoned"), queue="service"))
async def queue_abandoned(at: Office) -> None:
    """The client hears the music, then gives up while service rings."""
    await at.client.calls(SERVICE)
    await at.dave.rings()
    await at.client.hangs_up()
    await at.dave.stops_ringing()
