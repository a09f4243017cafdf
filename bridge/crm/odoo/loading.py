"""Rows written once: `load` with an external id, which Odoo stores in the same transaction.

The pair of module and name is unique in `ir.model.data`, so two writes of one key, even at the same
moment, make one record. Values are text, and Odoo checks each by its field.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Final

from bridge.crm.odoo.answers import of_messages
from bridge.crm.odoo.client import READ, WRITE, Ask, Client
from bridge.crm.odoo.shapes import LOADED, named
from bridge.crm.trouble import Trouble

MODULE: Final = "__asterisk_crm_bridge__"
_UNKNOWN: Final = "external id not found"
# What PostgreSQL and UTF-8 cannot hold.
_UNWRITABLE: Final = re.compile("[\x00\ud800-\udfff]")
# We follow nothing that we write.
_CONTEXT: Final = {"mail_create_nosubscribe": True, "mail_create_nolog": True}


def external(key: str) -> str:
    """The name of a key among the external ids."""
    return sha256(key.encode()).hexdigest()[:40]


async def made_under(client: Client, key: str, ask: Ask = READ) -> str | None:
    """The id of what was made under this key and is still there. Raises Trouble."""
    try:
        id = await client.call(
            "ir.model.data",
            "check_object_reference",
            MODULE,
            external(key),
            shape=named,
            ask=ask,
        )
    except Trouble as error:
        if error.words.startswith(_UNKNOWN):
            return None
        raise
    return str(id) if id else None


async def make(
    client: Client, model: str, columns: Mapping[str, str], key: str, ask: Ask = WRITE
) -> str:
    """The id of the new record, or of the one that was made under this key. Raises Trouble."""
    if made := await made_under(client, key):
        return made
    return await _load(client, model, {"id": f"{MODULE}.{external(key)}", **columns}, ask)


async def change(client: Client, model: str, id: str, columns: Mapping[str, str]) -> str:
    """Write these columns of a record. Raises Trouble."""
    return await _load(client, model, {".id": id, **columns}, WRITE)


async def _load(client: Client, model: str, columns: Mapping[str, str], ask: Ask) -> str:
    values = [_UNWRITABLE.sub("", value) for value in columns.values()]
    answer = await client.call(
        model, "load", list(columns), [values], shape=LOADED, ask=ask, context=_CONTEXT
    )
    if not answer["ids"]:
        raise of_messages(f"{model}.load", answer["messages"])
    return str(answer["ids"][0])
