"""The ARI link to one Asterisk: what is ARI's own about a link (`bridge.link.link`)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final, Unpack

from bridge.ari.application import KINDS as APPLICATION_KINDS
from bridge.ari.application import Application
from bridge.ari.message import Message, body, moment, part, word
from bridge.ari.originate import originate
from bridge.ari.rung import Rung
from bridge.ari.session import Session
from bridge.ari.settings import AriSettings
from bridge.ari.translate import KINDS, tells
from bridge.dialout.order import Order
from bridge.domain.call_requests import Unfulfilled
from bridge.link.damage import Malformed
from bridge.link.errors import LinkDown
from bridge.link.inbox import Message as AnyMessage
from bridge.link.link import Around, Link, Named
from bridge.link.states import LinkState

DEVICE: Final = "DeviceStateChanged"


class AriLink(Link[Session]):
    """As Link; it serves our application, too (`Stasis(bridge,rate)` in the dialplan).

    `everything`: the events of the whole PBX; else the consumer hears of the link alone, for AMI
    tells of the calls. `tap` gets every event there is in place of the consumer, and answers
    whether it could keep it: if not, the link has fallen behind.
    """

    def __init__(
        self,
        pbx: str,
        settings: AriSettings,
        *,
        everything: bool = True,
        tap: Callable[[Message], bool] | None = None,
        **around: Unpack[Around],
    ) -> None:
        super().__init__(Named("ari", pbx), settings.max_bytes, **around)
        self._settings = settings
        self._everything = everything
        self._tap = tap
        self._application = Application(pbx, settings.app, self.ask, self._counters)
        self.rung = Rung()

    async def run(self) -> None:
        """As Link, and the application beside it."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._application.run())
            await super().run()

    async def ask(self, method: str, path: str, query: dict[str, str], body: Any = None) -> Any:
        """One request, sent at most once. Raises LinkDown at once when the link is not live, and
        what Rest raises."""
        rest = self._session.rest if self._session is not None else None
        if rest is None or self.state is not LinkState.LIVE:
            raise LinkDown(f"{path} not asked: the ARI link to {self.pbx} is {self.state}")
        return await rest.ask(method, path, query, body)

    async def originate(self, order: Order) -> Unfulfilled | None:
        """As `originate` of bridge.ari.originate. It takes a link that hears `everything`."""
        return await originate(self.ask, self.rung, order)

    def close(self) -> None:
        """As Link; who is in the application is not waited for."""
        super().close()
        self._application.close()

    def _new_session(self) -> Session:
        kinds = {*KINDS, DEVICE, *APPLICATION_KINDS} if self._everything else APPLICATION_KINDS
        return Session(
            self._settings,
            self.pbx,
            kinds if self._tap is None else None,
            self._on_message,
            everything=self._everything,
            extension=self._devices.extension if self._devices else lambda device: None,
            counters=self._counters,
        )

    def _moment(self, message: AnyMessage) -> datetime | None:
        try:
            return moment(body(message.text).get("timestamp"))
        except Malformed:
            return None

    def _move(self, to: LinkState) -> None:
        super()._move(to)
        if to is LinkState.LIVE:
            self._application.live()
        else:
            self._application.lost()
            self.rung.lost()

    def _on_message(self, message: Message) -> None:
        if self._tap is not None:
            if not self._tap(message):
                self._fall_behind("the stream cannot be kept as fast as it comes")
            return
        if message.kind in APPLICATION_KINDS:
            self._application.hear(message)
        if not self._everything:
            return
        self.rung.hear(message)
        if message.kind == DEVICE:
            self._device(message)
        elif tells(message):
            self._hear(message)

    def _device(self, message: Message) -> None:
        try:
            told = part(body(message.text), "device_state")
        except Malformed:
            return
        if self._devices:
            self._devices.hear(("", word(told, "name")), word(told, "state"))
