"""Which store a command looks into, and what it says when it cannot."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import wraps
from pathlib import Path
from typing import Any, Final, NoReturn, TypeVar

import click

from bridge.cli.check import DEFAULT_CONFIG
from bridge.config.findings import ConfigRefused, ConfigUnreadable
from bridge.config.load import load
from bridge.domain.masks import without_secrets
from bridge.domain.record import stamp
from bridge.outbox.ports import StoreUnavailable
from bridge.storage.engine import StoreUnusable
from bridge.storage.store import Store, open_store

_LONG: Final = 10.0  # seconds, after which a person wonders

T = TypeVar("T")
Command = TypeVar("Command", bound=Callable[..., Any])

as_json_option = click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")


def store_options(command: Command) -> Command:
    """`--store`, else the store of `--config`."""
    command = click.option(
        "--store",
        envvar="ASTERISK_BRIDGE_STORE",
        help="Address or path of the store (or ASTERISK_BRIDGE_STORE); default: the configured.",
    )(command)
    path = click.Path(path_type=Path)
    return click.option("-c", "--config", type=path, default=DEFAULT_CONFIG, show_default=True)(
        command
    )


def store_address(config: Path, store: str | None) -> str:
    """Where the store is. Ends the program when the configuration does not say."""
    if store:
        return store
    try:
        return load(config).store_url
    except (ConfigRefused, ConfigUnreadable) as error:
        cannot(
            f"{error}\nor name the store itself: --store /path/to/bridge.db; both stand before the"
            " subcommand of calls, deliveries and incidents"
        )


def keep_address(context: click.Context, config: Path, store: str | None) -> None:
    """For the subcommands of a group: found only when one runs, for `--help` asks for none."""
    context.obj = lambda: store_address(config, store)


def pass_address(command: Callable[..., T]) -> Callable[..., T]:
    """The address that the group keeps, as the first argument."""

    @click.pass_obj
    @wraps(command)
    def run(kept: Callable[[], str], *args: Any, **options: Any) -> T:
        return command(kept(), *args, **options)

    return run


def with_store(address: str, work: Callable[[Store], Awaitable[T]]) -> T:
    """Do `work` beside the daemon. Ends the program when the store cannot be used."""

    async def run() -> T:
        async with open_store(address, daemon=False) as store:
            return await work(store)

    try:
        with _saying_so(address):
            return asyncio.run(run())
    except (StoreUnusable, StoreUnavailable) as error:
        cannot(str(error))


@contextmanager
def _saying_so(address: str) -> Iterator[None]:
    """Say what a person waits for: nothing ends a process that a disk has stopped."""
    where = without_secrets(address)
    text = f"still waiting for the store {where}: does its disk move, does its server answer?"
    told = threading.Timer(_LONG, lambda: click.echo(text, err=True))
    told.daemon = True
    told.start()
    try:
        yield
    finally:
        told.cancel()


def cannot(why: str) -> NoReturn:
    click.echo(why, err=True)
    sys.exit(2)


def moment(at: datetime | None) -> str:
    return stamp(at) if at else "-"
