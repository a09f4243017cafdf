"""An AMI server on loopback that keeps to Asterisk 22's wire format, and misbehaves on request.

It answers what our link asks (login, ping, the lists of a snapshot) as a real one does; `answers`
replaces an answer by action, None means none at all.
"""

from __future__ import annotations

import asyncio
import hashlib
import ssl
from collections.abc import Callable, Iterable
from contextlib import suppress
from types import TracebackType
from typing import Self

Action = dict[str, str]
Answer = Callable[[Action], str] | None


def block(*lines: str) -> str:
    return "".join(f"{line}\r\n" for line in lines) + "\r\n"


def event(kind: str, **headers: str) -> str:
    lines = {"Privilege": "call,all", **headers}
    return block(f"Event: {kind}", *(f"{name}: {value}" for name, value in lines.items()))


def channel(uniqueid: str, name: str, bridge: str = "") -> Action:
    return {
        "Channel": name,
        "ChannelState": "6",
        "CallerIDNum": "79161234567",
        "CallerIDName": "<unknown>",
        "ConnectedLineNum": "<unknown>",
        "Context": "in",
        "Exten": "s",
        "Uniqueid": uniqueid,
        "Linkedid": uniqueid,
        "BridgeId": bridge,
    }


class FakeAsterisk:
    """`async with FakeAsterisk() as pbx:` listens on `pbx.port` until the block ends."""

    secret = "s3"
    salt = "148119569"

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.started = ("2026-11-21", "09:00:00")
        self.channels: list[Action] = []
        self.bridges: dict[str, str] = {}  # unique id: technology
        self.queued: list[Action] = []
        self.actions: list[Action] = []
        self.connections = 0
        self.answers: dict[str, Answer] = {}
        self.silent = False
        self.banner = "Asterisk Call Manager/11.0.0\r\n"
        self._tls = tls
        self._writers: set[asyncio.StreamWriter] = set()
        self._changed = asyncio.Condition()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._tls)
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._server.close()
        self.drop()
        await self.until(lambda: not self._writers)

    @property
    def logins(self) -> int:
        return self.received("Login")

    def received(self, action: str) -> int:
        """How many times the action arrived, on all connections."""
        return sum(1 for one in self.actions if one.get("Action") == action)

    async def until(self, condition: Callable[[], bool], seconds: float = 5) -> None:
        """Wait until it holds; looked at whenever something arrives. Raises TimeoutError."""
        async with asyncio.timeout(seconds), self._changed:
            await self._changed.wait_for(condition)

    async def send(self, text: str | bytes) -> None:
        """To every connection."""
        data = text.encode() if isinstance(text, str) else text
        for writer in list(self._writers):
            writer.write(data)
            with suppress(ConnectionError):
                await writer.drain()

    def drop(self) -> None:
        """Cut every connection, as a crash does."""
        for writer in self._writers:
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        self.connections += 1
        writer.write(self.banner.encode())
        await self._notify()
        try:
            while data := await reader.readuntil(b"\r\n\r\n"):
                await self._take(dict(_headers(data)), writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.transport.abort()
        finally:
            self._writers.discard(writer)
            await self._notify()

    async def _take(self, action: Action, writer: asyncio.StreamWriter) -> None:
        self.actions.append(action)
        name = action.get("Action", "")
        usual: Answer = getattr(self, f"_{name.lower()}", _unknown)
        answer = self.answers.get(name, usual)
        if answer is not None and not self.silent:
            text = answer(action)
            writer.write(text.encode())
            if name == "Login" and text.startswith("Response: Error"):
                writer.close()  # as Asterisk does
        await self._notify()

    async def _notify(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    def _challenge(self, action: Action) -> str:
        return response(action, f"Challenge: {self.salt}")

    def _login(self, action: Action) -> str:
        key = hashlib.md5((self.salt + self.secret).encode()).hexdigest()
        if action.get("Secret") == self.secret or action.get("Key") == key:
            booted = event("FullyBooted", Privilege="system,all", Uptime="5", Status="Fully Booted")
            return response(action, "Message: Authentication accepted") + booted
        return error(action, "Authentication failed")

    def _ping(self, action: Action) -> str:
        return response(action, "Ping: Pong", "Timestamp: 1795295657.082737")

    def _corestatus(self, action: Action) -> str:
        day, time = self.started
        return response(action, f"CoreStartupDate: {day}", f"CoreStartupTime: {time}")

    def _coreshowchannels(self, action: Action) -> str:
        return listed(action, "CoreShowChannel", "CoreShowChannelsComplete", self.channels)

    def _bridgelist(self, action: Action) -> str:
        items = [
            {"BridgeUniqueid": name, "BridgeType": "basic", "BridgeTechnology": technology}
            for name, technology in self.bridges.items()
        ]
        return listed(action, "BridgeListItem", "BridgeListComplete", items)

    def _bridgeinfo(self, action: Action) -> str:
        name = action["BridgeUniqueid"]
        if name not in self.bridges:
            return error(action, "Specified BridgeUniqueid not found")
        inside = [one for one in self.channels if one["BridgeId"] == name]
        return listed(action, "BridgeInfoChannel", "BridgeInfoComplete", inside)

    def _queuestatus(self, action: Action) -> str:
        return listed(action, "QueueEntry", "QueueStatusComplete", self.queued)

    def _originate(self, action: Action) -> str:
        return response(action, "Message: Originate successfully queued")


def response(action: Action, *lines: str) -> str:
    return block("Response: Success", *_id(action), *lines)


def error(action: Action, message: str) -> str:
    return block("Response: Error", *_id(action), f"Message: {message}")


def listed(action: Action, item: str, end: str, items: Iterable[Action]) -> str:
    """A list answer: a response, an event an item, an event that ends it."""
    number = dict(line.split(": ") for line in _id(action))
    events = [event(item, **number, **one) for one in items]
    closing = event(end, **number, EventList="Complete", ListItems=str(len(events)))
    start = response(action, "EventList: start", "Message: List will follow")
    return start + "".join(events) + closing


def _unknown(action: Action) -> str:
    return error(action, "Invalid/unknown command")


def _id(action: Action) -> list[str]:
    return [f"ActionID: {action['ActionID']}"] if "ActionID" in action else []


def _headers(data: bytes) -> Iterable[tuple[str, str]]:
    for line in data.decode().strip("\r\n").split("\r\n"):
        name, _, value = line.partition(": ")
        yield name, value
