"""The ARI link to one Asterisk: what is ARI's own about a link (`bridge.link.link`)."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime
from typing import Final

from bridge.ari.message import Message, body, moment, part, word
from bridge.ari.session import Session
from bridge.ari.settings import AriSettings
from bridge.ari.translate import KINDS, tells
from bridge.domain.ports import Counters
from bridge.link.damage import Malformed
from bridge.link.devices import Devices
from bridge.link.inbox import Message as AnyMessage
from bridge.link.link import Link, Named
from bridge.link.states import LinkState

DEVICE: Final = "DeviceStateChanged"


class AriLink(Link[Session]):
    """As Link, for the events of the whole PBX."""

    def __init__(
        self,
        pbx: str,
        settings: AriSettings,
        *,
        counters: Counters | None = None,
        started: str = "",
        chance: Callable[[], float] = random.random,
        told: Callable[[LinkState], None] = lambda state: None,
        devices: Devices | None = None,
    ) -> None:
        super().__init__(
            Named("ari", pbx),
            settings.max_bytes,
            counters=counters,
            started=started,
            chance=chance,
            told=told,
            devices=devices,
        )
        self._settings = settings

    def _new_session(self) -> Session:
        return Session(
            self._settings,
            self.pbx,
            {*KINDS, DEVICE},
            self._on_message,
            everything=True,
            extension=self._devices.extension if self._devices else lambda device: None,
            counters=self._counters,
        )

    def _moment(self, message: AnyMessage) -> datetime | None:
        try:
            return moment(body(message.text).get("timestamp"))
        except Malformed:
            return None

    def _on_message(self, message: Message) -> None:
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
