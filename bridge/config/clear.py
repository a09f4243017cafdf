"""What is said in clear over a network, so that whoever listens there hears it; pure.

This machine's own loopback is no network. The daemon works all the same: a tunnel or a network of
one's own, which no configuration shows, may be enough.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from ipaddress import ip_address
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from pydantic import BaseModel, SecretStr

from bridge.config.findings import Path
from bridge.config.model import Config
from bridge.notify.settings import EmailSettings

Doubt = tuple[Path, str, str]

_HIDDEN: Final = ("require", "verify-ca", "verify-full")  # asyncpg's words
_TUNNEL: Final = "or lead it through a tunnel"


def in_clear(config: Config) -> Iterator[Doubt]:
    """Path, what is heard and what to write instead."""
    yield from _pbx(config)
    yield from _served(config)
    yield from _kept(config)
    for place, channel in enumerate(config.alerts.channels):
        if isinstance(channel, EmailSettings) and channel.tls == "none" and far(channel.server):
            path: Path = ("alerts", "channels", place, "tls")
            yield path, "mails leave this machine in clear", "write starttls or implicit"
    for path, address in _addresses(config):
        if far(urlsplit(address).hostname or ""):
            yield path, "what is sent there goes in clear", f"use https://, {_TUNNEL}"


def far(host: str) -> bool:
    """Whether packets to (or for) this host or address leave the machine. A name but localhost
    does, for nobody asks DNS here."""
    try:
        return not ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.casefold() not in ("localhost", "")


def _pbx(config: Config) -> Iterator[Doubt]:
    for place, pbx in enumerate(config.pbx):
        if not pbx.tls and far(pbx.host):
            problem = "calls, and what rights this AMI user has, cross the network in clear"
            yield ("pbx", place, "tls"), problem, f"write `tls: true` (docs/ami.md), {_TUNNEL}"


def _served(config: Config) -> Iterator[Doubt]:
    web, agi = config.web, config.agi
    if far(web.host):
        if web.tls is None:
            problem = "calls, recordings and tokens are served in clear"
            advice = "write web.tls (docs/access.md), or 127.0.0.1 and a reverse proxy before it"
            yield ("web", "host"), problem, advice
        if web.token is None and not web.tokens:
            yield ("web", "host"), "whoever reaches it sees every call", "write web.token"
    if agi is not None and far(agi.host):
        problem = "FastAGI has no TLS: numbers and names of clients cross the network in clear"
        yield ("agi", "host"), problem, f"put the daemon on the PBX's machine, {_TUNNEL}"


def _kept(config: Config) -> Iterator[Doubt]:
    redis = config.cache.redis
    if redis and not redis.tls and any(far(each.rpartition(":")[0]) for each in redis.addresses):
        problem = "what CRMs say of clients crosses the network in clear"
        yield ("cache", "redis", "tls"), problem, f"write `tls: true`, {_TUNNEL}"
    asked = config.scripts.databases
    databases: dict[Path, str] = {("store", "url"): config.store_url}
    databases |= {
        ("scripts", "databases", name): url.get_secret_value() for name, url in asked.items()
    }
    for path, address in databases.items():
        url = urlsplit(address)
        hidden = parse_qs(url.query).get("ssl", [""])[0] in _HIDDEN
        if url.scheme.startswith("postgresql") and far(url.hostname or "") and not hidden:
            problem = "what is asked there and told may cross the network in clear"
            yield path, problem, "write `?ssl=verify-full` behind it"


def _addresses(value: Any, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """Every http:// in the settings, with its path."""
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    if isinstance(value, str):
        if value.startswith("http://"):
            yield path, value
    else:
        for step, item in _items(value):
            yield from _addresses(item, (*path, step))


def _items(value: Any) -> Iterable[tuple[str | int, Any]]:
    if isinstance(value, BaseModel):
        return ((name, getattr(value, name)) for name in type(value).model_fields)
    if isinstance(value, dict):
        return ((str(key), item) for key, item in value.items())
    return enumerate(value) if isinstance(value, list | tuple) else ()
