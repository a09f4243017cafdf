"""One order as either link is given it."""

from __future__ import annotations

from typing import Final

from bridge.dialout.order import Order

ORDER: Final = Order(
    id="click-1",
    pbx="office",
    client="+79161234567",
    channel="PJSIP/101",
    context="out",
    exten="+79161234567",
    caller_id="+79161234567",
    timeout=25,
    variables=(("BRIDGE_AGENT", "101"),),
)
