"""What became of a write whose answer was lost: asked by its key, in one request."""

from __future__ import annotations

from typing import Final

from bridge.crm.bitrix24.client import Client, Command
from bridge.crm.bitrix24.comments import Comments
from bridge.crm.bitrix24.handles import again
from bridge.crm.bitrix24.people import found_task, task_of
from bridge.crm.bitrix24.ratings import RATING
from bridge.crm.bitrix24.recordings import FIRST, FURTHER
from bridge.crm.bitrix24.statistic import Logged, as_logged, finished
from bridge.crm.bitrix24.writing import first_id, made_under
from bridge.crm.keys import Keys, call_and_command
from bridge.domain.entities import EntityKind

# Writes that find out themselves what an earlier attempt left, and complete it: asking for them
# here would take half of it for all.
_COMPLETED: Final = ("log_call", "attach_call")
TRANSCRIPTION: Final = "attach_transcription"


async def find(client: Client, keys: Keys, key: str, call: str | None = None) -> str | None:
    """The id, or None where nothing was made, or where a repeat does no harm. `call`: the portal's
    id of the call that was written on; one that somebody clicked for has none of ours. Raises
    Trouble."""
    if made := keys.made(key):
        return made
    call_id, command = call_and_command(key)
    if command in _COMPLETED:
        return None
    if command in (FIRST, FURTHER):
        logged = await _logged(client, call_id, call)
        return await _recording(client, key, logged, further=command == FURTHER)
    if command == TRANSCRIPTION:
        logged = await _logged(client, call_id, call)
        return logged.transcription if logged else None
    if command == RATING:
        logged = await _logged(client, call_id, call)
        return await Comments(client).find(logged.client, key) if logged and logged.client else None
    commands: dict[str, Command] = {kind.value: made_under(kind, key) for kind in EntityKind}
    answer = await client.batch({**commands, "task": task_of(key)})
    for kind in EntityKind:
        if id := first_id(answer[kind.value]):
            return id
    return found_task(answer["task"]) if "task" not in answer.errors else None


async def _recording(
    client: Client, key: str, logged: Logged | None, *, further: bool
) -> str | None:
    """A first recording has the call's own place: the outbox lets no two of a call into it."""
    if logged is None or not further:
        return logged.file if logged else None
    return await Comments(client).find(logged.client, key) if logged.client else None


async def _logged(client: Client, call_id: str, call: str | None) -> Logged | None:
    if call:
        return as_logged(await client.call(*finished(CALL_ID=call)))
    found = await client.batch(
        {id: finished(EXTERNAL_CALL_ID=id) for id in (call_id, again(call_id))}
    )
    return as_logged(found[call_id]) or as_logged(found[again(call_id)])
