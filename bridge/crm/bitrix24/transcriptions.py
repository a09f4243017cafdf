"""What was said in a call. Whether a second transcription takes the place of the first the portal's
reference leaves open, so there is never a second: the statistic tells of the one that is there.

Source: Bitrix24 REST documentation, `telephony.call.attachTranscription`.
"""

from __future__ import annotations

from typing import Any, Final

from bridge.crm.bitrix24.answers import made_id
from bridge.crm.bitrix24.calls import Calls
from bridge.crm.bitrix24.client import WRITE, Client
from bridge.crm.keys import Keys
from bridge.crm.php import as_map
from bridge.domain.transcription import Line, Lines, Side

METHOD: Final = "telephony.call.attachTranscription"
_SIDES: Final = {Side.AGENT: "User", Side.CLIENT: "Client"}


class Transcriptions:
    """Every method raises Trouble."""

    def __init__(self, client: Client, calls: Calls, keys: Keys) -> None:
        self._client = client
        self._calls = calls
        self._keys = keys

    async def attach(self, call: str, lines: Lines, key: str) -> str:
        """The portal's id of it, or of the one that the call has already."""
        async with self._keys.one_at_a_time(key):
            logged = await self._calls.logged(call)
            if logged.transcription:
                return logged.transcription
            asked = {"CALL_ID": call, "MESSAGES": [_message(line) for line in lines]}
            made = await self._client.call(METHOD, asked, WRITE)
            return made_id(METHOD, as_map(made).get("TRANSCRIPT_ID"))


def _message(line: Line) -> dict[str, Any]:
    """The portal refuses an end at zero, and knows whole seconds."""
    return {
        "SIDE": _SIDES[line.side],
        "START_TIME": int(line.begins),
        "STOP_TIME": max(1, round(line.ends)),
        "MESSAGE": line.text,
    }
