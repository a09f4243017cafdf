"""`asterisk-bridge dialplan`: what to put into the dialplan, printed; no file is ever edited."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

# Beside the package where it is installed, at the top of a checkout.
_PLACES: Final = (Path(__file__).parents[1] / "dialplan", Path(__file__).parents[2] / "dialplan")
_ENDINGS: Final = {"asterisk": (), "freepbx17": ("freepbx17.conf",)}


def snippet(
    switch: str, over_http: bool, over_ari: bool = False, with_scripts: bool = False
) -> str:
    """The contexts for this switch, in one piece."""
    ask = "ask-curl.conf" if over_http else "ask-agi.conf"
    names = [*_ENDINGS[switch], "hangup.conf", ask, "owner-routing.conf"]
    names += ["stasis.conf"] * over_ari + ["scripts.conf"] * with_scripts
    folder = next(place for place in _PLACES if (place / ask).is_file())
    return "\n".join((folder / name).read_text("utf-8") for name in names)


@click.group("dialplan")
def command() -> None:
    """Contexts that let the dialplan ask the bridge."""


@command.command("print")
@click.option("--for", "switch", type=click.Choice(list(_ENDINGS)), default="asterisk")
@click.option("--curl", "over_http", is_flag=True, help="Ask over HTTP, not over AGI.")
@click.option("--ari", "over_ari", is_flag=True, help="Ratings and prompts over ARI, too.")
@click.option("--scripts", "with_scripts", is_flag=True, help="What scripts need, too.")
def print_(switch: str, over_http: bool, over_ari: bool, with_scripts: bool) -> None:
    """Print what sends a known client to the person who knows him, with how to use it."""
    click.echo(snippet(switch, over_http, over_ari, with_scripts), nl=False)
