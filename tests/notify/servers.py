"""Those who receive alerts, for real on loopback: an SMTP server, a Bot API, a webhook."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message as Letter
from typing import Any

from aiohttp import web
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


@dataclass
class Mailbox:
    """`code` is what it answers to a letter; it knows one user, `bridge` with `4f1c0d9e`."""

    letters: list[Letter] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)
    code: str = "250 OK"
    port: int = 0

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.code.startswith("2"):
            content = envelope.content
            assert isinstance(content, bytes)
            self.letters.append(message_from_bytes(content))
            self.encrypted.append(session.ssl is not None)
        return self.code


def _login(server: SMTP, session: Session, envelope: Envelope, how: str, data: Any) -> AuthResult:
    known = isinstance(data, LoginPassword) and (data.login, data.password) == (
        b"bridge",
        b"4f1c0d9e",
    )
    return AuthResult(success=known, handled=False)


@asynccontextmanager
async def mail_server(tls: ssl.SSLContext | None, *, login: bool) -> AsyncIterator[Mailbox]:
    mailbox = Mailbox()
    loop = asyncio.get_running_loop()

    def made() -> SMTP:
        return SMTP(
            mailbox,
            hostname="localhost",
            tls_context=tls,
            require_starttls=tls is not None,
            auth_required=login,
            authenticator=_login if login else None,
            loop=loop,
        )

    server = await loop.create_server(made, "127.0.0.1", 0)
    mailbox.port = server.sockets[0].getsockname()[1]
    try:
        yield mailbox
    finally:
        server.close()


@dataclass
class Receiver:
    """Answers with what stands in `answers`, then with `always`."""

    always: tuple[int, Any]
    answers: list[tuple[int, Any]] = field(default_factory=list)
    got: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    address: str = ""
    something: asyncio.Event = field(default_factory=asyncio.Event)

    async def handle(self, request: web.Request) -> web.Response:
        self.got.append((request.path, dict(request.headers), await request.read()))
        self.something.set()
        status, body = self.answers.pop(0) if self.answers else self.always
        return web.json_response(body, status=status)

    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, _, body in self.got]

    async def until(self, count: int) -> None:
        """Returns when so many requests have come."""
        while len(self.got) < count:
            self.something.clear()
            await self.something.wait()


@asynccontextmanager
async def receiver(status: int = 200, body: Any = None) -> AsyncIterator[Receiver]:
    made = Receiver((status, body or {}))
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", made.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.address = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield made
    finally:
        await runner.cleanup()
