"""Originate over ARI: ring the agent's phone; Asterisk calls the client through the dialplan once
it is taken up. The user needs `read_only = no`.

ARI answers as soon as the phone is called; what came of it is told by the events of its channel.
"""

from __future__ import annotations

import asyncio
import math
from typing import Any, Final
from urllib.parse import quote

from bridge.ari.acting import Ask
from bridge.ari.rest import Failed
from bridge.ari.rung import Rung
from bridge.dialout.order import Order
from bridge.dialout.ports import FateUnknown, NotNow, NotSent
from bridge.domain.call_requests import Unfulfilled
from bridge.domain.causes import Cause
from bridge.link.errors import LinkError

_ANSWER_SECONDS: Final = 10.0
_NO_CHANNEL: Final = 500  # "Allocation failed": nobody is registered there
_WHY: Final[dict[int, Unfulfilled]] = {
    Cause.BUSY: Unfulfilled.AGENT_BUSY,
    Cause.REJECTED: Unfulfilled.AGENT_DECLINED,
}


async def originate(ask: Ask, rung: Rung, order: Order) -> Unfulfilled | None:
    """Why the agent's phone was not taken up; None when it was. Sent once. Raises NotSent, or
    FateUnknown when it was sent and nothing was heard of it."""
    clock = asyncio.get_running_loop().time
    began = clock()
    with rung.until_up(order.id) as ended:
        try:
            await ask("POST", f"channels/{quote(order.id, safe='')}", _query(order), _body(order))
            async with asyncio.timeout(order.timeout + _ANSWER_SECONDS):
                cause = await ended
        except Failed as error:
            if error.status != _NO_CHANNEL:
                raise NotSent(
                    f"{error}: see that click.channel and click.context of this PBX exist"
                ) from error
            return Unfulfilled.AGENT_UNAVAILABLE
        except LinkError as error:
            raise (FateUnknown if error.sent else NotNow)(str(error)) from error
        except TimeoutError as error:
            raise FateUnknown("the phone's channel did not end in its time") from error
    if cause is None:
        return None
    rang_out = clock() - began >= order.timeout
    return Unfulfilled.AGENT_NO_ANSWER if rang_out else _WHY.get(cause, _ELSE)


_ELSE: Final = Unfulfilled.AGENT_UNAVAILABLE


def _query(order: Order) -> dict[str, str]:
    return {
        "endpoint": order.channel,
        "context": order.context,
        "extension": order.exten,
        "priority": "1",
        "callerId": order.caller_id,
        "timeout": str(math.ceil(order.timeout)),
    }


def _body(order: Order) -> dict[str, Any] | None:
    return {"variables": dict(order.variables)} if order.variables else None
