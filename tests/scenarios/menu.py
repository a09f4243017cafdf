"""A voice menu, and a line that is closed in the evening: nobody there is a person who talked."""

from tests.lab.office import EVENING, MENU, Office
from tests.lab.scenario import scenario
from tests.lab.truth import inbound, missed, talked


@scenario(inbound(MENU, **missed("ivr"), labels=[f"did:{MENU}", "menu"]), on_16=True)
async def menu_abandoned(at: Office) -> None:
    """The client hears the menu and hangs up."""
    await at.client.calls(MENU)
    await at.client.is_answered()
    await at.client.hears()
    await at.client.hangs_up()


@scenario(inbound(MENU, **missed("ivr")))
async def menu_timed_out(at: Office) -> None:
    """The client presses nothing; the menu ends the call."""
    await at.client.calls(MENU)
    await at.client.is_answered()
    await at.client.is_released()


@scenario(
    inbound(
        MENU,
        **talked(("102", "dial")),
        labels=[f"did:{MENU}", "menu", "ivr:1", "sales"],
    ),
    on_16=True,
)
async def menu_to_group(at: Office) -> None:
    """The client presses 1: sales; Bob answers."""
    await at.client.calls(MENU)
    await at.client.is_answered()
    await at.client.presses("1")
    await at.bob.answers()
    await at.client.talks_with(at.bob)
    await at.client.hangs_up()


@scenario(
    inbound(
        MENU,
        **talked(("202", "queue")),
        queue="service",
        labels=[f"did:{MENU}", "menu", "ivr:9", "ivr:2", "service", "queue:service"],
    )
)
async def menu_wrong_key_then_queue(at: Office) -> None:
    """The client presses 9, which means nothing, then 2: service; Erin answers."""
    await at.client.calls(MENU)
    await at.client.is_answered()
    before = len(at.ami.events)
    await at.client.presses("9")
    await at.ami.event("Newexten", since=before, Application="BackGround")
    await at.client.presses("2")
    await at.erin.answers()
    await at.client.talks_with(at.erin)
    await at.client.hangs_up()


@scenario(inbound(MENU, **missed("abandoned")))
async def menu_to_group_abandoned(at: Office) -> None:
    """The client presses 1 and gives up while sales rings."""
    await at.client.calls(MENU)
    await at.client.is_answered()
    await at.client.presses("1")
    await at.alice.rings()
    await at.client.hangs_up()
    await at.alice.stops_ringing()


@scenario(inbound(EVENING, **missed("after_hours")), on_16=True)
async def after_hours(at: Office) -> None:
    """The office is closed; the client hears so until the end."""
    await at.client.calls(EVENING)
    await at.client.is_answered()
    await at.client.is_released()


@scenario(inbound(EVENING, **missed("after_hours")))
async def after_hours_client_hangs_up(at: Office) -> None:
    """The office is closed; the client does not wait for the end of the sentence."""
    await at.client.calls(EVENING)
    await at.client.is_answered()
    await at.client.hears()
    await at.client.hangs_up()
