"""What can go wrong with a link to Asterisk or a request over it. Each names its Trouble, so that
the back-off is read from a table, and each text tells the reader what to do next."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar


class Trouble(StrEnum):
    """Why a link is not up, as metrics and the back-off table name it."""

    UNREACHABLE = "unreachable"
    """Nobody answers at host and port, or TLS fails."""
    LOST = "lost"
    """Asterisk or the network closed the connection."""
    SILENT = "silent"
    """The connection stands but no answer came in time."""
    BEHIND = "behind"
    """We did not keep up with the events and closed the link ourselves."""
    REFUSED = "refused"
    """Asterisk refuses our name, password, address or rights: a person has to change something."""


class LinkError(Exception):
    """Temporary unless `trouble` is REFUSED.

    `sent`: the action may have reached Asterisk, so it may have taken effect (never repeat it).
    """

    trouble: ClassVar[Trouble] = Trouble.LOST

    def __init__(self, text: str, *, sent: bool = False) -> None:
        super().__init__(text)
        self.sent = sent


class Unreachable(LinkError):
    trouble = Trouble.UNREACHABLE


class LinkDown(LinkError):
    trouble = Trouble.LOST


class NoAnswer(LinkError):
    trouble = Trouble.SILENT


class FellBehind(LinkError):
    trouble = Trouble.BEHIND


class Refused(LinkError):
    trouble = Trouble.REFUSED
