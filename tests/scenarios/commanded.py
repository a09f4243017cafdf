"""Calls that a program moves: AMI actions, and an ARI application."""

from tests.lab.ari import application
from tests.lab.office import SALES, STASIS, Office
from tests.lab.scenario import scenario
from tests.lab.truth import UNSAID, inbound, spoke, talked, transfer
from tests.scenarios.attended import alice_talks


async def redirects_client(at: Office, extension: str) -> None:
    """A program sends the client's channel to an extension."""
    await at.ami.act(
        "Redirect",
        Channel=at.channel("PJSIP/trunk"),
        Context="from-office",
        Exten=extension,
        Priority="1",
    )


@scenario(inbound(**talked(("101", "dial"), ("201", "redirect"))), on_16=True)
async def ami_redirect(at: Office) -> None:
    """The CRM moves the client from Alice to Dave."""
    await alice_talks(at)
    await redirects_client(at, "201")
    await at.alice.is_released()
    await at.dave.answers()
    await at.client.talks_with(at.dave)
    await at.client.hangs_up()


@scenario(inbound(**talked(("101", "dial"))))
async def ami_redirect_unanswered(at: Office) -> None:
    """The CRM moves the client from Alice to Dave, who never answers."""
    await alice_talks(at)
    await redirects_client(at, "201")
    await at.dave.rings()
    await at.client.is_released()


@scenario(
    inbound(
        **talked(("101", "dial"), ("201", "blind_transfer")),
        transfers=[transfer("blind", "101", "201")],
    )
)
async def ami_blind_transfer(at: Office) -> None:
    """The CRM transfers for Alice (BlindTransfer)."""
    await alice_talks(at)
    await at.ami.act(
        "BlindTransfer",
        Channel=at.channel(at.asterisk.devices["101"]),
        Context="from-office",
        Exten="201",
    )
    await at.dave.answers()
    await at.client.talks_with(at.dave)
    await at.client.hangs_up()


@scenario(
    inbound(
        **talked(("101", "dial"), ("201", "attended_transfer")),
        transfers=[transfer("attended", "101", "201")],
    )
)
async def ami_attended_transfer(at: Office) -> None:
    """The CRM presses *2 for Alice (Atxfer); she asks Dave and hangs up."""
    await alice_talks(at)
    await at.ami.act(
        "Atxfer",
        Channel=at.channel(at.asterisk.devices["101"]),
        Context="from-office",
        Exten="201",
    )
    await at.dave.answers()
    await at.alice.talks_with(at.dave)
    await at.alice.hangs_up()
    await at.client.talks_with(at.dave)
    await at.client.hangs_up()


@scenario(inbound(**talked(("101", "dial"), ("300", "parking")), transfers=UNSAID))
async def ami_park(at: Office) -> None:
    """The CRM parks Alice's client (Park); Frank takes him."""
    await alice_talks(at)
    await at.ami.act("Park", Channel=at.channel("PJSIP/trunk"))
    parked = await at.ami.event("ParkedCall")
    await at.fetches(at.frank, parked["ParkingSpace"])
    await at.client.talks_with(at.frank)
    await at.client.hangs_up()


@scenario(inbound(STASIS, **spoke("101")), on_16=True)
async def ari_bridge(at: Office) -> None:
    """An application calls Alice and bridges her with the client."""
    async with application(at.asterisk.ports.http, at.asterisk.secret) as app:
        await at.client.calls(STASIS)
        client = await app.entered()
        await app.calls(at.asterisk.devices["101"])
        await at.alice.answers()
        await app.bridge(client, await app.entered())
        await at.client.talks_with(at.alice)
        await at.alice.hangs_up()
        await app.hangs_up(client)


@scenario(inbound(STASIS, **spoke("101", "202")))
async def ari_bridge_handed_over(at: Office) -> None:
    """The application adds Erin to the bridge; then Alice leaves."""
    async with application(at.asterisk.ports.http, at.asterisk.secret) as app:
        await at.client.calls(STASIS)
        client = await app.entered()
        await app.calls(at.asterisk.devices["101"])
        await at.alice.answers()
        bridge = await app.bridge(client, await app.entered())
        await at.client.talks_with(at.alice)
        await app.calls(at.asterisk.devices["202"])
        await at.erin.answers()
        await app.adds(bridge, await app.entered())
        await at.client.talks_with(at.erin)
        await at.alice.hangs_up()
        await at.client.talks_with(at.erin)
        await at.client.hangs_up()
        await at.erin.hangs_up()


@scenario(inbound(**spoke("101", "103"), transfers=UNSAID))
async def ami_bridge(at: Office) -> None:
    """Carol listens to her mailbox; the CRM takes the client from Alice and bridges the two."""
    await at.carol.calls("*98")
    await at.carol.is_answered()
    await alice_talks(at)
    await at.ami.act(
        "Bridge",
        Channel1=at.channel("PJSIP/trunk"),
        Channel2=at.channel(at.asterisk.devices["103"]),
    )
    await at.alice.is_released()
    await at.client.talks_with(at.carol)
    await at.client.hangs_up()


@scenario(inbound(**talked(("201", None))), on_16=True)
async def ami_redirect_while_ringing(at: Office) -> None:
    """All of sales rings; the CRM sends the client to Dave instead."""
    await at.client.calls(SALES)
    await at.alice.rings()
    await redirects_client(at, "201")
    await at.alice.stops_ringing()
    await at.dave.answers()
    await at.client.talks_with(at.dave)
    await at.client.hangs_up()
