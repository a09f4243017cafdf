"""One connection to one Asterisk, from connect to loss: panoramisk's Manager, made safe.

A Session is used once. Reconnecting is the link's business (`bridge.ami.link`), with a new
Session, so nothing of an old connection, no action least of all, is ever carried over.
"""

from __future__ import annotations

import asyncio
import hashlib
import socket
import ssl
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from panoramisk import Manager

from bridge.ami.codec import Frame
from bridge.ami.presence import states
from bridge.ami.protocol import AmiProtocol, Reply, Value
from bridge.ami.settings import AmiSettings, Login
from bridge.ami.snapshot import started_at, take_snapshot
from bridge.domain.counters import Counters, NoCounters
from bridge.domain.pbx_events import SnapshotTaken
from bridge.link.damage import Damage
from bridge.link.devices import Thing
from bridge.link.errors import LinkDown, LinkError, NoAnswer, Refused, Unreachable
from bridge.link.unreached import reason


class Session(Manager):  # type: ignore[misc]  # the library has no types
    """`open`, `authenticate`, then `live` until the link ends. Events of `kinds` (None: all) go
    to `on_frame`, in order, from open on; it must return at once. Made inside a running loop."""

    def __init__(
        self,
        settings: AmiSettings,
        kinds: Iterable[str] | None,
        on_frame: Callable[[Frame], None],
        *,
        counters: Counters | None = None,
        tap: Callable[[bytes], None] | None = None,
    ) -> None:
        super().__init__(
            host=settings.host,
            port=settings.port,
            protocol_factory=lambda: AmiProtocol(kinds, on_frame, self._damaged, tap),
        )
        self.settings = settings
        self._counters = counters or NoCounters()
        self.loop = asyncio.get_running_loop()
        self._connecting: asyncio.Task[Any] | None = None
        self._ended: asyncio.Future[LinkError] = self.loop.create_future()
        self._counted = 0
        self._closed = False

    async def open(self) -> None:
        """Connect. Raises Unreachable, or LinkDown when closed meanwhile."""
        if self._closed:
            raise LinkDown("this session is closed")
        try:
            self._connecting = self.connect()
        except OSError as error:
            raise Unreachable(f"TLS settings: {error}; check tls_ca") from error
        try:
            await asyncio.wait({self._connecting}, timeout=self.settings.connect_seconds)
        finally:
            self._connecting.cancel()
        self._connected_or_raise(self._connecting)

    def connect(self, *_: Any, **__: Any) -> asyncio.Task[Any]:
        """The library's connect, with the certificate's own name where it differs from the host."""
        context = self.settings.tls_context()
        task = self.loop.create_task(
            self.loop.create_connection(
                self.config["protocol_factory"],
                self.settings.host,
                self.settings.port,
                ssl=context,
                server_hostname=self.settings.tls_name if context else None,
            )
        )
        task.add_done_callback(self.connection_made)
        return task

    def connection_made(self, connecting: asyncio.Task[Any]) -> None:
        """Called when connecting is over, however it ended."""
        if connecting.cancelled() or connecting.exception() is not None:
            return
        _, self.protocol = connecting.result()
        self.protocol.factory = self
        if self._closed:
            self.protocol.close()
        elif self.protocol.closed:  # lost before we were told of it
            self.connection_lost(None)

    def connection_lost(self, exc: Exception | None) -> None:
        """Asterisk or the network ended the link. Nothing is scheduled here."""
        told = "Asterisk closed the connection" if exc is None else reason(exc)
        self._end(LinkDown(told + self._doubt))

    async def authenticate(self) -> None:
        """Log in and subscribe. Raises Refused, NoAnswer or LinkDown."""
        try:
            await self._log_in()
        except NoAnswer as error:
            raise NoAnswer(f"{error}{self._doubt}", sent=error.sent) from error

    async def _log_in(self) -> None:
        name, secret = self.settings.username, self.settings.secret.get_secret_value()
        login: dict[str, Value] = {"Action": "Login", "Username": name, "Secret": secret}
        if self.settings.login is Login.MD5:
            challenge = await self.action("Challenge", {"AuthType": "MD5"})
            salt = challenge.response.get("Challenge")
            if not salt:
                raise Refused(f"no MD5 challenge ({challenge.message}); try login: plain over TLS")
            digest = hashlib.md5((salt + secret).encode(), usedforsecurity=False).hexdigest()
            login = {"Action": "Login", "AuthType": "MD5", "Username": name, "Key": digest}
        reply = await self.send_action({**login, "Events": self.settings.classes})
        if not reply.ok:
            raise Refused(
                f"Asterisk refuses AMI user {name!r} ({reply.message}): compare secret, permit and "
                "acl in manager.conf with the configuration, then `manager reload`"
            )
        self.authenticated = True

    async def started_at(self) -> str:
        """When this Asterisk started, by its own wall clock."""
        return await started_at(self.action)

    async def snapshot(self) -> SnapshotTaken:
        """All that there is now."""
        return await take_snapshot(self.action)

    async def device_states(self) -> Iterable[tuple[Thing, str]]:
        """Devices and pauses as they are now."""
        return await states(self.action)

    async def live(self) -> LinkError:
        """Watch the link until it ends, and say why it did. A whole message proves life; after
        `ping_seconds` without one a ping that is not answered in time ends it."""
        while not self._ended.done():
            await asyncio.wait({self._ended}, timeout=self.settings.ping_seconds)
            self.count_messages()
            silent = self.loop.time() - self.protocol.heard
            if not self._ended.done() and silent >= self.settings.ping_seconds * 0.9:
                await self._ping()
        return self._ended.result()

    @property
    def _doubt(self) -> str:
        stranger = "" if self.protocol is None else self.protocol.stranger
        return f"; {stranger}" if stranger else ""

    @property
    def why(self) -> LinkError | None:
        """Why the link ended, None while it stands."""
        return self._ended.result() if self._ended.done() else None

    async def action(
        self, name: str, headers: Mapping[str, Value] | None = None, seconds: float | None = None
    ) -> Reply:
        """One action, sent once. Raises BadHeader, NoAnswer or LinkDown; an error that Asterisk
        answers is a Reply that is not `ok`."""
        return await self.send_action({"Action": name, **(headers or {})}, seconds=seconds)

    def send_action(
        self,
        action: Mapping[str, Value],
        as_list: bool | None = None,
        seconds: float | None = None,
        **more: Value,
    ) -> asyncio.Future[Reply]:
        """The library's way to send; the future always ends. Raises LinkDown when not connected."""
        if self.protocol is None:
            raise LinkDown(f"{action.get('Action')} not sent: not connected")
        wait = self.settings.answer_seconds if seconds is None else seconds
        future: asyncio.Future[Reply] = self.protocol.send({**action, **more}, as_list, wait)
        return future

    def close(self, why: LinkError | None = None) -> None:
        """End it now and for good, wherever it is; `live` returns `why`."""
        self._closed = True
        self._end(why or LinkDown("closed by us"))
        if self._connecting is not None:
            self._connecting.cancel()
        if self.protocol is not None:
            self.count_messages()
            self.protocol.close()

    async def closed(self) -> None:
        """Nothing is left of it once it is closed."""

    def count_messages(self) -> None:
        new, self._counted = self.protocol.messages - self._counted, self.protocol.messages
        self._counters.count("ami_messages", new, pbx=self.settings.name)

    async def _ping(self) -> None:
        try:
            await self.action("Ping")
        except NoAnswer as error:
            self.close(error)
        except LinkDown:
            return  # `_ended` knows why

    def _end(self, why: LinkError) -> None:
        if not self._ended.done():
            self._ended.set_result(why)

    def _damaged(self, damage: Damage) -> None:
        self._counters.count("ami_damage", pbx=self.settings.name)

    def _connected_or_raise(self, connecting: asyncio.Task[Any]) -> None:
        where = f"{self.settings.host}:{self.settings.port}"
        if not connecting.done() or connecting.cancelled():
            if self._closed:
                raise LinkDown("closed by us while connecting")
            raise Unreachable(f"no connection to {where} in {self.settings.connect_seconds:g} s")
        error = connecting.exception()
        if isinstance(error, ssl.SSLError):
            told = f"TLS with {where}: {reason(error)}; check tlsenable, tls_ca and tls_name"
            raise Unreachable(told) from error
        if error is not None:
            unknown = isinstance(error, socket.gaierror)
            hint = "is `host` right?" if unknown else "is AMI enabled in manager.conf?"
            raise Unreachable(f"{where}: {reason(error)}; {hint}") from error
