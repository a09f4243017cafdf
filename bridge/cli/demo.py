"""`asterisk-bridge demo`: the laboratory of a checkout at work, with the daemon beside it."""

from __future__ import annotations

import signal
import subprocess
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
    demo = [sys.executable, "-m", "tests.lab.demo", crm]
    process = subprocess.Popen(demo, cwd=checkout)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the demo's: it has much to put away
    sys.exit(process.wait())
