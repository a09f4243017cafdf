"""A card at each person whose phone rings: the account opens it, and closes it by itself.

Source: amoCRM developer documentation, `POST /api/v2/events` of type `phone_call`. It opens the
only active lead of who stores the number, else the contact; of a stranger it offers to make one.
"""

from __future__ import annotations

from typing import Final

from bridge.crm.amocrm.client import Ask, Client
from bridge.crm.amocrm.people import user_id
from bridge.crm.limiter import Priority
from bridge.crm.trouble import refused
from bridge.domain.ports import LiveCall

_LIVE: Final = Ask(priority=Priority.LIVE)
_EVENTS: Final = "/api/v2/events"


class Live:
    """Every method raises Trouble. A handle holds all that a card needs: `call id;number`."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def announce(self, call: LiveCall, key: str) -> str:
        """The card at `call.user`. Where nobody is named at nobody: no users mean everybody."""
        if call.client.number is None:
            raise refused("amoCRM opens no card without a number")
        if call.user is not None:
            await self._open(call.client.number, (call.user,))
        return f"{call.call_id};{call.client.number}"

    async def show(self, handle: str, users: tuple[str, ...]) -> str:
        await self._open(_number(handle), users)
        return handle

    async def hide(self, handle: str, users: tuple[str, ...]) -> str:
        """The account has no way to close a card: people do, or it goes by itself."""
        _number(handle)
        return handle

    async def _open(self, number: str, users: tuple[str, ...]) -> None:
        if ids := [user_id(user) for user in users]:
            call = {"type": "phone_call", "phone_number": number, "users": ids}
            await self._client.write("POST", _EVENTS, {"add": [call]}, ask=_LIVE)


def _number(handle: str) -> str:
    call_id, _, number = handle.rpartition(";")
    if not call_id:
        raise refused(f"the call {handle} was never announced")
    return number
