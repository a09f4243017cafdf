"""`asterisk-bridge demo`: the laboratory of a checkout at work, with the daemon beside it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click

from bridge.cli.from_store import cannot


@click.command("demo")
def command() -> None:
    """Start a real Asterisk and real phones, let clients call, show the calls in the CRM."""
    checkout = Path(__file__).parents[2]
    if not (checkout / "tests" / "lab" / "demo.py").is_file():
        cannot("the demo needs the project's checkout: clone it and run `make demo` there")
    sys.exit(subprocess.run([sys.executable, "-m", "tests.lab.demo"], cwd=checkout).returncode)
