"""`asterisk-bridge`: one module here for each command, loaded when it is asked for.

Exit codes everywhere: 0 good, 1 a finding, 2 cannot run.
"""

from __future__ import annotations

import errno
import gc
import os
import sys
from importlib import import_module
from typing import Any, Final, NoReturn

import click

# name of the command -> the module of this package that holds it, as `command`
COMMANDS: Final = {
    "run": "run",
    "check": "check",
    "discover": "discover",
    "media": "media",
    "capture": "capture",
    "replay": "replay",
    "explain": "explain",
    "calls": "calls",
    "deliveries": "deliveries",
    "incidents": "incidents",
    "crm": "crm",
    "amocrm": "amocrm",
    "dialplan": "dialplan",
    "route": "route",
    "rules": "rules",
    "scripts": "scripts",
    "connector": "connector",
    "numbers": "numbers",
    "demo": "demo",
}
_NO_ROOM: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO})


class _Table(click.Group):
    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except OSError as error:
            if error.errno not in _NO_ROOM:
                raise
            _end_without_room(error)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        return _loaded(COMMANDS[cmd_name])


def _end_without_room(error: OSError) -> NoReturn:
    click.echo(f"cannot write: {error.strerror}: make room there, or write elsewhere", err=True)
    # What standard output still holds would fail once more when Python ends.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(2)


def _loaded(module: str) -> click.Command:
    """What is imported stays: the collector need not walk through it, neither now nor at the end.
    That was a third of a start."""
    gc.disable()
    try:
        command: click.Command = import_module(f"bridge.cli.{module}").command
    finally:
        gc.freeze()
        gc.enable()
    return command


def _tell_version(context: click.Context, option: click.Parameter, wanted: bool) -> None:
    if wanted:
        # Late: what reads the version is not for every start.
        click.echo(f"asterisk-bridge, version {import_module('bridge.observe.build').build()}")
        context.exit()


@click.command(cls=_Table, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_tell_version,
    help="Show the version, and whether it is the compiled one.",
)
def main() -> None:
    """Follow every call on Asterisk and bring it to the CRM."""
