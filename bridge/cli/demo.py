"""`asterisk-bridge demo`: the laboratory of a checkout at work, with the daemon beside it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from bridge.cli.from_store import cannot


@click.command("demo")
@click.option(
    "--crm",
    type=click.Choice(["builtin", "bitrix24", "amocrm"]),
    default="builtin",
    show_default=True,
    help="bitrix24 and amocrm are those of the tests, each with a page of its own.",
)
def command(crm: str) -> None:
    """Start a real Asterisk and real phones, let clients call, show the calls in the CRM."""
    checkout = Path(__file__).parents[2]
    if not (checkout / "tests" / "lab" / "demo.py").is_file():
        cannot("the demo needs the project's checkout: clone it and run `make demo` there")
    os.chdir(checkout)
    # In our place: Ctrl-C, `kill` and a closed terminal are the demo's, which has much to put away.
    os.execv(sys.executable, [sys.executable, "-m", "tests.lab.demo", crm])
