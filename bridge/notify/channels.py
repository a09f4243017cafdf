"""The ways to a person: e-mail, Telegram, a signed webhook. Each sends one message or says why not.

Telegram: Bot API, `sendMessage` and "Making requests" (core.telegram.org/bots/api): an error has
`error_code`, `description` and, for a flood, `parameters.retry_after`.
"""

from __future__ import annotations

import json
import ssl
from collections.abc import Mapping
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from typing import Any, Final, Protocol

import aiohttp
import aiosmtplib

from bridge.domain.messages import Message
from bridge.domain.pieces import beginning_or_nothing
from bridge.domain.signature import headers
from bridge.notify.settings import (
    Channel,
    EmailSettings,
    TelegramSettings,
    WebhookSettings,
)

_LONGEST_TELEGRAM: Final = 4096
_LARGEST_ANSWER: Final = 64 * 1024  # bytes
_LONGEST_WAIT: Final = 3600.0  # seconds: an alert that comes later is none
_FOR_NOW: Final = frozenset({408, 425, 429})


class Unsent(Exception):
    """It was not sent. `final`: it never will be like this; `retry_after` in seconds."""

    def __init__(self, why: str, *, final: bool, retry_after: float | None = None) -> None:
        super().__init__(why)
        self.final = final
        self.retry_after = retry_after


class Sender(Protocol):
    async def send(self, message: Message) -> None:
        """Raises Unsent, whose text holds no secret."""
        ...


class Email:
    def __init__(self, settings: EmailSettings) -> None:
        self._settings = settings

    async def send(self, message: Message) -> None:
        its = self._settings
        implicit = its.tls == "implicit"
        try:
            await aiosmtplib.send(
                self._letter(message),
                sender=its.sender,
                recipients=list(its.to),
                hostname=its.server,
                port=its.port or {"implicit": 465, "starttls": 587, "none": 25}[its.tls],
                username=its.username,
                password=its.password.get_secret_value() if its.password else None,
                use_tls=implicit,
                start_tls=its.tls == "starttls",
                tls_context=None if its.tls == "none" else _tls(its),
                timeout=its.timeout,
            )
        except aiosmtplib.SMTPRecipientsRefused as error:
            final = all(each.code >= 500 for each in error.recipients)
            raise Unsent("the server refuses every recipient", final=final) from error
        except aiosmtplib.SMTPResponseException as error:
            said = f"the server says {error.code}"
            raise Unsent(said, final=error.code >= 500) from error
        except (aiosmtplib.SMTPException, OSError) as error:
            raise Unsent(
                f"the server cannot be used: {type(error).__name__}", final=False
            ) from error

    def _letter(self, message: Message) -> EmailMessage:
        letter = EmailMessage()
        letter["From"] = self._settings.sender
        letter["To"] = ", ".join(self._settings.to)
        letter["Subject"] = " ".join(message.title.split())
        letter["Date"] = format_datetime(datetime.now(UTC))
        letter["Message-ID"] = make_msgid(message.id, self._settings.sender.rpartition("@")[2])
        letter["Auto-Submitted"] = "auto-generated"
        letter.set_content(message.text)
        return letter


class Telegram:
    def __init__(self, settings: TelegramSettings) -> None:
        self._settings = settings

    async def send(self, message: Message) -> None:
        its = self._settings
        body: dict[str, Any] = {
            "chat_id": its.chat,
            "text": f"{message.title}\n\n{message.text}"[:_LONGEST_TELEGRAM],
            "link_preview_options": {"is_disabled": True},
        }
        if its.thread is not None:
            body["message_thread_id"] = its.thread
        url = f"{its.api.rstrip('/')}/bot{its.token.get_secret_value()}/sendMessage"
        status, answer = await _post(url, json.dumps(body).encode(), {}, its.timeout)
        said = _object(answer)
        if status != 200 or said.get("ok") is not True:
            raise _telegram_said(status, said)


class Webhook:
    def __init__(self, settings: WebhookSettings) -> None:
        self._settings = settings

    async def send(self, message: Message) -> None:
        its = self._settings
        facts = {"id": message.id, "title": message.title, "text": message.text, **message.facts}
        body = json.dumps(facts, ensure_ascii=False).encode()
        secrets = [secret.get_secret_value() for secret in its.secrets]
        signed = headers(secrets, "alert", message.id, body, datetime.now(UTC))
        status, _ = await _post(its.url, body, signed, its.timeout)
        if not 200 <= status < 300:
            raise Unsent(f"the receiver says {status}", final=_final(status))


def sender(settings: Channel) -> Sender:
    """The channel that these settings describe."""
    match settings:
        case EmailSettings():
            return Email(settings)
        case TelegramSettings():
            return Telegram(settings)
        case WebhookSettings():
            return Webhook(settings)


def _tls(settings: EmailSettings) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=settings.tls_ca)


def _final(status: int) -> bool:
    return status < 500 and status not in _FOR_NOW


def _telegram_said(status: int, said: Mapping[str, Any]) -> Unsent:
    parameters = said.get("parameters")
    wait = parameters.get("retry_after") if isinstance(parameters, dict) else None
    words = str(said.get("description") or status)[:200]
    return Unsent(f"Telegram says: {words}", final=_final(status), retry_after=_later(wait))


def _later(wait: object) -> float | None:
    """Seconds, from a number of any size."""
    if not isinstance(wait, int | float) or not wait > 0:
        return None
    return float(min(wait, _LONGEST_WAIT))


async def _post(
    url: str, body: bytes, given: Mapping[str, str], within: float
) -> tuple[int, bytes]:
    """Alerts are rare: a connection of its own for each, so that none grows stale."""
    bound = aiohttp.ClientTimeout(total=within)
    sent = {"Content-Type": "application/json", "User-Agent": "asterisk-crm-bridge", **given}
    try:
        async with (
            aiohttp.ClientSession(timeout=bound) as session,
            session.post(url, data=body, headers=sent, allow_redirects=False) as answer,
        ):
            return answer.status, await beginning_or_nothing(answer.content, _LARGEST_ANSWER)
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
        # The error's own text holds the address, and a bot's address holds its token.
        raise Unsent(f"no answer: {type(error).__name__}", final=False) from None


def _object(answer: bytes) -> dict[str, Any]:
    try:
        said = json.loads(answer)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}
