"""Capture bytes to call records, beside panoramisk itself and beside doing nearly nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from panoramisk.ami_protocol import AMIProtocol

from bridge.ami.codec import MAX_MESSAGE
from bridge.ami.replay import call_records
from bridge.ami.translate import KINDS
from bridge.domain.directory import Directory
from tests.bench.captures import END, busy, chunks, of_office
from tests.bench.stopwatch import best_of
from tests.bench.table import Row, at_least, rate
from tests.tracker.recorded import all_recorded

ROUNDS: Final = 5
CALLS: Final = 400
A_SECOND: Final = 30
_WANTED: Final = frozenset(kind.encode() for kind in KINDS)


def parse() -> Iterator[tuple[str, list[Row]]]:
    """Full, unfiltered captures: the recorded calls one after another; one busy stretch of them."""
    recorded = b"".join(call.capture() for call in all_recorded())
    directory = Directory(trunks=["PJSIP/trunk*", "SIP/trunk*", "PJSIP/Calls*"])
    yield "Recorded calls, one after another", _compared(recorded, directory)
    office = of_office()
    one = END.join(busy([call.capture() for call in office], CALLS, A_SECOND)) + END
    yield (
        f"{CALLS} calls in one capture, {A_SECOND} a second",
        _compared(one, office[0].directory()),
    )


def _compared(capture: bytes, directory: Directory) -> list[Row]:
    best = best_of(
        ROUNDS,
        {
            "records": lambda: list(call_records(chunks(capture), directory)),
            "names": lambda: names(capture),
            "panoramisk": lambda: panoramisk(capture),
        },
    )
    count, records = capture.count(END), best["records"]
    return [
        Row("capture", f"{count:,} messages, {len(capture) / 1e6:.0f} MB"),
        rate("bytes → call records", count, records, "messages"),
        rate("each event's name looked at, nothing else", count, best["names"], "messages"),
        rate("panoramisk 1.4 parses the same bytes", count, best["panoramisk"], "messages"),
        at_least("records ÷ panoramisk", best["panoramisk"] / records, 12),
        at_least("records ÷ names alone", best["names"] / records, 0.5),
    ]


def names(capture: bytes) -> int:
    """The least that a reader of the stream must do: chunks put together, cut into messages, a
    message without an end refused, each event's name compared with those wanted."""
    held, wanted = b"", 0
    for chunk in chunks(capture):
        *whole, held = (held + chunk).split(END)
        if len(held) > MAX_MESSAGE:
            raise ValueError("a message without an end")
        for message in whole:
            if message[:7] == b"Event: " and message[7 : message.find(b"\r")] in _WANTED:
                wanted += 1
    return wanted


class _Nobody:
    """What the library's protocol asks of its Manager."""

    save_stream = None

    def dispatch(self, message: object) -> None:
        pass


def panoramisk(capture: bytes) -> None:
    """The library's protocol fed with the bytes: no network, no handlers."""
    protocol: Any = AMIProtocol()
    protocol.connection_made(None)
    protocol.factory, protocol.encoding = _Nobody(), "utf8"
    for chunk in chunks(capture):
        protocol.data_received(chunk)
