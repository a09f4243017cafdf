"""Who the PBX says went to the client, and was never heard with him.

Each of these facts is followed by talk. Where the talk is not seen, its events are lost, and
whoever talked before may not have been the last.
"""

from __future__ import annotations

from bridge.domain.directory import AGENT, TRUNK
from bridge.domain.pbx_events import DialStatus
from bridge.tracker.call import Call
from bridge.tracker.world import Channel, Mark


def went_unheard(call: Call, heard_until: int, last: Channel | None) -> bool:
    """Whether somebody went to the client after `heard_until`, the last position of any talk, who
    is not the `last` one that talked."""
    if any(mark.position > heard_until for mark in _told(call, last)):
        return True
    answered = (phone for mark, phone in _answered(call) if mark.position > heard_until)
    return any(map(_sat_alone, answered))


def _told(call: Call, last: Channel | None) -> list[Mark]:
    """By a pickup, by fetching the client from parking, by a transfer to who is already there."""
    joined = (handover for handover in call.handovers if handover.joins)
    return call.fetched + [one.mark for one in joined if one.target is not last]


def _answered(call: Call) -> list[tuple[Mark, Channel]]:
    """Behind a Local channel, too, where only the leg tells on whose behalf it was rung."""
    told = [answer for client in call.clients for answer in client.answers]
    answered = (leg for leg in call.legs if leg.status is DialStatus.ANSWER)
    return told + [(leg.ended, leg.dest) for leg in answered if leg.ended is not None]


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
        if any(other.role in (AGENT, TRUNK) for other in company):
            return False
        met |= company
        waiting += [other.half for other in company if other.half is not None]
    return True
