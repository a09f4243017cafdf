"""The dialplan's side of FastAGI on a real socket, and how Asterisk reads the commands it gets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

HEADERS: Final = {
    "agi_network": "yes",
    "agi_channel": "PJSIP/trunk-00000001",
    "agi_language": "en",
    "agi_uniqueid": "1795306602.1",
    "agi_callerid": "+79161234561",
    "agi_calleridname": "unknown",
    "agi_dnid": "unknown",
    "agi_context": "from-trunk",
    "agi_extension": "s",
}
OK: Final = "200 result=0"
SOON: Final = 5.0  # seconds, for what must happen


@dataclass
class Channel:
    """One channel that runs AGI(). `sent` keeps every command that came."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    sent: list[str] = field(default_factory=list)

    def asks(self, script: str, **headers: str) -> None:
        """Send the handshake for agi://host/SCRIPT."""
        said = {"agi_network_script": script, **HEADERS, **headers}
        self.sends("".join(f"{key}: {value}\n" for key, value in said.items()) + "\n")

    def sends(self, text: str | bytes) -> None:
        self.writer.write(text.encode() if isinstance(text, str) else text)

    async def command(self) -> str:
        """The next command; "" when the server has hung up."""
        async with asyncio.timeout(SOON):
            try:
                line = (await self.reader.readline()).decode()
            except ConnectionError:
                return ""
        if line:
            self.sent.append(line.removesuffix("\n"))
        return line.removesuffix("\n")

    async def plays(self, *replies: str) -> list[str]:
        """Reply so to the commands that come, with OK to all after; every command, in order."""
        waiting = list(replies)
        while await self.command():
            self.sends((waiting.pop(0) if waiting else OK) + "\n")
        return self.sent

    async def is_let_go(self) -> bool:
        """Wait until the server ends the connection; whether it did so without a word."""
        return await self.command() == ""


@asynccontextmanager
async def channel(port: int) -> AsyncIterator[Channel]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield Channel(reader, writer)
    finally:
        writer.transport.abort()


async def ask(port: int, script: str, *replies: str, **headers: str) -> list[str]:
    """Every command that one AGI() of this script gets."""
    async with channel(port) as at:
        at.asks(script, **headers)
        return await at.plays(*replies)


def words(line: str) -> list[str]:
    """A command line as res_agi.c takes it apart (parse_args)."""
    found: list[str] = []
    quoted = escaped = False
    apart = True
    for char in line:
        if char == '"' and not escaped:
            quoted = not quoted
            if quoted and apart:
                found.append("")
                apart = False
        elif char in " \t" and not quoted and not escaped:
            apart = True
        elif char == "\\" and not escaped:
            escaped = True
            continue
        else:
            if apart:
                found.append("")
                apart = False
            found[-1] += char
        escaped = False
    return found


def variables(line: str) -> Mapping[str, str]:
    """What EXEC MSet sets: its argument as app.c takes it apart (ast_app_separate_args)."""
    exec_, mset, argument, *more = words(line)
    assert (exec_, mset, more) == ("EXEC", "MSet", [])
    pairs, depth, quoted, escaped = [""], 0, False, False
    for char in argument:
        if escaped:
            pairs[-1] += char
            escaped = False
        elif char == "\\":
            escaped = True
        elif char == '"':
            quoted = not quoted
        elif char == "," and not depth and not quoted:
            pairs.append("")
        else:
            depth += (char in "([") - (char in ")]")
            pairs[-1] += char
    return {name: value for name, _, value in (pair.partition("=") for pair in pairs)}
