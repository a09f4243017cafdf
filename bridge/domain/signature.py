"""How we sign what we send by HTTP, so that a receiver knows that it is ours and is not a replay.

HMAC-SHA256 over the timestamp (seconds since 1970), a dot, and the body as it is sent. While a
secret is changed for another there are two, and a signature by each.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime
from typing import Final

TIMESTAMP: Final = "X-Bridge-Timestamp"
SIGNATURE: Final = "X-Bridge-Signature"
EVENT: Final = "X-Bridge-Event"
EVENT_ID: Final = "X-Bridge-Event-Id"


def signature(secret: str, timestamp: int, body: bytes) -> str:
    """Hexadecimal."""
    signed = str(timestamp).encode() + b"." + body
    return hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


def headers(
    secrets: Sequence[str], event: str, id: str, body: bytes, now: datetime
) -> dict[str, str]:
    """The headers of one message. `id` is the same in every repeat of it: a receiver that has seen
    it need do nothing. Without a secret there is no signature."""
    timestamp = int(now.timestamp())
    signed = ",".join(f"v1={signature(secret, timestamp, body)}" for secret in secrets)
    named = {EVENT: event, EVENT_ID: id, TIMESTAMP: str(timestamp)}
    return named | ({SIGNATURE: signed} if signed else {})
