"""Signed links to recordings: whoever has one hears this recording until it expires, and no other.

The signature is an HMAC-SHA-256 over the moment, the call and the recording, so that neither can
be changed; a new secret makes every link that was given away worthless.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import quote

PATH: Final = "/shared/"
_LONGEST: Final = 12  # digits of a moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """`base` is our address as the CRM's people reach it."""

    base: str
    secret: bytes
    lasts: timedelta

    def url(self, call_id: str, recording: str, now: datetime, kind: str = "") -> str:
        """`kind` (`.mp3`) goes behind the name, for whoever goes by that; it is not signed."""
        until = str(int((now + self.lasts).timestamp()))
        name = f"{quote(call_id, safe='')}/{quote(recording, safe='')}{kind}"
        signature = self._signature(call_id, recording, until)
        return f"{self.base.rstrip('/')}{PATH}{name}?until={until}&sign={signature}"

    def allows(
        self, call_id: str, recording: str, until: str, signature: str, now: datetime
    ) -> bool:
        """Whether this is a link of ours that has not expired. Takes whatever a stranger sends."""
        if not (until.isascii() and until.isdecimal() and len(until) <= _LONGEST):
            return False
        own = self._signature(call_id, recording, until).encode()
        same = hmac.compare_digest(own, signature.encode("utf-8", "replace"))
        return same and now.timestamp() < int(until)

    def _signature(self, call_id: str, recording: str, until: str) -> str:
        said = f"{until}\n{len(call_id)}\n{call_id}\n{recording}"
        return hmac.new(self.secret, said.encode("utf-8", "replace"), hashlib.sha256).hexdigest()
