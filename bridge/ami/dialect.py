"""AMI as a dialect: frames are kept as they came, with a time in each."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from bridge.ami.codec import Frame
from bridge.ami.ours import GAP, written
from bridge.ami.replay import pbx_events
from bridge.ami.translate import translate
from bridge.domain.pbx_events import PbxEvent
from bridge.link.dialect import Dialect


def heard(frame: Frame) -> tuple[tuple[PbxEvent, ...], str]:
    """Without `timestampevents` in manager.conf the time of arrival has to do."""
    timed = frame if "\r\nTimestamp:" in frame.text else _stamped(frame)
    event = translate(timed)
    return ((), "") if event is None else ((event,), timed.text[2:] + "\r\n")


def _stamped(frame: Frame) -> Frame:
    now = datetime.now(UTC).timestamp()
    return replace(frame, text=f"{frame.text}Timestamp: {now:.6f}\r\n")


AMI: Final = Dialect(
    heard=heard,
    written=written,
    gap=GAP,
    again=pbx_events,
    end=b"\r\n\r\n",
    channels=re.compile(rb"\r\n\w*(?:Uniqueid|Linkedid): ([^\r]+)"),
)
