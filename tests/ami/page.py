"""The configuration lines of docs/ami.md, for the tests that keep the page true."""

from __future__ import annotations

import re
from pathlib import Path

PAGE = Path(__file__).parent.parent.parent / "docs" / "ami.md"
BLOCKS = re.findall(r"```ini\n(.*?)```", PAGE.read_text(), re.DOTALL)


def block(begins: str) -> str:
    """The one ini block that begins so."""
    (found,) = [text for text in BLOCKS if text.startswith(begins)]
    return str(found)


def user() -> str:
    """The section of the AMI user."""
    return block("[general]\nenabled").partition("\n\n")[2]


def tls() -> str:
    """The lines of [general] for TLS."""
    return block("tlsenable")


def filters(kind: str) -> str:
    """The eventfilter lines, `advanced` or `legacy`, without the comment."""
    return block(f"; {kind}").partition("\n")[2]
