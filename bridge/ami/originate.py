"""Originate: ring the agent's phone; Asterisk calls the client through the dialplan once it is
taken up. Needs the right `originate`.

`Async`, for Asterisk handles no other action of ours while it waits for a phone; what came of it
is told by OriginateResponse. Its `Reason` is one of AST_CONTROL_* (frame.h).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from bridge.ami.protocol import Reply, Value
from bridge.dialout.order import Order
from bridge.dialout.ports import FateUnknown, NotNow, NotSent
from bridge.domain.call_requests import Unfulfilled
from bridge.link.errors import LinkError

_ANSWER_SECONDS: Final = 10.0
# 0 is a phone that declined as well as one that is not there: the cause of its hang-up tells which.
_WHY: Final = {
    "1": Unfulfilled.AGENT_NO_ANSWER,
    "3": Unfulfilled.AGENT_NO_ANSWER,
    "5": Unfulfilled.AGENT_BUSY,
}

Act = Callable[[str, Mapping[str, Value], float], Awaitable[Reply]]


async def originate(act: Act, order: Order) -> Unfulfilled | None:
    """Why the agent's phone was not taken up; None when it was. Sent once. Raises NotSent, or
    FateUnknown when it was sent and nothing was heard of it."""
    try:
        reply = await act("Originate", _headers(order), order.timeout + _ANSWER_SECONDS)
    except LinkError as error:
        raise (FateUnknown if error.sent else NotNow)(str(error)) from error
    except ValueError as error:
        raise NotSent(str(error)) from error
    if not reply.ok:
        raise NotSent(
            f"Asterisk refuses Originate ({reply.message}): see that `write` of our AMI user has"
            " originate, and that click.context and click.channel exist"
        )
    if not reply.items or reply.items[-1].get("Response") == "Success":
        return None
    return _WHY.get(reply.items[-1].get("Reason"), Unfulfilled.AGENT_UNAVAILABLE)


def _headers(order: Order) -> dict[str, Value]:
    headers: dict[str, Value] = {
        "Channel": order.channel,
        "ChannelId": order.id,
        "Context": order.context,
        "Exten": order.exten,
        "Priority": "1",
        "Timeout": str(round(order.timeout * 1000)),
        "CallerID": order.caller_id,
        "Async": "true",
    }
    variables = [f"{name}={value}" for name, value in order.variables]
    return headers | {"Variable": variables} if variables else headers
