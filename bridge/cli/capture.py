"""`asterisk-bridge capture`: write what Asterisk says on AMI or ARI to a file, or mask a file of
AMI's that there is."""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO, Final

import click
import structlog
from pydantic import SecretStr, ValidationError

from bridge.ami.capture import Cutter, Spool, masked, stamped
from bridge.ami.codec import END
from bridge.ami.link import AmiLink
from bridge.ami.mask import Mask
from bridge.ami.recorded import bare
from bridge.ami.session import Session
from bridge.ami.settings import AmiSettings
from bridge.ari.link import AriLink
from bridge.ari.recorded import GAP, is_ari, line
from bridge.ari.session import Session as AriSession
from bridge.ari.settings import AriSettings
from bridge.cli.region import COUNTRY
from bridge.domain.counters import NoCounters
from bridge.domain.pbx_events import LinkLost
from bridge.link.errors import LinkError

_SPOOL_BYTES: Final = 64 * 1024 * 1024
# All that can tell of calls; `security` would show who logs in from where.
_CLASSES: Final = "call,agent,dialplan,dtmf,user,cdr,reporting,system"
_CHUNK: Final = 1024 * 1024
_NOT_MASKED: Final = "--mask reads AMI: what ARI says cannot be masked"
AnyLink = AmiLink | AriLink
_FILE: Final = click.Path(path_type=Path)


def _env(name: str) -> str:
    return f"ASTERISK_BRIDGE_AMI_{name}"


@click.command("capture", short_help="Write the raw AMI or ARI stream to a file.")
@click.option("-o", "--output", type=_FILE, default="-", help="File to write; - is stdout.")
@click.option("--mask", "mask_wanted", is_flag=True, help="Replace phone numbers and names.")
@click.option("--from", "source", type=_FILE, help="Mask this file instead of connecting.")
@click.option("--mask-key", envvar="ASTERISK_BRIDGE_MASK_KEY", help="Mask several files alike.")
@click.option(
    "--region", type=COUNTRY, default="RU", show_default=True, help="Country of national numbers."
)
@click.option("--host", envvar=_env("HOST"), default="127.0.0.1", show_default=True)
@click.option("--port", envvar=_env("PORT"), default=5038, show_default=True)
@click.option("--ari", "ari_url", help="Hear ARI at this address (http://127.0.0.1:8088), not AMI.")
@click.option("--user", envvar=_env("USER"), help="User of manager.conf; with --ari of ari.conf.")
@click.option("--secret-file", envvar=_env("SECRET_FILE"), type=_FILE, help="Holds its secret.")
@click.option("--login", envvar=_env("LOGIN"), default="md5", type=click.Choice(["md5", "plain"]))
@click.option("--tls/--no-tls", envvar=_env("TLS"), help="Connect with TLS (tlsenable).")
@click.option("--tls-ca", envvar=_env("TLS_CA"), type=_FILE, help="PEM file to trust.")
@click.option("--tls-name", envvar=_env("TLS_NAME"), help="Name in the certificate, if not host.")
@click.option(
    "--events", "classes", default=_CLASSES, show_default=True, help="AMI classes, `on` for all."
)
@click.option("--seconds", type=float, help="Stop after so long; else with Ctrl-C.")
def command(
    output: Path,
    mask_wanted: bool,
    source: Path | None,
    mask_key: str | None,
    region: str,
    seconds: float | None,
    ari_url: str | None,
    **to: Any,
) -> None:
    """Write everything Asterisk says on AMI, each event with a Timestamp, until Ctrl-C; with --ari
    every event of its WebSocket, one a line.

    The secret comes from --secret-file or the environment variable ASTERISK_BRIDGE_AMI_SECRET.
    With --mask the file can be sent to a stranger: phone numbers and names are replaced one to one,
    secrets go; extensions of two to six digits, keys pressed, devices, host names and IP addresses
    stay. What ARI says is not masked.
    """
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    key = mask_key.encode() if mask_key else secrets.token_bytes(16)
    mask = Mask(key, region.upper()) if mask_wanted else None
    try:
        if source is not None:
            _mask_file(source, output, mask)
        elif ari_url is not None:
            if mask is not None:
                raise click.UsageError(_NOT_MASKED)
            sys.exit(asyncio.run(_capture_ari(_ari_settings(ari_url, to), output, seconds)))
        else:
            sys.exit(asyncio.run(_capture(_settings(to), output, mask, seconds)))
    except (OSError, LinkError, click.ClickException) as error:
        text = error.format_message() if isinstance(error, click.ClickException) else str(error)
        click.echo(f"asterisk-bridge capture: {text}", err=True)
        sys.exit(2)


def _mask_file(source: Path, output: Path, mask: Mask | None) -> None:
    """Twice over the file: names first, so that one is replaced even before it is introduced."""
    if mask is None:
        raise click.UsageError("--from needs --mask: without it the file would only be copied")
    if output != Path("-") and output.exists() and output.samefile(source):
        raise click.UsageError("-o names the file that is read: choose another")
    for _ in _masked_chunks(source, mask):
        pass
    with _opened(output) as file:
        for chunk in _masked_chunks(source, mask):
            file.write(chunk)


