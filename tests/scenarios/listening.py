"""A third one in the call: a head of department who listens, or a conference of three."""

from tests.lab.office import SALES, SERVICE, Office
from tests.lab.scenario import scenario
from tests.lab.truth import UNSAID, inbound, outbound, spoke, talked
from tests.scenarios.attended import alice_talks
from tests.scenarios.outgoing import bob_talks


async def frank_spies(at: Office, code: str) -> None:
    """Frank dials a listening code and hears."""
    await at.frank.calls(code)
    await at.frank.is_answered()
    await at.frank.hears()


@scenario(inbound(**talked(("101", "dial"))), on_16=True)
async def spied_upon(at: Office) -> None:
    """Frank listens to Alice: he is nobody who talked."""
    await alice_talks(at)
    await frank_spies(at, "*51101")
    await at.client.talks_with(at.alice)
    await at.client.hangs_up()


@scenario(inbound(**talked(("101", "dial"))))
async def whispered_to(at: Office) -> None:
    """Frank whispers to Alice; the client does not hear him."""
    await alice_talks(at)
    await frank_spies(at, "*52101")
    await at.client.talks_with(at.alice)
    await at.alice.hangs_up()


@scenario(inbound(**talked(("101", "dial"))))
async def barged_into(at: Office) -> None:
    """Frank speaks to both: still a spy, whose channel is in no mixing bridge."""
    await alice_talks(at)
    await frank_spies(at, "*53101")
    await at.client.talks_with(at.alice)
    await at.client.hangs_up()


@scenario(outbound(**talked(("102", "dial"))))
async def outbound_spied_upon(at: Office) -> None:
    """Frank listens to Bob, who has called the client."""
    await bob_talks(at)
    await frank_spies(at, "*51102")
    await at.client.talks_with(at.bob)
    await at.frank.hangs_up()
    await at.client.talks_with(at.bob)
    await at.client.hangs_up()


@scenario(inbound(**spoke("101", "201"), transfers=UNSAID), on_16=True)
async def conference_of_three(at: Office) -> None:
    """Alice sends the client into a room and follows, Dave joins; Alice leaves first."""
    await alice_talks(at)
    await at.alice.transfers_to("801")
    await at.alice.calls("801")
    await at.client.talks_with(at.alice)
    await at.dave.calls("801")
    await at.client.talks_with(at.dave)
    await at.alice.hangs_up()
    await at.client.talks_with(at.dave)
    await at.client.hangs_up()
    await at.dave.hangs_up()


@scenario(inbound(SERVICE, **spoke("202", "103"), transfers=UNSAID, queue="service"))
async def conference_by_redirect(at: Office) -> None:
    """A CRM moves Erin and her client into a room; Carol joins, Erin leaves."""
    await at.client.calls(SERVICE)
    await at.erin.answers()
    await at.client.talks_with(at.erin)
    await at.ami.act(
        "Redirect",
        Channel=at.channel("PJSIP/trunk"),
        Context="from-office",
        Exten="801",
        Priority="1",
        ExtraChannel=at.channel(at.asterisk.devices["202"]),
        ExtraContext="from-office",
        ExtraExten="801",
        ExtraPriority="1",
    )
    await at.carol.calls("801")
    await at.client.talks_with(at.erin, at.carol)
    await at.erin.hangs_up()
    await at.client.talks_with(at.carol)
    await at.client.hangs_up()
    await at.carol.hangs_up()


@scenario(inbound(**spoke("101"), transfers=UNSAID))
async def conference_that_nobody_joins(at: Office) -> None:
    """Alice sends the client into a room, where he waits in vain."""
    await at.client.calls(SALES)
    await at.alice.answers()
    await at.client.talks_with(at.alice)
    await at.alice.transfers_to("803")
    await at.ami.event("ConfbridgeJoin")
    await at.client.hangs_up()
