"""`asterisk-bridge amocrm`: what is uploaded to an account of amoCRM."""

from __future__ import annotations

from pathlib import Path

import click

from bridge.crm.amocrm.widget import packed


@click.group("amocrm")
def command() -> None:
    """The widget that lets people in amoCRM call by a click."""


@command.command("widget")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    help="The zip to write: upload it to your integration in amoCRM.",
)
@click.option(
    "--support",
    default="root@localhost",
    show_default=True,
    help="E-mail that amoCRM shows with it.",
)
def widget(out: Path, support: str) -> None:
    """Write the widget; docs/amocrm.md says where it goes and what its settings are."""
    try:
        out.write_bytes(packed(support))
    except OSError as error:
        click.echo(f"{out} cannot be written: {error.strerror}", err=True)
        raise SystemExit(2) from error
    click.echo(f"{out}: upload it in amoCRM under your integration")
