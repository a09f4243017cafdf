"""What Odoo's answers look like: the fields of its records by their names, and what methods return.

Source: Odoo external API. Nothing is `false` there, and a reference to a record is `[id, name]`.
A name means the same in each model that we read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from bridge.crm.shapes import (
    Odd,
    Shape,
    flag,
    given,
    identity,
    listed,
    mapped,
    number,
    row,
    text,
)


def reference(value: Any) -> list[Any] | None:
    """`[id, name]`, or None."""
    if value is None or value is False:
        return None
    if not isinstance(value, list) or len(value) != 2:
        raise Odd("it is no reference")
    return [identity(value[0]), text(value[1])]


def truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise Odd("it is neither true nor false")
    return value


def done(value: Any) -> bool:
    """What Odoo says of a change that it has made."""
    if value is not True:
        raise Odd("it is not true")
    return True


def named(value: Any) -> int | None:
    """The id of `[model, id]`, or None."""
    if not isinstance(value, list) or len(value) != 2:
        raise Odd("it is no model with an id")
    return None if value[1] is False else identity(value[1])


def message(value: Any) -> int:
    """The message that a notice became: its id, in a list, or as 14 has it, `mail.message(31,)`."""
    if isinstance(value, list) and len(value) == 1:
        return identity(value[0])
    found = _MESSAGE.fullmatch(value) if isinstance(value, str) else None
    return identity(found[1] if found else value)


def _own(value: Any) -> Any:
    """A field of the company's own: of any type that has one value."""
    if isinstance(value, dict):
        raise Odd("an object is no value")
    return value


_MESSAGE: Final = re.compile(r"mail\.message\((\d{1,15}),\)")
IDS: Final = given(listed(identity))
_FIELDS: Final[Mapping[str, Shape]] = {
    **dict.fromkeys(
        ("name", "display_name", "email", "phone", "mobile", "vat", "comment", "function"), text
    ),
    **dict.fromkeys(("contact_name", "partner_name", "email_from", "description"), text),
    **dict.fromkeys(("type", "model", "res_model", "message_id", "body", "summary"), text),
    **dict.fromkeys(("date", "create_date", "write_date"), text),
    **dict.fromkeys(("active", "is_company"), flag),
    **dict.fromkeys(("user_id", "create_uid", "author_id"), reference),
    **dict.fromkeys(("partner_id", "parent_id", "commercial_partner_id"), reference),
    **dict.fromkeys(("team_id", "stage_id"), reference),
    **dict.fromkeys(("tag_ids", "team_ids"), listed(identity)),
    **dict.fromkeys(("attachment_ids", "message_partner_ids"), listed(identity)),
    "res_id": number,
}
KNOWN: Final = given(mapped(row({"type": text}, {"readonly": flag})))  # of fields_get
LOADED: Final = row({"ids": listed(identity)}, {"messages": listed(row({}, {"message": text}))})


def records(fields: Iterable[str]) -> Shape:
    """Rows with these fields, all of them."""
    return given(
        listed(row({"id": identity, **{name: _FIELDS.get(name, _own) for name in fields}}))
    )
