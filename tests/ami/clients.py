"""The bare library and ours behind one small face, so that one test can be put to both."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import Any

from panoramisk import Manager

from bridge.ami.codec import Frame
from bridge.ami.link import AmiLink
from bridge.ami.session import Session
from bridge.ami.settings import AmiSettings
from bridge.link.states import LinkState

Handler = Callable[[Any], Any]


def settings(port: int, **other: Any) -> AmiSettings:
    usual = {"name": "pbx", "username": "bridge", "secret": "s3", "ping_seconds": 0.05}
    return AmiSettings(**{**usual, "port": port, "answer_seconds": 0.2, **other})


class Counts:
    """Counters that a test can read, and wait for: a link counts whenever its state changes."""

    def __init__(self) -> None:
        self.counted: Counter[str] = Counter()
        self._changed = asyncio.Event()

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(5):
            while not condition():
                self._changed.clear()
                await self._changed.wait()

    def count(self, name: str, amount: float = 1, /, **labels: str) -> None:
        self.counted[" ".join([name, *labels.values()])] += int(amount)
        self._changed.set()

    def gauge(self, name: str, value: float, /, **labels: str) -> None:
        self._changed.set()

    def seconds(self, name: str, value: float, /, **labels: str) -> None:
        self._changed.set()


class Bare:
    """panoramisk as it comes, with its intervals as short as ours are in these tests."""

    def __init__(self, port: int, secret: str = "s3", **config: Any) -> None:
        self._logged_in = asyncio.Event()
        self._lost = asyncio.Event()
        self.manager = Manager(
            host="127.0.0.1",
            port=port,
            username="bridge",
            secret=secret,
            on_login=lambda _: self._logged_in.set(),
            on_disconnect=lambda *_: self._lost.set(),
            **config,
        )
        self.manager.reconnect_timeout = 0.1
        self.manager.ping_delay = self.manager.ping_interval = 0.05
        self.seen: asyncio.Queue[Any] = asyncio.Queue()

    async def start(self, handler: Handler | None = None) -> None:
        self.manager.register_event("*", lambda _, event: (handler or self.seen.put_nowait)(event))
        await self.manager.connect()
        await self._logged_in.wait()

    async def stop(self) -> None:
        self.manager.connect = lambda: None  # it would come back for ever
        self.manager.close()

    def close(self) -> None:
        self.manager.close()

    async def lost(self) -> None:
        """Until it has noticed a loss and waits to connect again."""
        await self._lost.wait()

    async def action(self, headers: dict[str, Any], as_list: bool | None = None) -> Any:
        return await asyncio.wait_for(self.manager.send_action(headers, as_list=as_list), 0.2)

    def feed(self, data: bytes) -> None:
        """As if these bytes came in one read."""
        self.manager.protocol.data_received(data)

    def unanswered(self) -> int:
        return len(self.manager.protocol.responses)

    def held(self) -> int:
        """Bytes of an unfinished message in memory."""
        return sum(map(len, self.manager.protocol.queue))

    @staticmethod
    def value(event: Any, header: str) -> Any:
        return event[header]

    values = value


class Ours:
    """A Session: one connection. What needs reconnecting is put to Link below."""

    def __init__(self, port: int, save_stream: Any = None, **other: Any) -> None:
        self.settings = settings(port, **other)
        self.seen: asyncio.Queue[Frame] = asyncio.Queue()
        self.tap = save_stream

    async def start(self, handler: Handler | None = None) -> None:
        tap = None if self.tap is None else self.save
        self.session = Session(self.settings, None, handler or self.seen.put_nowait, tap=tap)
        await self.session.open()
        await self.session.authenticate()

    async def stop(self) -> None:
        self.session.close()

    def save(self, data: bytes) -> None:
        with open(self.tap, "ab") as file:
            file.write(data)

    async def action(self, headers: dict[str, Any], as_list: bool | None = None) -> Any:
        return await self.session.send_action(headers, as_list=as_list)

    def feed(self, data: bytes) -> None:
        self.session.protocol.data_received(data)

    def unanswered(self) -> int:
        return int(self.session.protocol.unanswered)

    def held(self) -> int:
        return len(self.session.protocol._framer._held)

    @staticmethod
    def value(event: Frame, header: str) -> str:
        return event.headers()[header][0]

    @staticmethod
    def values(event: Frame, header: str) -> list[str]:
        return event.all(header)


class Link:
    """The whole link, with one consumer that awaits the handler for each event."""

    def __init__(self, port: int, **other: Any) -> None:
        self.counts = Counts()
        self.link = AmiLink(
            settings(port, **other), None, counters=self.counts, chance=lambda: -0.8
        )
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self, handler: Handler | None = None) -> None:
        loop = asyncio.get_running_loop()
        self.handler = handler
        self._tasks = [loop.create_task(self.link.run()), loop.create_task(self._consume())]

    async def stop(self) -> None:
        self.link.close()
        await asyncio.gather(*self._tasks)

    def close(self) -> None:
        self.link.close()

    async def lost(self) -> None:
        await self.counts.until(lambda: self.link.state is LinkState.WAITING)

    async def action(self, headers: dict[str, Any], as_list: bool | None = None) -> Any:
        return await self.link.action(headers.pop("Action"), headers)

    async def _consume(self) -> None:
        while items := await self.link.take():
            for item in items:
                if self.handler is not None and isinstance(item, Frame):
                    await self.handler(item)
