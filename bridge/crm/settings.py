"""What the settings of several connectors have alike."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Final

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from yarl import URL

FOLDER: Final = Path("/var/lib/asterisk-crm-bridge")
"""Where a connector keeps tokens and the rate, unless the configuration says otherwise."""

_HEADER: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")  # a token of RFC 9110, 5.6.2


class Strict(BaseModel):
    """A key that is not known is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _origin(text: str) -> str:
    """Scheme, host and port; nothing is cut off without a word."""
    address = URL(text)
    if address.scheme not in ("https", "http") or not address.host:
        raise ValueError("write the whole address, like https://crm.example.com")
    alone = str(address.origin())
    if address.user or address.password:
        raise ValueError(f"write {alone} alone: who logs in is named by other settings")
    if address.raw_path not in ("", "/") or address.raw_query_string or address.raw_fragment:
        raise ValueError(f"write {alone} alone: what stands behind it is known to us")
    return alone


def _header(name: str) -> str:
    if not _HEADER.fullmatch(name) or name.lower() in ("host", "content-length"):
        raise ValueError("this is no name of a header that you may set")
    return name


def _as_text(value: object) -> object:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


AsText: Final = BeforeValidator(_as_text)
"""YAML reads an id or an extension as a number."""

Name = Annotated[str, Field(pattern=r"^[\w.-]+$")]
Origin = Annotated[str, AfterValidator(_origin)]
Region = Annotated[str, Field(pattern="^[A-Z]{2}$", examples=["RU"])]
UserId = Annotated[str, AsText, Field(pattern=r"^\d+$")]
HeaderName = Annotated[str, AfterValidator(_header)]
