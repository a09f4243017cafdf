"""The daemon that runs with this configuration, asked as the dialplan asks it over HTTP: it alone
knows what telephones do at this moment."""

from __future__ import annotations

import ssl
from contextlib import suppress
from pathlib import Path
from typing import Final
from urllib.parse import unquote

import aiohttp
import structlog

from bridge.config.model import Config
from bridge.domain.routes import Asked, Decision, RouteStatus

_PATIENCE: Final = aiohttp.ClientTimeout(total=5)
_ANYWHERE: Final = frozenset({"", "0.0.0.0", "::"})
_NAMES: Final = tuple(Decision(status=RouteStatus.OFF).variables())

log = structlog.get_logger(__name__)


async def told_by_daemon(config: Config, asked: Asked) -> dict[str, str] | None:
    """The variables that the dialplan would be told now; None where no daemon answers, or where
    it does not let us ask."""
    if config.agi is None:
        return None
    query = {**asked.words, "number": asked.number, "did": asked.did}
    with suppress(aiohttp.ClientError, OSError, TimeoutError):
        async with (
            aiohttp.ClientSession(timeout=_PATIENCE, headers=_bearer(config)) as web,
            web.get(
                f"{_address(config)}/api/v1/route",
                params={name: value for name, value in query.items() if value},
                ssl=_trusted(config),
            ) as answer,
        ):
            if answer.status == 200:
                return _read(await answer.text())
            act = "let web.token here be the daemon's own"
            log.warning("route.daemon_refuses", status=answer.status, act=act)
    return None


def _read(line: str) -> dict[str, str] | None:
    """None for what another program or version answers."""
    marker, *fields = line.split(",")
    if marker != "BRIDGE" or len(fields) != len(_NAMES):
        return None
    return dict(zip(_NAMES, map(unquote, fields), strict=True))


def _address(config: Config) -> str:
    host = "127.0.0.1" if config.web.host in _ANYWHERE else config.web.host
    scheme = "https" if config.web.tls else "http"
    return f"{scheme}://{f'[{host}]' if ':' in host else host}:{config.web.port}"


def _bearer(config: Config) -> dict[str, str]:
    token = config.web.token
    return {"Authorization": f"Bearer {token.get_secret_value()}"} if token else {}


def _trusted(config: Config) -> ssl.SSLContext | bool:
    """The daemon's own certificate, whatever names stand in it: both are of one configuration."""
    if config.web.tls is None:
        return True
    context = ssl.create_default_context(cafile=Path(config.web.tls.certificate))
    context.check_hostname = False
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    return context
