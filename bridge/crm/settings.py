"""The address of a CRM as a setting names it: scheme, host and port, and nothing that we would cut
off without a word."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator
from yarl import URL


def origin(text: str) -> str:
    """Raises ValueError that says what to write."""
    address = URL(text)
    if address.scheme not in ("https", "http") or not address.host:
        raise ValueError("write the whole address, like https://crm.example.com")
    alone = str(address.origin())
    if address.user or address.password:
        raise ValueError(f"write {alone} alone: who logs in is named by other settings")
    if address.raw_path not in ("", "/") or address.raw_query_string or address.raw_fragment:
        raise ValueError(f"write {alone} alone: what stands behind it is known to us")
    return alone


Origin = Annotated[str, AfterValidator(origin)]
