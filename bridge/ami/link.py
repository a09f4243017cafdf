"""The AMI link to one Asterisk: what is AMI's own about a link (`bridge.link.link`)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Unpack

from bridge.ami.codec import Frame
from bridge.ami.presence import KINDS as DEVICE_KINDS
from bridge.ami.presence import state
from bridge.ami.protocol import Reply, Value
from bridge.ami.session import Session
from bridge.ami.settings import AmiSettings
from bridge.ami.translate import moment
from bridge.link.errors import LinkDown
from bridge.link.inbox import Message
from bridge.link.link import Around, Link, Named
from bridge.link.states import LinkState


class AmiLink(Link[Session]):
    """As Link; `action` from anybody.

    `kinds`: the events wanted (None: all). `tap` gets every byte as it comes, and answers whether
    it could keep it: if not, the link has fallen behind.
    """

    def __init__(
        self,
        settings: AmiSettings,
        kinds: Iterable[str] | None,
        *,
        tap: Callable[[bytes], bool] | None = None,
        **around: Unpack[Around],
    ) -> None:
        super().__init__(Named("ami", settings.name), settings.max_bytes, **around)
        self._settings = settings
        beside = DEVICE_KINDS if self._devices else frozenset()
        self._kinds = None if kinds is None else frozenset(kinds) | beside
        self._tap = tap

    async def action(
        self, name: str, headers: Mapping[str, Value] | None = None, seconds: float | None = None
    ) -> Reply:
        """One action, sent at most once and never again after a loss. Raises LinkDown at once
        when the link is not live, NoAnswer after `seconds`, BadHeader for a line break."""
        if self._session is None or self.state is not LinkState.LIVE:
            raise LinkDown(f"{name} not sent: the link to {self.pbx} is {self.state}")
        return await self._session.action(name, headers, seconds)

    def _new_session(self) -> Session:
        return Session(
            self._settings,
            self._kinds,
            self._on_frame,
            counters=self._counters,
            tap=self._on_bytes if self._tap else None,
        )

    def _moment(self, message: Message) -> datetime | None:
        return moment(message) if isinstance(message, Frame) else None

    def _on_frame(self, frame: Frame) -> None:
        if self._devices and frame.kind in DEVICE_KINDS:
            self._devices.hear(*state(frame))
        else:
            self._hear(frame)

    def _on_bytes(self, data: bytes) -> None:
        if self._tap is not None and not self._tap(data):
            self._fall_behind("the stream cannot be kept as fast as it comes")