def _masked_chunks(source: Path, mask: Mask) -> Iterator[bytes]:
    with source.open("rb") as file:
        chunk = file.read(_CHUNK)
        if is_ari(chunk):
            raise click.UsageError(_NOT_MASKED)
        cutter = Cutter(lambda message: masked(message, mask), b"\n\n" if bare(chunk) else END)
        while chunk:
            yield cutter.feed(chunk)
            chunk = file.read(_CHUNK)
    yield cutter.rest()


def _settings(to: dict[str, Any]) -> AmiSettings:
    user, secret = _login(to)
    with _in_words():
        return AmiSettings(name="capture", username=user, secret=SecretStr(secret), **to)


def _ari_settings(url: str, to: dict[str, Any]) -> AriSettings:
    """Under a name of our own: an application belongs to one client."""
    user, secret = _login(to)
    app = f"capture-{secrets.token_hex(4)}"
    tls = {name: to[name] for name in ("tls_ca", "tls_name")}
    with _in_words():
        return AriSettings(url=url, username=user, password=SecretStr(secret), app=app, **tls)


def _login(to: dict[str, Any]) -> tuple[str, str]:
    user, secret_file = to.pop("user"), to.pop("secret_file")
    secret = secret_file.read_text().strip() if secret_file else os.environ.get(_env("SECRET"))
    if not user or not secret:
        raise click.UsageError(
            f"say --user and --secret-file (or {_env('USER')}, {_env('SECRET')})"
        )
    return user, secret


@contextmanager
def _in_words() -> Iterator[None]:
    try:
        yield
    except ValidationError as error:
        first = error.errors()[0]
        raise click.UsageError(f"{first['loc'][0]}: {first['msg']}") from None


async def _capture(
    settings: AmiSettings, output: Path, mask: Mask | None, seconds: float | None
) -> int:
    """0 when the stream is whole, 1 when it has gaps. Raises LinkError when there is none at all,
    OSError when it cannot be written."""

    def changed(message: bytes) -> bytes:
        message = stamped(message, time.time())
        return message if mask is None else masked(message, mask)

    await _try(Session(settings, (), lambda frame: None))
    spool, cutter = Spool(_SPOOL_BYTES), Cutter(changed)
    link = AmiLink(settings, (), tap=lambda data: spool.put(cutter.feed(data)))
    return await _spooled(link, spool, output, seconds)


async def _capture_ari(settings: AriSettings, output: Path, seconds: float | None) -> int:
    """As `_capture`. A gap is a line of ours: nothing of ARI's says where its stream begins."""
    await _try(
        AriSession(
            settings,
            "capture",
            None,
            lambda message: None,
            everything=True,
            extension=lambda device: None,
            counters=NoCounters(),
        )
    )
    spool = Spool(_SPOOL_BYTES)
    link = AriLink("capture", settings, tap=lambda message: spool.put(line(message).encode()))
    return await _spooled(link, spool, output, seconds, gap=GAP)


async def _spooled(
    link: AnyLink, spool: Spool, output: Path, seconds: float | None, gap: str = ""
) -> int:
    """Until the link is closed; 1 when there were gaps."""
    failed: list[OSError] = []
    with _opened(output) as file:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(_write(spool, file, link, failed))
            tasks.create_task(link.run())
            _stop_on_signals(link)
            if seconds is not None:
                asyncio.get_running_loop().call_later(seconds, link.close)
            gaps = await _watch(link, lambda: spool.put(gap.encode()))
            spool.close()
    if failed:
        raise failed[0]
    click.echo(f"{spool.written} bytes, {gaps} gaps", err=True)
    return 1 if gaps else 0


async def _try(session: Session | AriSession) -> None:
    """Log in once, so that what only a person can mend is told now. Raises LinkError."""
    try:
        await session.open()
        await session.authenticate()
    finally:
        session.close()
        await session.closed()


async def _write(spool: Spool, file: BinaryIO, link: AnyLink, failed: list[OSError]) -> None:
    try:
        await spool.write_to(file)
    except OSError as error:
        failed.append(error)
        link.close()


async def _watch(link: AnyLink, lost: Callable[[], object]) -> int:
    """How often the link was lost, until it is closed."""
    gaps = 0
    while items := await link.take():
        for item in items:
            if isinstance(item, LinkLost):
                gaps += 1
                lost()
                click.echo(f"gap {gaps}: the link was lost, connecting again", err=True)
    return gaps


def _stop_on_signals(link: AnyLink) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with suppress(NotImplementedError):
            loop.add_signal_handler(number, link.close)


@contextmanager
def _opened(output: Path) -> Iterator[BinaryIO]:
    if output == Path("-"):
        yield sys.stdout.buffer
        return
    with output.open("wb") as file:
        yield file
