"""The country that reads national numbers, as an option of a command."""

from __future__ import annotations

from typing import Any, Final

import click

from bridge.cli.from_store import cannot
from bridge.domain.numbers import REGIONS


class _Country(click.ParamType[str]):
    name = "CC"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        return country(str(value))


COUNTRY: Final = _Country()


def country(written: str) -> str:
    """Its code of two letters. Ends the program where there is no such country."""
    code = written.upper()
    if code not in REGIONS:
        cannot(f"{written!r} is no country's code of two letters, as RU or GB")
    return code
