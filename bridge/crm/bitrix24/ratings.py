"""A rating that comes after the call was finished. The portal takes one with `finish` alone, so it
is a comment in the timeline of the call's client."""

from __future__ import annotations

from typing import Final

from bridge.crm.bitrix24.calls import Calls
from bridge.crm.bitrix24.client import Client
from bridge.crm.bitrix24.comments import Comments
from bridge.crm.keys import Keys
from bridge.crm.trouble import unplaced

RATING: Final = "rate_call"  # the command of keys


class Ratings:
    """Every method raises Trouble."""

    def __init__(self, client: Client, calls: Calls, keys: Keys) -> None:
        self._words = client.settings.rated
        self._comments = Comments(client)
        self._calls = calls
        self._keys = keys

    async def rate(self, call: str, rating: int, key: str) -> str:
        """The id of the comment; the call's own where it was finished with this rating."""
        async with self._keys.one_at_a_time(key):
            logged = await self._calls.logged(call)
            if logged.vote == str(rating):
                return f"{call}/vote"
            if logged.client is None:
                raise unplaced("Bitrix24 takes a later rating as a comment: the call has no client")
            return await self._comments.say(logged.client, f"{self._words}: {rating}/5", key)
