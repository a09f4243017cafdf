"""`asterisk-bridge run`: the daemon itself."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import click

from bridge.cli.check import DEFAULT_CONFIG
from bridge.config.findings import ConfigRefused, ConfigUnreadable
from bridge.config.load import examined
from bridge.observe import logs
from bridge.storage.engine import StoreAway, StoreUnusable

_OTHERS: Final = 0o027  # what they may not: all; and the group, to write


@click.command("run")
@click.option(
    "-c", "--config", type=click.Path(path_type=Path), default=DEFAULT_CONFIG, show_default=True
)
def command(config: Path) -> None:
    """Follow the PBXs of the configuration and deliver their calls until SIGTERM."""
    try:
        settings, doubts = examined(config)
    except (ConfigRefused, ConfigUnreadable) as error:
        click.echo(str(error), err=True)
        sys.exit(2)
    # Recordings, numbers, tokens: whatever we write is nobody else's, as with the unit's UMask.
    os.umask(os.umask(_OTHERS) | _OTHERS)
    logs.configure(**settings.log.model_dump())
    # Late: it imports every room, which a refused configuration need not wait for.
    app = import_module("bridge.app")
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        try:
            runner.run(app.run(settings, doubts, partial(examined, config)))
        except (StoreAway, app.TakenOver) as error:
            click.echo(str(error), err=True)
            sys.exit(1)  # systemd starts again
        except (StoreUnusable, app.CannotStart) as error:
            click.echo(str(error), err=True)
            sys.exit(2)


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop]:
    """uvloop where it is installed (CPython), asyncio's own elsewhere."""
    name = "uvloop" if find_spec("uvloop") else "asyncio"
    factory: Callable[[], asyncio.AbstractEventLoop] = import_module(name).new_event_loop
    return factory
