"""An ARI application of the laboratory: it takes what enters Stasis and puts it into bridges."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

PATIENCE = 8.0


class Application:
    """`lab`, the application that `Stasis(lab)` of the lab's dialplan enters."""

    def __init__(self, http: aiohttp.ClientSession, events: aiohttp.ClientWebSocketResponse):
        self._http = http
        self._events = events

    async def entered(self) -> str:
        """The id of the next channel that enters Stasis."""
        async with asyncio.timeout(PATIENCE):
            while (event := await self._events.receive_json())["type"] != "StasisStart":
                pass
        return str(event["channel"]["id"])

    async def calls(self, device: str) -> None:
        """Call a device, which enters Stasis when it answers."""
        await self._post("channels", endpoint=device, app="lab", timeout="5")

    async def bridge(self, *channels: str) -> str:
        """A new mixing bridge with these channels; its id."""
        made = await self._post("bridges", type="mixing")
        await self.adds(made["id"], *channels)
        return str(made["id"])

    async def adds(self, bridge: str, *channels: str) -> None:
        """Put channels into a bridge."""
        await self._post(f"bridges/{bridge}/addChannel", channel=",".join(channels))

    async def hangs_up(self, channel: str) -> None:
        """End a channel."""
        async with self._http.delete(f"/ari/channels/{channel}") as answer:
            answer.raise_for_status()

    async def _post(self, path: str, **query: str) -> Any:
        async with self._http.post(f"/ari/{path}", params=query) as answer:
            answer.raise_for_status()
            return await answer.json() if answer.status == 200 else None


@asynccontextmanager
async def application(port: int, secret: str) -> AsyncIterator[Application]:
    """The application, connected; it leaves Stasis at the end."""
    base = f"http://127.0.0.1:{port}"
    login = {"Authorization": aiohttp.encode_basic_auth("lab", secret)}
    async with (
        aiohttp.ClientSession(base, headers=login) as http,
        http.ws_connect("/ari/events?app=lab") as events,
    ):
        yield Application(http, events)
