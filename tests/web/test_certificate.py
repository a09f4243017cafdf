"""The page over TLS, with a certificate that may be renewed while it serves."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from aiohttp import ClientConnectorError, ClientSession, ServerDisconnectedError
from pydantic import SecretStr

from bridge.web.app import serving
from bridge.web.certificate import Certificate, CertificateUnusable, TlsSettings
from bridge.web.settings import WebSettings
from tests.web.certificates import certify
from tests.web.conftest import Office

OWNER = "5d1f0c6e88aa4b07"


@dataclass
class Page:
    address: str
    certificate: Certificate
    folder: Path

    async def shown(self) -> str:
        """What the next one to come is shown."""
        port = int(self.address.rpartition(":")[2])
        return await asyncio.to_thread(ssl.get_server_certificate, ("127.0.0.1", port))


@pytest.fixture
async def page(office: Office, tmp_path: Path) -> AsyncIterator[Page]:
    certificate = Certificate(settings(*certify(tmp_path)))
    room = replace(
        office.room,
        certificate=certificate,
        settings=WebSettings(port=0, token=SecretStr(OWNER)),
    )
    async with serving(room) as address:
        yield Page(address, certificate, tmp_path)


def settings(certificate: Path, key: Path) -> TlsSettings:
    return TlsSettings(certificate=certificate, key=key)


@pytest.mark.proves("S0-44")
async def test_who_trusts_the_certificate_gets_the_page(page: Page) -> None:
    trusting = ssl.create_default_context(cafile=page.folder / "web.pem")
    bearer = {"Authorization": f"Bearer {OWNER}"}
    async with (
        ClientSession(page.address, headers=bearer) as session,
        session.get("/", ssl=trusting) as answer,
    ):
        assert (answer.status, page.address.startswith("https://")) == (200, True)


async def test_a_login_over_tls_is_kept_for_tls_alone(page: Page) -> None:
    form, ours = {"token": OWNER, "next": "/"}, {"Origin": page.address}
    async with (
        ClientSession(page.address, headers=ours) as session,
        session.post("/session", data=form, ssl=False, allow_redirects=False) as answer,
    ):
        assert "Secure" in answer.headers["Set-Cookie"]


async def test_nobody_is_served_in_clear(page: Page) -> None:
    async with ClientSession(page.address.replace("https", "http")) as session:
        with pytest.raises((ServerDisconnectedError, ClientConnectorError, ConnectionError)):
            await session.get("/livez")


async def test_a_renewed_certificate_is_shown_from_then_on(page: Page) -> None:
    before = await page.shown()
    certify(page.folder)
    page.certificate.read_anew()
    after = await page.shown()
    assert (before != after, after) == (True, (page.folder / "web.pem").read_text())


async def test_one_that_cannot_be_used_leaves_the_old_one(page: Page) -> None:
    before = await page.shown()
    (page.folder / "web.pem").write_text("half a fi")
    with pytest.raises(CertificateUnusable):
        page.certificate.read_anew()
    assert await page.shown() == before


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda it: (it / "web.pem").unlink(), "No such file"),
        (lambda it: (it / "web.key").write_text("nothing"), "this is no PEM"),
        (lambda it: (it / "web.pem").write_text(other(it)), "do not belong together"),
        (lambda it: certify(it, b"a password"), "the key has a password"),
    ],
)
def test_what_is_wrong_with_the_files_is_said(spoil: object, says: str, tmp_path: Path) -> None:
    files = certify(tmp_path)
    assert callable(spoil)
    spoil(tmp_path)
    with pytest.raises(CertificateUnusable, match=says):
        Certificate(settings(*files))


def other(folder: Path) -> str:
    apart = folder / "other"
    apart.mkdir()
    return certify(apart)[0].read_text()
