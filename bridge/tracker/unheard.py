"""Who the PBX says went to the client, and was never heard with him.

Each of these facts is followed by talk. Where the talk is not seen, its events are lost, and
whoever talked before may not have been the last.
"""

from __future__ import annotations

from collections.abc import Iterator

from bridge.domain.directory import Role
from bridge.domain.pbx_events import DialStatus
from bridge.tracker.call import Call
from bridge.tracker.world import Channel


def went_unheard(call: Call, heard_until: int) -> bool:
    """Whether somebody went to the client after `heard_until`, the last position of any talk."""
    if any(position > heard_until for position in _told(call)):
        return True
    return any(position > heard_until and _sat_alone(phone) for position, phone in _answered(call))


def _told(call: Call) -> Iterator[int]:
    """By a pickup, by fetching the client from parking, by a transfer to who is already there."""
    yield from (mark.position for mark in call.fetched)
    for handover in call.handovers:
        if handover.joins:
            yield handover.mark.position


def _answered(call: Call) -> Iterator[tuple[int, Channel]]:
    """Behind a Local channel, too, where only the leg tells on whose behalf it was rung."""
    for client in call.clients:
        yield from ((mark.position, phone) for mark, phone in client.answers)
    for leg in call.legs:
        if leg.status is DialStatus.ANSWER and leg.ended is not None:
            yield leg.ended.position, leg.dest


def _sat_alone(phone: Channel) -> bool:
    """It was in a mixing bridge, or at the end of several joined by Local channels, where nobody
    else was seen: the client's events are lost. (Behind a phone that must press a key first, the
    Local channel is in no bridge.)"""
    waiting, met = [phone], {phone}
    while waiting:
        stays = [stay for stay in waiting.pop().episodes if stay.bridge.mixing]
        if not stays:
            return False
        company = {e.channel for stay in stays for e in stay.bridge.episodes} - met
        if any(other.role in (Role.AGENT, Role.TRUNK) for other in company):
            return False
        met |= company
        waiting += [other.half for other in company if other.half is not None]
    return True
