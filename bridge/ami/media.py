"""Whether what is said in calls is encrypted (SRTP): how each endpoint is set up, and how it is in
the calls of this moment. The PBX encrypts, we ask it.

How an endpoint is set up needs the AMI right `system` (`write`), how a call is `reporting`, as
CHANNEL(rtp,secure) of chan_pjsip tells (Asterisk 16 to 22). Of chan_sip only the first is told.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from bridge.ami.codec import Frame
from bridge.ami.protocol import Reply

_DEVICE: Final = re.compile(r"^(?:PJSIP|SIP)/[^/&@,;]+$")
_UP: Final = "6"  # ChannelState: only what is answered has agreed on its media

Ask = Callable[[str, dict[str, str]], Awaitable[Reply]]


class Srtp(StrEnum):
    ALWAYS = "always"
    PERHAPS = "perhaps"  # where the other side wants it (media_encryption_optimistic)
    NEVER = "never"


@dataclass(slots=True)
class Media:
    """`endpoints` as they are set up; `calls`: a channel that is up, and whether its media is
    encrypted; `unasked`: what we may not ask, and what Asterisk said."""

    endpoints: dict[str, Srtp] = field(default_factory=dict)
    calls: dict[str, bool] = field(default_factory=dict)
    unasked: dict[str, str] = field(default_factory=dict)


async def look(ask: Ask, media: Media) -> None:
    """Add to `media` what is so now. Raises LinkError."""
    channels = (await ask("CoreShowChannels", {})).items
    for channel in _answered(channels):
        if channel not in media.calls:
            reply = await ask("Getvar", {"Channel": channel, "Variable": "CHANNEL(rtp,secure)"})
            if (secure := _is_secure(reply)) is not None:
                media.calls[channel] = secure
    for device in _devices([*channels, *(await ask("DeviceStateList", {})).items]):
        if device not in media.endpoints:
            await _endpoint(ask, device, media)


async def _endpoint(ask: Ask, device: str, media: Media) -> None:
    kind, _, name = device.partition("/")
    question, key = _QUESTIONS[kind]
    if question in media.unasked:
        return
    reply = await ask(question, {key: name})
    if reply.denied:
        media.unasked[question] = reply.message
    elif (found := srtp([reply.response, *reply.items])) is not None:
        media.endpoints[device] = found


_QUESTIONS: Final = {
    "PJSIP": ("PJSIPShowEndpoint", "Endpoint"),
    "SIP": ("SIPshowpeer", "Peer"),
}


def srtp(frames: Iterable[Frame]) -> Srtp | None:
    """What the answer to PJSIPShowEndpoint or SIPshowpeer says; None where it says nothing."""
    for frame in frames:
        # `media_encryption` is no, sdes or dtls (pjsip.conf); AMI writes `none` for no.
        if (kind := frame.get("MediaEncryption")) and kind not in ("no", "none"):
            optimistic = frame.get("MediaEncryptionOptimistic") in ("true", "Yes", "yes")
            return Srtp.PERHAPS if optimistic else Srtp.ALWAYS
        if kind:
            return Srtp.NEVER
        if peer := frame.get("SIP-Encryption"):
            return Srtp.ALWAYS if peer == "Y" else Srtp.NEVER
    return None


def _answered(frames: Iterable[Frame]) -> Iterator[str]:
    for frame in frames:
        channel = frame.get("Channel")
        if channel.startswith("PJSIP/") and frame.get("ChannelState") == _UP:
            yield channel


def _is_secure(reply: Reply) -> bool | None:
    """None when the channel is gone, or has no media."""
    return {"1": True, "0": False}.get(reply.response.get("Value")) if reply.ok else None


def _devices(frames: Iterable[Frame]) -> list[str]:
    found = {frame.get("Device") or frame.get("Channel").rpartition("-")[0] for frame in frames}
    return sorted(filter(_DEVICE.match, found))
