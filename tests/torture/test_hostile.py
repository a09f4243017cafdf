"""What no Asterisk should send, to the running daemon: it stays up and follows the next call."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.ami.fake import event
from tests.lab.wait import until
from tests.torture.stand import stand

_CHANNEL: Final = {"Channel": "PJSIP/trunk-00000001", "ChannelState": "4", "Exten": "s"}


def _newchannel(uniqueid: str, **more: str) -> bytes:
    return event("Newchannel", **_CHANNEL, Uniqueid=uniqueid, **more).encode()


def endless() -> Iterator[bytes]:
    """Fifty megabytes of one message, and its end at last."""
    yield b"Event: VarSet\r\nValue: "
    for _ in range(800):
        yield b"x" * 65536
    yield b"\r\n\r\n"


HOSTILE: Final[dict[str, list[bytes]]] = {
    "CR LF in a name": [
        _newchannel("7.1", CallerIDName="Vera\r\nUniqueid: 7.2\r\nLinkedid: 7.3"),
        _newchannel("7.1", CallerIDName="Vera\r\n\r\nEvent: Hangup\r\nUniqueid: 7.1"),
        event("Hangup", **_CHANNEL, Uniqueid="7.1", Cause="16").encode(),
    ],
    "fifty megabytes without an end": list(endless()),
    "binary": [random.Random(7).randbytes(200_000) + b"\r\n\r\n"],
    "a wrong charset": [
        b"Event: Newchannel\r\nUniqueid: 8.1\r\nChannel: PJSIP/trunk-00000002\r\n"
        b"CallerIDName: \xc2\xe5\xf0\xe0\xff\xfe\r\n\r\nEvent: Hangup\r\nUniqueid: 8.1\r\n\r\n"
    ],
    "negative and repeated ids": [
        *(_newchannel(one) for one in ("-1.-1", "-1.-1", "", "0", "9" * 500)),
        *(event("Hangup", Uniqueid=one, Cause="-16").encode() for one in ("-1.-1", "0", "9" * 500)),
        *(event("BridgeEnter", Uniqueid="-1.-1", BridgeUniqueid="-1").encode(),) * 3,
        event("BridgeEnter", Uniqueid="-1.-1").encode(),
        event("Hangup", Uniqueid="-1.-1", Cause="99999999999999999999").encode(),
    ],
    "nothing but ends": [b"\r\n" * 100_000],
    "times of no calendar": [
        event("Newchannel", **_CHANNEL, Uniqueid="9.1", Timestamp=when).encode()
        + event("Hangup", **_CHANNEL, Uniqueid="9.1", Timestamp=when).encode()
        for when in ("nan", "inf", "-1e300", "1e18", "-5", "0")
    ],
}


@pytest.mark.parametrize("what", HOSTILE)
async def test_the_daemon_stays_up_and_follows_the_next_call(what: str, tmp_path: Path) -> None:
    async with stand(tmp_path, random.Random(1)) as at:
        await at.start()
        await at.follows()
        await until(at.ready, "the daemon to be ready")
        for chunk in HOSTILE[what]:
            await at.pbx.send(chunk)
        before = await at.metric("ami_connects_total")
        await at.call()
        client = at.pbx.calls[-1].playing

        async def there() -> bool:
            keys = at.crm.effects
            return any(f"office-{client.uniqueid}/log_call" in key for key in keys)

        await until(there, "the next call in the CRM")
        assert (await at.ready(), await at.metric("ami_connects_total")) == (True, before)
    assert [line for line in at.log() if "exception" in line or line["level"] == "error"] == []
