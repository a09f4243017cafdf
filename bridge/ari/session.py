"""One connection to ARI, from connect to loss: the WebSocket of events, and requests beside it.

A Session is used once; reconnecting is the link's business (`bridge.link.link`).

A WebSocket that stands proves little: Asterisk may have taken the application from it. When an
older connection of the same application ends just as the new one begins, its end removes the
application of both, and the new connection stays up and silent for ever. So Asterisk is asked for
the application, once the link is up and after that with every ping.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from typing import Any, Final, NoReturn, TypeVar

import aiohttp
import structlog

from bridge.ari.message import Message, body, message, word
from bridge.ari.rest import NotThere, Rest, no_ari
from bridge.ari.settings import AriSettings
from bridge.ari.snapshot import device_states, started_at, take_snapshot
from bridge.domain.counters import Counters
from bridge.domain.pbx_events import SnapshotTaken
from bridge.link.damage import Malformed
from bridge.link.devices import Thing
from bridge.link.errors import LinkDown, LinkError, NoAnswer, Refused, Unreachable

log = structlog.get_logger(__name__)

T = TypeVar("T")

_LONGEST: Final = 4 * 1024 * 1024  # of one event, in bytes; Asterisk's own stay far below
_REPLACED: Final = "ApplicationReplaced"


class Session:
    """`open`, `authenticate`, then `live` until the link ends. Events go to `on_message`, in
    order; it must return at once. `kinds`: the events wanted, None: all there are. `everything`: of
    the whole PBX, not only of channels that are in our application. `extension`: whose device one
    is. Made inside a running loop."""

    def __init__(
        self,
        settings: AriSettings,
        pbx: str,
        kinds: Iterable[str] | None,
        on_message: Callable[[Message], None],
        *,
        everything: bool,
        extension: Callable[[str], str | None],
        counters: Counters,
    ) -> None:
        self.rest: Rest | None = None
        self._settings = settings
        self._pbx = pbx
        self._kinds = None if kinds is None else sorted({*kinds, _REPLACED})
        self._on_message = on_message
        self._everything = everything
        self._extension = extension
        self._counters = counters
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._reading: asyncio.Task[None] | None = None
        self._loop = asyncio.get_running_loop()
        self._ended: asyncio.Future[LinkError] = self._loop.create_future()

    async def open(self) -> None:
        """Ask for the time at which Asterisk started: that it is one, and that it knows us."""
        self.rest = Rest(self._settings)
        try:
            await self.started_at()
        except NotThere as error:
            raise no_ari(self._settings) from error

    async def authenticate(self) -> None:
        """Connect the WebSocket, which subscribes, and ask for no more than is read."""
        await self._while_open(self._connect(self._asked()))

    async def started_at(self) -> str:
        """When this Asterisk started."""
        return await self._while_open(started_at(self._asked()))

    async def snapshot(self) -> SnapshotTaken:
        """All that there is now; nothing where the PBX is not ours to follow."""
        await self._while_open(self._ours_still())
        if not self._everything:
            return SnapshotTaken(None, (), ())
        try:
            return await self._while_open(take_snapshot(self._asked()))
        except NotThere as error:
            raise _lacks(error) from error

    async def device_states(self) -> Iterable[tuple[Thing, str]]:
        """The devices of people as they are now."""
        try:
            return await self._while_open(device_states(self._asked(), self._extension))
        except NotThere as error:
            raise _lacks(error) from error

    async def live(self) -> LinkError:
        """Watch the link until it ends, and say why it did."""
        while not self._ended.done():
            await asyncio.wait({self._ended}, timeout=self._settings.ping_seconds)
            if not self._ended.done():
                try:
                    await self._while_open(self._ours_still())
                except LinkError as error:
                    self.close(error)
        return self._ended.result()

    @property
    def why(self) -> LinkError | None:
        """Why the link ended, None while it stands."""
        return self._ended.result() if self._ended.done() else None

    def close(self, why: LinkError | None = None) -> None:
        """End it now and for good, wherever it is; `live` returns `why`."""
        self._end(why or LinkDown("closed by us"))

    async def closed(self) -> None:
        """Wait until nothing is left of it."""
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.wait({self._reading})
        if self._socket is not None:
            await self._socket.close()
        if self.rest is not None:
            await self.rest.close()

    async def _connect(self, rest: Rest) -> None:
        every = "true" if self._everything else "false"
        try:
            async with asyncio.timeout(self._settings.connect_seconds):
                socket = self._socket = await rest.http.ws_connect(
                    rest.address("events"),
                    params={"app": self._settings.app, "subscribeAll": every},
                    server_hostname=self._settings.tls_name,
                    heartbeat=self._settings.ping_seconds,
                    max_msg_size=_LONGEST,
                )
        except aiohttp.WSServerHandshakeError as error:
            self._refuse(rest, error.status)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise rest.failure(error) from error
        self._reading = self._loop.create_task(self._read(socket))
        await self._narrow(rest)

    async def _read(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        """Everything that comes, until nothing more can."""
        try:
            await self._read_all(socket)
        except Exception:
            log.exception("ari.fault", pbx=self._pbx)
            self._end(LinkDown("a fault of ours: report it with the log line before this one"))

    async def _read_all(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        async for came in socket:
            if came.type is not aiohttp.WSMsgType.TEXT:
                continue
            self._counters.count("ari_messages", pbx=self._pbx)
            heard = message(came.data)
            if heard.kind == _REPLACED:
                self._replaced(heard)
            else:
                self._on_message(heard)
        error = socket.exception()
        silent = isinstance(error, TimeoutError | asyncio.TimeoutError)
        no_pong = NoAnswer(f"no answer to a ping in {self._settings.ping_seconds / 2:g} s")
        self._end(no_pong if silent else LinkDown("Asterisk closed the WebSocket"))

    def _replaced(self, heard: Message) -> None:
        try:
            app = word(body(heard.text), "application")
        except Malformed:
            return
        if app == self._settings.app:
            self.close(
                Refused(
                    f"another client has taken the ARI application {app!r}: give each its own name"
                    " (ari.app, and Stasis() in the dialplan)"
                )
            )

    async def _narrow(self, rest: Rest) -> None:
        """An Asterisk that cannot, or a user who may only read, leaves us with everything."""
        if self._kinds is None:
            return
        wanted = {"allowed": [{"type": kind} for kind in self._kinds]}
        try:
            await rest.ask("PUT", f"applications/{self._settings.app}/eventFilter", {}, wanted)
        except LinkError as error:
            log.debug("ari.not_narrowed", pbx=self._pbx, why=str(error))

    async def _ours_still(self) -> None:
        """Raises LinkDown when Asterisk sends us nothing any more."""
        app = self._settings.app
        try:
            await self._asked().get(f"applications/{app}")
        except NotThere as error:
            raise LinkDown(
                f"Asterisk has forgotten the application {app!r}, or res_ari_applications.so is"
                " not loaded"
            ) from error

    async def _while_open(self, doing: Coroutine[Any, Any, T]) -> T:
        """Do this unless the session ends meanwhile. Raises LinkDown then."""
        task = self._loop.create_task(doing)
        try:
            waited: set[asyncio.Future[Any]] = {task, self._ended}
            await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
        finally:
            task.cancel()
        if not task.done():
            raise LinkDown("the ARI session has ended")
        return task.result()

    def _end(self, why: LinkError) -> None:
        if not self._ended.done():
            self._ended.set_result(why)

    def _asked(self) -> Rest:
        if self.rest is None:
            raise LinkDown("the ARI session is not open")
        return self.rest

    def _refuse(self, rest: Rest, status: int) -> NoReturn:
        if status == 404:
            raise Unreachable(
                "ARI has no WebSocket: load res_http_websocket.so and res_ari_events.so"
            )
        rest.refuse(status, "events")


def _lacks(error: NotThere) -> Unreachable:
    return Unreachable(f"{error}: see that every module of docs/ari.md is loaded")
