"""A CRM that is not reached is told with the machine and the reason."""

from __future__ import annotations

import errno
import socket
import ssl
from collections.abc import Callable

import pytest
from aiohttp import ClientConnectorCertificateError, ClientConnectorError, ClientConnectorSSLError
from aiohttp.client_reqrep import ConnectionKey

from bridge.crm.sending import Sending, guarded
from bridge.crm.trouble import Trouble

HERE = ConnectionKey("crm.example", 443, True, True, None, None, None)


@pytest.mark.parametrize(
    ("failed", "cause", "told"),
    [
        (ClientConnectorError, OSError(errno.EHOSTUNREACH, "…"), "No route to host"),
        (ClientConnectorError, socket.gaierror(-2, "Name unknown"), "Name unknown"),
        (ClientConnectorSSLError, ssl.SSLError(1, "WRONG_VERSION"), "WRONG_VERSION"),
        (
            ClientConnectorCertificateError,
            ssl.SSLCertVerificationError("self-signed"),
            "its certificate is not good: .*self-signed",
        ),
    ],
)
async def test_what_is_not_reached_is_told_with_the_reason(
    failed: Callable[[ConnectionKey, Exception], Exception], cause: Exception, told: str
) -> None:
    async def send() -> None:
        raise failed(HERE, cause)

    with pytest.raises(Trouble, match=f"ask: the CRM is not reached: crm.example:443: {told}"):
        await guarded(send, Sending(writes=False), "ask", 1)
