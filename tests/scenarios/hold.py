"""Hold: the client hears music, which is not talk."""

from tests.lab.office import OTHER_CLIENT, SALES, Office
from tests.lab.scenario import scenario
from tests.lab.truth import between, inbound, outbound, talked

# A word of music at least, and a scenario never lasts as long as this.
HELD = between(0.2, 20)
NEVER = between(0, 0)


@scenario(inbound(**talked(("101", "dial")), hold_seconds=HELD), on_16=True)
async def hold_and_resume(at: Office) -> None:
    """Alice lets the client wait, and takes him back."""
    await at.client.calls(SALES)
    client = await at.alice.answers()
    await at.client.talks_with(at.alice)
    await at.alice.holds(client)
    await at.client.hears()
    await at.alice.resumes(client)
    await at.client.talks_with(at.alice)
    await at.client.hangs_up()


@scenario(inbound(**talked(("101", "dial")), hold_seconds=NEVER))
async def never_held(at: Office) -> None:
    """Alice talks with the client all the time."""
    await at.client.calls(SALES)
    await at.alice.answers()
    await at.client.talks_with(at.alice)
    await at.client.hangs_up()


@scenario(inbound(**talked(("102", "dial")), hold_seconds=HELD))
async def held_until_the_client_gives_up(at: Office) -> None:
    """Bob never comes back; the client hangs up."""
    await at.client.calls(SALES)
    client = await at.bob.answers()
    await at.client.talks_with(at.bob)
    await at.bob.holds(client)
    await at.client.hears()
    await at.client.hangs_up()


@scenario(outbound(**talked(("102", "dial")), hold_seconds=HELD))
async def outbound_hold_and_resume(at: Office) -> None:
    """Bob calls the client, lets him wait, and takes him back."""
    await at.bob.calls("+79161234561")
    await at.client.answers()
    await at.client.talks_with(at.bob)
    await at.bob.holds()
    await at.client.hears()
    await at.bob.resumes()
    await at.client.talks_with(at.bob)
    await at.bob.hangs_up()


@scenario(
    inbound(**talked(("101", "dial")), hold_seconds=HELD),
    inbound(client=OTHER_CLIENT, **talked(("101", "dial")), hold_seconds=NEVER),
    on_16=True,
)
async def one_agent_two_clients(at: Office) -> None:
    """Alice lets one client wait for another, then goes back to the first."""
    await at.client.calls(SALES)
    first = await at.alice.answers()
    await at.client.talks_with(at.alice)
    await at.alice.holds(first)
    await at.other_client.calls(SALES)
    second = await at.alice.answers()
    await at.other_client.hears()
    await at.alice.hears(second)
    await at.alice.hangs_up(second)
    await at.alice.resumes(first)
    await at.client.talks_with(at.alice)
    await at.client.hangs_up()
