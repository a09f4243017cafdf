"""What became of a write whose answer was lost: asked by its key, in one request."""

from __future__ import annotations

from typing import Final

from bridge.crm.bitrix24.calls import finished
from bridge.crm.bitrix24.client import Client, Command
from bridge.crm.bitrix24.people import found_task, task_of
from bridge.crm.bitrix24.writing import first_id, made_under
from bridge.crm.keys import Keys
from bridge.crm.php import as_list
from bridge.domain.entities import EntityKind

_RECORDING: Final = "attach_recording"
# Writes that find out themselves what an earlier attempt left, and complete it: asking for them
# here would take half of it for all.
_COMPLETED: Final = ("log_call", "attach_call")


async def find(client: Client, keys: Keys, key: str) -> str | None:
    """The id, or None where nothing was made, or where a repeat does no harm. Raises Trouble."""
    if made := keys.made(key):
        return made
    call_id, command = _parts(key)
    if command in _COMPLETED:
        return None
    if command == _RECORDING:
        rows = as_list(await client.call(*finished(EXTERNAL_CALL_ID=call_id)))
        file = rows[0].get("RECORD_FILE_ID") if rows else None
        return str(file) if file else None
    commands: dict[str, Command] = {kind.value: made_under(kind, key) for kind in EntityKind}
    answer = await client.batch({**commands, "task": task_of(key)})
    for kind in EntityKind:
        if id := first_id(answer[kind.value]):
            return id
    return found_task(answer["task"]) if "task" not in answer.errors else None


def _parts(key: str) -> tuple[str, str]:
    """The call and the command of `destination/call_id/command/subject`."""
    parts = key.split("/")
    return (parts[-3], parts[-2]) if len(parts) >= 4 else ("", "")
