"""Each channel against a server that answers as the real one does."""

from __future__ import annotations

import hashlib
import hmac
import ssl
import subprocess
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from bridge.domain.messages import Message
from bridge.notify.channels import Unsent, sender
from bridge.notify.settings import EmailSettings, TelegramSettings, WebhookSettings
from tests.notify.servers import Mailbox, mail_server, receiver

MESSAGE = Message(id="7-opened-1", title="crm не принимает звонки", text="С 09:00.")
TOKEN = "123456:AAH4f1c0d9e"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of localhost with its key, in one file."""
    file = tmp_path_factory.mktemp("tls") / "mail.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
         "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
         "-keyout", str(file.with_suffix(".key")), "-out", str(file)],
        check=True, capture_output=True,
    )  # fmt: skip
    return file


def tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, certificate.with_suffix(".key"))
    return context


def email(mailbox: Mailbox, **given: Any) -> EmailSettings:
    return EmailSettings.model_validate(
        {
            "server": "127.0.0.1",
            "port": mailbox.port,
            "sender": "bridge@example.org",
            "to": ["anna@example.org", "boris@example.org"],
            "tls": "none",
            "timeout": 5,
            **given,
        }
    )


@pytest.mark.proves("S4-15")
async def test_a_letter_goes_over_tls_with_a_login(certificate: Path) -> None:
    async with mail_server(tls(certificate), login=True) as mailbox:
        login = {"username": "bridge", "password": "4f1c0d9e"}
        its = email(mailbox, tls="starttls", tls_ca=certificate, **login)
        await sender(its).send(MESSAGE)
    [letter] = mailbox.letters
    payload = letter.get_payload(decode=True)
    assert isinstance(payload, bytes)
    assert (mailbox.encrypted, letter["To"], payload.decode().strip()) == (
        [True],
        "anna@example.org, boris@example.org",
        "С 09:00.",
    )


async def test_a_server_whose_certificate_nobody_knows_gets_no_password(certificate: Path) -> None:
    async with mail_server(tls(certificate), login=True) as mailbox:
        its = email(mailbox, tls="starttls", username="bridge", password="4f1c0d9e")
        with pytest.raises(Unsent):
            await sender(its).send(MESSAGE)
    assert mailbox.letters == []


@pytest.mark.parametrize(
    ("code", "final"), [("451 greylisted", False), ("552 too much mail", True)]
)
async def test_what_a_mail_server_says_decides_whether_it_is_tried_again(
    code: str, final: bool
) -> None:
    async with mail_server(None, login=False) as mailbox:
        mailbox.code = code
        with pytest.raises(Unsent) as caught:
            await sender(email(mailbox)).send(MESSAGE)
    assert caught.value.final is final


async def test_a_wrong_password_is_not_tried_again(certificate: Path) -> None:
    async with mail_server(tls(certificate), login=True) as mailbox:
        its = email(
            mailbox, tls="starttls", tls_ca=certificate, username="bridge", password="wr0ng-4f"
        )
        with pytest.raises(Unsent) as caught:
            await sender(its).send(MESSAGE)
    assert (caught.value.final, "wr0ng-4f" in str(caught.value)) == (True, False)


async def test_no_mail_server_is_tried_again() -> None:
    async with mail_server(None, login=False) as mailbox:
        pass
    with pytest.raises(Unsent) as caught:
        await sender(email(mailbox)).send(MESSAGE)
    assert caught.value.final is False


def test_a_password_never_goes_unencrypted() -> None:
    with pytest.raises(ValidationError, match="over TLS only"):
        email(Mailbox(port=25), username="bridge", password="4f1c0d9e")


@pytest.mark.proves("S4-14")
async def test_a_message_reaches_the_chat() -> None:
    async with receiver(200, {"ok": True, "result": {"message_id": 1}}) as api:
        its = TelegramSettings.model_validate({"token": TOKEN, "chat": "-100", "api": api.address})
        await sender(its).send(MESSAGE)
    [(path, _, _)], [body] = api.got, api.bodies()
    assert (path, body["chat_id"], body["text"]) == (
        f"/bot{TOKEN}/sendMessage",
        "-100",
        "crm не принимает звонки\n\nС 09:00.",
    )


def flood(retry_after: object) -> dict[str, Any]:
    return {
        "ok": False,
        "error_code": 429,
        "description": "Too Many Requests",
        "parameters": {"retry_after": retry_after},
    }


FLOOD = flood(35)


@pytest.mark.parametrize(
    ("status", "body", "final", "retry_after"),
    [
        (429, FLOOD, False, 35),
        (429, flood(10**400), False, 3600),
        (429, flood(float("inf")), False, 3600),
        (429, flood(float("nan")), False, None),
        (429, flood("soon"), False, None),
        (401, {"ok": False, "error_code": 401, "description": "Unauthorized"}, True, None),
        (400, {"ok": False, "error_code": 400, "description": "chat not found"}, True, None),
        (502, {}, False, None),
        (200, ["not", "an", "object"], True, None),
    ],
)
async def test_what_telegram_says_decides_whether_it_is_tried_again(
    status: int, body: Any, final: bool, retry_after: float | None
) -> None:
    async with receiver(status, body) as api:
        its = TelegramSettings.model_validate({"token": TOKEN, "chat": "1", "api": api.address})
        with pytest.raises(Unsent) as caught:
            await sender(its).send(MESSAGE)
    assert (caught.value.final, caught.value.retry_after) == (final, retry_after)
    assert TOKEN not in str(caught.value)


async def test_a_receiver_knows_by_the_signature_that_it_is_ours() -> None:
    async with receiver() as hook:
        secrets = ["old-4f1c0d9e", "new-77ab21c0"]
        its = WebhookSettings.model_validate({"url": f"{hook.address}/alerts", "secrets": secrets})
        await sender(its).send(MESSAGE)
    [(_, headers, body)] = hook.got
    signed = headers["X-Bridge-Timestamp"].encode() + b"." + body
    good = [hmac.new(s.encode(), signed, hashlib.sha256).hexdigest() for s in secrets]
    assert headers["X-Bridge-Signature"] == f"v1={good[0]},v1={good[1]}"
