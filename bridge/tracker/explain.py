"""What brought an agent into the conversation, from the facts that the PBX gave.

The change itself is seen in the mixing bridges; these facts only explain it.
"""

from __future__ import annotations

from bridge.domain.directory import AGENT
from bridge.domain.record import How, TransferKind
from bridge.tracker.call import Call
from bridge.tracker.origin import chain, origin
from bridge.tracker.world import Channel, Mark


def how_of(call: Call, party: Channel, begin: Mark, talked_until: Mark | None) -> How:
    """`begin`: when this conversation began; `talked_until`: the end of the one before, None for
    the first. The event that explains may come after the dial that it led to."""
    if party.picked_up:
        return How.PICKUP
    if party.unparked:
        return How.PARKING
    if party is call.dialler:
        return How.DIAL
    dial = party.dialled
    if dial is None or dial.caller is None:
        return How.DIAL if talked_until is None else How.REDIRECT
    top = origin(dial.caller)
    if top is not None and top.role is AGENT and top is not party and top not in call.clients:
        return How.BLIND_TRANSFER if _sent_by(call, top, begin) else How.ATTENDED_TRANSFER
    if (top is None or top is party) and talked_until is not None:
        return _out_of_nowhere(call)
    moves = [how for mark, how in call.moved if mark.position <= begin.position]
    if moves and talked_until is not None:
        return moves[-1]
    if any(link.queue for link in chain(dial)):
        return How.QUEUE
    before = talked_until is not None and dial.began.position > talked_until.position
    return How.REDIRECT if before else How.DIAL


def _sent_by(call: Call, agent: Channel, begin: Mark) -> bool:
    """A client called by a click is reached through the agent's own Local channel, also after
    the agent has sent him elsewhere."""
    before = [h for h in call.handovers if h.mark.position <= begin.position]
    return bool(before) and before[-1].kind is TransferKind.BLIND and before[-1].by is agent


def _out_of_nowhere(call: Call) -> How:
    """A Local channel that nobody dialled: the feature code `*2` makes one to ask a colleague."""
    asked = any(handover.kind is not TransferKind.BLIND for handover in call.handovers)
    return How.ATTENDED_TRANSFER if asked else How.REDIRECT
