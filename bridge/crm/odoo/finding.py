"""What became of a write whose answer was lost: asked by its key."""

from __future__ import annotations

from typing import Final

from bridge.crm.keys import Keys
from bridge.crm.odoo.calls import Calls
from bridge.crm.odoo.client import Client
from bridge.crm.odoo.loading import made_under

# Writes that find out themselves what an earlier attempt left, and complete it.
_COMPLETED: Final = ("attach_recording", "attach_call")


async def find(client: Client, calls: Calls, keys: Keys, key: str) -> str | None:
    """The id, or None where nothing was made, or where a repeat does no harm. Raises Trouble."""
    if made := keys.made(key):
        return made
    parts = key.split("/")
    call_id, command = (parts[-3], parts[-2]) if len(parts) >= 4 else ("", "")
    if command == "log_call":
        return await calls.found(call_id)
    return None if command in _COMPLETED else await made_under(client, key)
