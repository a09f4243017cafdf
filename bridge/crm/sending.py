"""One request of a connector: its deadline, and whether it may have been done when it fails."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, TypeVar

from aiohttp import ClientConnectorError, ClientError, ClientResponse

from bridge.crm.trouble import Trouble
from bridge.domain.commands import Verdict
from bridge.domain.rings import untied
from bridge.link.unreached import reason

T = TypeVar("T")

_LARGEST: Final = 16 * 2**20  # bytes
_LONGEST_WAIT: Final = 86_400.0  # seconds; no CRM means more


def asked_to_wait(header: str | None) -> float | None:
    """The seconds of a Retry-After; None where it names none, or a date."""
    if not header or not header.isascii() or not header.isdecimal():
        return None
    return min(float(header[:9]), _LONGEST_WAIT)


@dataclass(slots=True)
class Sending:
    """`writes`: it changes something. Set by who sends: `queued` while it waits for its turn in our
    own limiter, `sent` once it may have reached the CRM."""

    writes: bool
    sent: bool = False
    queued: bool = False

    def lost(self, detail: str) -> Trouble:
        """No answer: a write that was sent may have been done."""
        unclear = self.sent and self.writes
        return Trouble(Verdict.UNCLEAR if unclear else Verdict.TRY_LATER, detail)


async def whole(answer: ClientResponse, name: str, sending: Sending) -> bytes:
    """The body of an answer. Raises Trouble for one that is larger than any we ask for."""
    parts, size = list[bytes](), 0
    async for part in answer.content.iter_any():
        size += len(part)
        if size > _LARGEST:
            raise sending.lost(f"{name}: the answer is larger than {_LARGEST // 2**20} MiB")
        parts.append(part)
    return b"".join(parts)


async def guarded(
    send: Callable[[], Awaitable[T]], sending: Sending, name: str, deadline: float
) -> T:
    """What `send` returns within `deadline` seconds; whatever the network does is Trouble."""
    try:
        with untied():
            async with asyncio.timeout(deadline):
                return await send()
    except TimeoutError:
        if sending.queued:
            detail = f"{name}: waited for its turn for {deadline:g} s: too many requests of ours"
            raise Trouble(Verdict.TRY_LATER, detail) from None
        raise sending.lost(f"{name}: no answer in {deadline:g} s") from None
    except ClientConnectorError as error:
        detail = f"{name}: the CRM is not reached: {error.host}:{error.port}: {reason(error)}"
        raise Trouble(Verdict.TRY_LATER, detail) from None
    except (ClientError, OSError) as error:
        raise sending.lost(f"{name}: the connection broke ({type(error).__name__})") from None
