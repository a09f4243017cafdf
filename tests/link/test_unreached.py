"""No connection is told with its reason, in words, and with nothing that is secret."""

from __future__ import annotations

import errno
import socket
import ssl

import pytest
from aiohttp import (
    ClientConnectorCertificateError,
    ClientConnectorDNSError,
    ClientConnectorError,
    InvalidURL,
    ServerDisconnectedError,
)
from aiohttp.client_reqrep import ConnectionKey

from bridge.link.unreached import reason

HERE = ConnectionKey("pbx.example", 443, True, True, None, None, None)
REFUSED = ConnectionRefusedError(errno.ECONNREFUSED, "Connect call failed ('192.0.2.1', 5038)")
UNKNOWN = socket.gaierror(socket.EAI_NONAME, "Name or service not known")
SELF_SIGNED = ssl.SSLCertVerificationError(1, "certificate verify failed: self-signed (_ssl.c:1)")
SELF_SIGNED.verify_message = "self-signed certificate"
NO_TLS = ssl.SSLError(1, "[SSL: WRONG_VERSION_NUMBER] wrong version number (_ssl.c:1006)")
BOTH = OSError(
    "Multiple exceptions: [Errno 111] Connect call failed ('::1', 5038, 0, 0),"
    " [Errno 111] Connect call failed ('127.0.0.1', 5038)"
)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (REFUSED, "Connection refused"),
        (ClientConnectorError(HERE, REFUSED), "Connection refused"),
        (BOTH, "Connection refused"),
        (TimeoutError(errno.ETIMEDOUT, ""), "Connection timed out"),
        (TimeoutError(), "no answer in time"),
        (UNKNOWN, "Name or service not known"),
        (ClientConnectorDNSError(HERE, UNKNOWN), "Name or service not known"),
        (SELF_SIGNED, "its certificate is not good: self-signed certificate"),
        (
            ClientConnectorCertificateError(HERE, SELF_SIGNED),
            "its certificate is not good: self-signed certificate",
        ),
        (NO_TLS, "[SSL: WRONG_VERSION_NUMBER] wrong version number"),
        (ServerDisconnectedError(), "Server disconnected"),
        (OSError(), "OSError"),
        (InvalidURL("http://bridge:s3cret@:x/"), "http://bridge:***@:x/"),
    ],
)
def test_a_reason_is_said_in_words(error: BaseException, said: str) -> None:
    assert reason(error) == said
