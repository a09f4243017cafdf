"""Links that acknowledge an incident without a login: signed, for a week."""

from __future__ import annotations

import hmac
from datetime import datetime, timedelta
from typing import Final

_GOOD_FOR: Final = timedelta(days=7)


class Links:
    """`page` is the address under which people reach us; whoever has `secret` can make links."""

    def __init__(self, page: str, secret: str) -> None:
        self._page = page.rstrip("/")
        self._secret = secret.encode()

    def acknowledge(self, id: int, now: datetime) -> str:
        until = int((now + _GOOD_FOR).timestamp())
        return f"{self._page}/incidents/{id}/ack?until={until}&sign={self._sign(id, until)}"

    def good(self, id: int, until: str, sign: str, now: datetime) -> bool:
        """Whether we made this link and it is still good. Anything may come from outside."""
        if not (until.isascii() and until.isdecimal() and len(until) < 16):
            return False
        ours = self._sign(id, int(until)).encode()
        return hmac.compare_digest(ours, sign.encode()) and now.timestamp() < int(until)

    def _sign(self, id: int, until: int) -> str:
        return hmac.new(self._secret, f"acknowledge {id} {until}".encode(), "sha256").hexdigest()
