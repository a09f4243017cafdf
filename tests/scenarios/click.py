"""Click-to-call: first the agent's phone rings, then the client's."""

from tests.lab.office import CLIENT, SERVICE, Office
from tests.lab.scenario import scenario
from tests.lab.truth import UNSAID, missed, outbound, talked, transfer
from tests.scenarios.outgoing import unreached


async def click(at: Office, channel: str, ring_milliseconds: str = "8000") -> None:
    """What the button in the CRM does."""
    await at.ami.act(
        "Originate",
        Channel=channel,
        Context="outgoing",
        Exten=CLIENT,
        Priority="1",
        Timeout=ring_milliseconds,
        Async="true",
    )


@scenario(outbound(**talked(("101", "dial"))), on_16=True)
async def click_to_call_answered(at: Office) -> None:
    """Alice takes up her phone, the client answers."""
    await click(at, at.asterisk.devices["101"])
    await at.alice.answers()
    await at.client.answers()
    await at.client.talks_with(at.alice)
    await at.client.hangs_up()


@scenario(outbound(**talked(("102", "dial"))), on_16=True)
async def click_to_call_local_answered(at: Office) -> None:
    """Bob's phone is called through a Local channel."""
    await click(at, "Local/102@click-to-call")
    await at.bob.answers()
    await at.client.answers()
    await at.client.talks_with(at.bob)
    await at.bob.hangs_up()
    await at.client.is_released()


@scenario(outbound(UNSAID, **talked(("201", "dial"))))
async def click_to_call_local_kept(at: Office) -> None:
    """The Local channel stays to the end (/n)."""
    await click(at, "Local/201@click-to-call/n")
    await at.dave.answers()
    await at.client.answers()
    await at.client.talks_with(at.dave)
    await at.client.hangs_up()


@scenario()
async def click_to_call_declined(at: Office) -> None:
    """Alice declines her own phone: no client was called."""
    await click(at, at.asterisk.devices["101"])
    await at.alice.declines()


@scenario()
async def click_to_call_local_declined(at: Office) -> None:
    """Bob declines his own phone behind a Local channel: no client was called."""
    await click(at, "Local/102@click-to-call")
    await at.bob.declines()


@scenario()
async def click_to_call_agent_away(at: Office) -> None:
    """Nobody takes up Alice's phone."""
    await click(at, at.asterisk.devices["101"], ring_milliseconds="1000")
    await at.alice.rings()
    await at.alice.stops_ringing()


@scenario(outbound(**unreached("busy", "101")), on_16=True)
async def click_to_call_client_busy(at: Office) -> None:
    """Alice takes up her phone; the client is busy."""
    await click(at, at.asterisk.devices["101"])
    await at.alice.answers()
    await at.client.is_busy()
    await at.ami.event("Newexten", Application="Busy")
    await at.alice.hangs_up()


@scenario(outbound(**unreached("no_answer", "102")))
async def click_to_call_local_client_unanswered(at: Office) -> None:
    """Bob takes up his phone behind a Local channel; the client never answers."""
    await click(at, "Local/102@click-to-call")
    await at.bob.answers()
    await at.client.rings()
    await at.bob.is_released()


@scenario(outbound(**unreached("no_answer", "101")))
async def click_to_call_agent_gives_up(at: Office) -> None:
    """Alice hangs up while the client's phone rings."""
    await click(at, at.asterisk.devices["101"])
    await at.alice.answers()
    await at.client.rings()
    await at.alice.hangs_up()
    await at.client.stops_ringing()


@scenario(
    outbound(
        SERVICE,
        **talked(("202", "dial"), ("101", "blind_transfer")),
        transfers=[transfer("blind", "202", "101")],
    )
)
async def click_to_call_then_transfer(at: Office) -> None:
    """Erin reaches the client by a click and sends him to Alice."""
    await click(at, at.asterisk.devices["202"])
    await at.erin.answers()
    await at.client.answers()
    await at.client.talks_with(at.erin)
    await at.erin.transfers_to("101")
    await at.alice.answers()
    await at.client.talks_with(at.alice)
    await at.client.hangs_up()


@scenario(
    outbound(
        UNSAID,
        **talked(("102", "dial"), ("201", "attended_transfer")),
        transfers=[transfer("attended", "102", "201")],
    )
)
async def click_to_call_local_then_attended_transfer(at: Office) -> None:
    """Bob reaches the client by a click, asks Dave, and connects the two."""
    await click(at, "Local/102@click-to-call")
    client = await at.bob.answers()
    await at.client.answers()
    await at.client.talks_with(at.bob)
    await at.bob.holds(client)
    consulted = await at.bob.calls("201")
    await at.dave.answers()
    await at.dave.hears()
    await at.bob.connects(client, consulted)
    await at.client.talks_with(at.dave)
    await at.client.hangs_up()


async def click_client_first(at: Office, ring_milliseconds: str = "8000") -> None:
    """A button that calls the client before Alice."""
    await at.ami.act(
        "Originate",
        Channel=f"PJSIP/{CLIENT}@trunk",
        Context="from-office",
        Exten="101",
        Priority="1",
        Timeout=ring_milliseconds,
        Async="true",
    )


@scenario(outbound(UNSAID, **talked(("101", None))), on_16=True)
async def click_to_call_client_first(at: Office) -> None:
    """The client answers, then Alice."""
    await click_client_first(at)
    await at.client.answers()
    await at.alice.answers()
    await at.client.talks_with(at.alice)
    await at.alice.hangs_up()
    await at.client.is_released()


@scenario(outbound(UNSAID, **missed(None, "failed"), needs_review=UNSAID))
async def click_to_call_client_first_declined(at: Office) -> None:
    """The client answers, Alice declines: a client was called and heard nobody."""
    await click_client_first(at)
    await at.client.answers()
    await at.alice.declines()
    await at.client.is_released()


@scenario(outbound(UNSAID, **missed(None, "no_answer")))
async def click_to_call_client_first_unanswered(at: Office) -> None:
    """The client does not answer, so that nobody else is called."""
    await click_client_first(at, ring_milliseconds="1000")
    await at.client.rings()
    await at.client.stops_ringing()
