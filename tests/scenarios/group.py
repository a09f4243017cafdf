"""A client calls the sales group: all phones ring at once, the first to answer talks."""

from tests.lab.office import HOTLINE, RECEPTION, SALES, Office
from tests.lab.scenario import scenario
from tests.lab.truth import inbound, missed, rang, talked

ALL_OF_SALES_SILENT = {"_101": "no_answer", "_102": "no_answer", "_103": "no_answer"}


@scenario(
    inbound(
        **talked(("102", "dial")),
        legs=rang(_101="answered_elsewhere", _102="answered", _103="answered_elsewhere"),
    ),
    on_16=True,
)
async def group_answered(at: Office) -> None:
    """All of sales rings, Bob is the first, the client hangs up."""
    await at.client.calls(SALES)
    for one in (at.alice, at.bob, at.carol):
        await one.rings()
    await at.bob.answers()
    await at.alice.stops_ringing()
    await at.client.talks_with(at.bob)
    await at.client.hangs_up()
    await at.bob.is_released()


@scenario(
    inbound(
        **talked(("103", "dial")),
        legs=rang(_101="declined", _102="busy", _103="answered"),
    ),
    on_16=True,
)
async def group_answered_by_the_third(at: Office) -> None:
    """Alice declines, Bob is busy, Carol answers."""
    await at.client.calls(SALES)
    await at.alice.declines()
    await at.bob.is_busy()
    await at.heard_refuse(at.alice, at.bob)
    await at.carol.answers()
    await at.client.talks_with(at.carol)
    await at.carol.hangs_up()
    await at.client.is_released()


@scenario(inbound(**missed("abandoned"), legs=rang(**ALL_OF_SALES_SILENT)))
async def group_abandoned(at: Office) -> None:
    """The client gives up while all of sales rings."""
    await at.client.calls(SALES)
    await at.carol.rings()
    await at.client.hangs_up()
    await at.carol.stops_ringing()


@scenario(
    inbound(
        **missed(None, "voicemail"),
        legs=rang(_101="busy", _102="busy", _103="busy", _300="busy"),
    ),
    on_16=True,
)
async def group_all_busy(at: Office) -> None:
    """Everybody is busy, the reception too; the client speaks to the mailbox."""
    await at.client.calls(SALES)
    for one in (at.alice, at.bob, at.carol, at.frank):
        await one.is_busy()
    await at.client.is_answered()
    await at.client.hangs_up()


@scenario(
    inbound(
        **missed(None, "voicemail"),
        legs=rang(**ALL_OF_SALES_SILENT, _300="no_answer"),
    )
)
async def group_timed_out_to_voicemail(at: Office) -> None:
    """Nobody takes the call; the client speaks to the mailbox of sales."""
    await at.client.calls(SALES)
    await at.frank.rings()
    await at.frank.stops_ringing()
    await at.client.is_answered()
    await at.client.hangs_up()


@scenario(inbound(**talked(("300", "dial")), legs=rang(**ALL_OF_SALES_SILENT, _300="answered")))
async def group_overflow_answered(at: Office) -> None:
    """Sales is silent; the reception takes the call."""
    await at.client.calls(SALES)
    await at.alice.rings()
    await at.frank.answers()
    await at.client.talks_with(at.frank)
    await at.client.hangs_up()


@scenario(inbound(**missed("abandoned"), legs=rang(**ALL_OF_SALES_SILENT, _300="no_answer")))
async def group_overflow_abandoned(at: Office) -> None:
    """Sales was silent; the client gives up while the reception rings."""
    await at.client.calls(SALES)
    await at.frank.rings()
    await at.client.hangs_up()
    await at.frank.stops_ringing()


@scenario(
    inbound(
        HOTLINE,
        **talked(("201", "dial")),
        legs=rang(_103="answered_elsewhere", _201="answered"),
    ),
    on_16=True,
)
async def local_group_answered(at: Office) -> None:
    """Both phones stand behind Local channels, which vanish as soon as Dave talks."""
    await at.client.calls(HOTLINE)
    await at.carol.rings()
    await at.dave.answers()
    await at.carol.stops_ringing()
    await at.client.talks_with(at.dave)
    await at.client.hangs_up()


@scenario(inbound(HOTLINE, **missed("abandoned")))
async def local_group_abandoned(at: Office) -> None:
    """The client gives up while two Local channels ring."""
    await at.client.calls(HOTLINE)
    await at.carol.rings()
    await at.dave.rings()
    await at.client.hangs_up()
    await at.dave.stops_ringing()


@scenario(inbound(HOTLINE, **missed("busy")))
async def local_group_all_busy(at: Office) -> None:
    """Both phones behind Local channels are busy; so hears the client."""
    await at.client.calls(HOTLINE)
    await at.carol.is_busy()
    await at.dave.is_busy()
    await at.client.is_released()


@scenario(inbound(RECEPTION, **talked(("300", "dial")), legs=rang(_300="answered")))
async def reception_answered(at: Office) -> None:
    """One DID, one phone."""
    await at.client.calls(RECEPTION)
    await at.frank.answers()
    await at.client.talks_with(at.frank)
    await at.frank.hangs_up()
    await at.client.is_released()


@scenario(inbound(RECEPTION, **missed("busy"), legs=rang(_300="busy")), on_16=True)
async def reception_busy(at: Office) -> None:
    """The only phone is busy."""
    await at.client.calls(RECEPTION)
    await at.frank.is_busy()
    await at.client.is_released()


@scenario(inbound(RECEPTION, **missed("no_answer"), legs=rang(_300="no_answer")))
async def reception_timed_out(at: Office) -> None:
    """The only phone rings until the office gives up on it."""
    await at.client.calls(RECEPTION)
    await at.frank.rings()
    await at.client.is_released()
