"""A PBX that plays recorded calls to whoever is logged in, and answers truthfully what it has now.

So a daemon that is killed misses what happened meanwhile, and one that comes back is told the
truth. Its recordings are there as soon as they are named.
"""

from __future__ import annotations

import asyncio
import time
import wave
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.ami.fake import Action, FakeAsterisk, listed, response
from tests.torture.tape import MONITOR, Playing, Said

SNAPSHOT = (
    *("Channel", "ChannelState", "CallerIDNum", "CallerIDName", "ConnectedLineNum"),
    *("Context", "Exten", "Uniqueid", "Linkedid"),
)


@dataclass
class Heard:
    """A call that was played: whether somebody was logged in when it began and when it ended."""

    playing: Playing
    beginning: bool = False
    end: bool = False
    over: bool = False


class ReplayingPbx(FakeAsterisk):
    """`stage` is called at each message that is sent and each action that comes. Recordings are
    made in `monitor`."""

    def __init__(self, monitor: Path, stage: Callable[[str], None] = lambda what: None) -> None:
        super().__init__()
        self.calls: list[Heard] = []
        self._monitor = monitor
        self._stage = stage
        self._listening: set[asyncio.StreamWriter] = set()
        self._alive: dict[str, Action] = {}
        self._queues: dict[str, str] = {}

    @property
    def followed(self) -> bool:
        """Whether anybody is logged in."""
        return bool(self._listening & self._writers)

    async def play(self, playing: Playing) -> None:
        """Say everything in its time."""
        heard = Heard(playing)
        self.calls.append(heard)
        clock = asyncio.get_running_loop().time
        began = clock()
        for said in playing.messages:
            await asyncio.sleep(max(0.0, began + said.after - clock()))
            self._say(said)
            if f"\r\nUniqueid: {playing.uniqueid}\r\n" not in said.text:
                continue
            heard.beginning |= said.kind == "Newchannel" and self.followed
            heard.end |= said.kind == "Hangup" and self.followed
        heard.over = True

    def _say(self, said: Said) -> None:
        self._know(said.kind, dict(_headers(said.text)))
        text = said.at(time.time())
        for writer in self._listening & self._writers:
            if not writer.is_closing():
                writer.write(text.encode())
                self._stage(said.kind)

    async def _take(self, action: Action, writer: asyncio.StreamWriter) -> None:
        """From the answer to a login on, every event is sent."""
        self._stage(action["Action"])
        if action["Action"] == "Login":
            self._listening.add(writer)
        await super()._take(action, writer)

    def _know(self, kind: str, said: Action) -> None:
        """Keep the lists true."""
        uniqueid = said.get("Uniqueid", "")
        if kind == "Newchannel":
            self._alive[uniqueid] = {"BridgeId": ""}
        mine = self._alive.get(uniqueid)
        if mine is None:
            return
        mine |= {name: said[name] for name in SNAPSHOT if name in said}
        if kind == "Hangup":
            self._alive.pop(uniqueid)
            self._queues.pop(uniqueid, None)
        elif kind == "Rename":
            mine["Channel"] = said["Newname"]
        elif kind == "BridgeEnter":
            mine["BridgeId"] = said["BridgeUniqueid"]
            self.bridges[said["BridgeUniqueid"]] = said["BridgeTechnology"]
        elif kind == "BridgeLeave":
            mine["BridgeId"] = ""
        elif kind == "QueueCallerJoin":
            self._queues[uniqueid] = said["Queue"]
        elif kind in {"QueueCallerLeave", "QueueCallerAbandon"}:
            self._queues.pop(uniqueid, None)
        elif kind == "VarSet" and said["Variable"] == "MIXMONITOR_FILENAME":
            record(self._monitor / said["Value"].removeprefix(f"{MONITOR}/"))

    def _ping(self, action: Action) -> str:
        return response(action, "Ping: Pong", f"Timestamp: {time.time():.6f}")

    def _coreshowchannels(self, action: Action) -> str:
        alive = self._alive.values()
        return listed(action, "CoreShowChannel", "CoreShowChannelsComplete", alive)

    def _bridgelist(self, action: Action) -> str:
        inside = {one["BridgeId"] for one in self._alive.values()}
        self.bridges = {name: how for name, how in self.bridges.items() if name in inside}
        return super()._bridgelist(action)

    def _bridgeinfo(self, action: Action) -> str:
        self.channels = list(self._alive.values())
        return super()._bridgeinfo(action)

    def _queuestatus(self, action: Action) -> str:
        entries = [
            {**self._alive[uniqueid], "Queue": queue} for uniqueid, queue in self._queues.items()
        ]
        return listed(action, "QueueEntry", "QueueStatusComplete", entries)


def record(file: Path) -> None:
    """A recording of a fifth of a second."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(file), "wb") as sound:
        sound.setparams((1, 2, 8000, 0, "NONE", ""))
        sound.writeframes(b"\1\2" * 1600)


def _headers(text: str) -> list[tuple[str, str]]:
    pairs = (line.partition(": ") for line in text.split("\r\n") if line)
    return [(name, value) for name, _, value in pairs]
