"""A destination that only listens: it has no clients, leads, deals or people to ask about.

What it takes is in a connector's own `log_call` and `attach_recording`; everything else is refused,
and the rules do not plan it (see Capability). It cannot be asked either what was made: what may
have been lost is sent again under the same id, by which the receiver knows it.
"""

from __future__ import annotations

from bridge.crm.partial import Partial
from bridge.crm.webhook.live import Live


class Listener(Partial):
    """`live` is told of calls as they happen."""

    live: Live
