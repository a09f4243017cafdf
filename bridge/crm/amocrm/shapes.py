"""What the account's answers look like: each list by the name it has in them, as far as we read it.

Source: amoCRM developer documentation, API v4. What is documented to be null may be null here; an
id never is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from bridge.crm.shapes import (
    Shape,
    anything,
    flag,
    given,
    identity,
    listed,
    number,
    part,
    plain,
    reference,
    row,
    text,
    word,
)


def _active(value: Any) -> bool:
    """Who is not said to be away is there."""
    return value is None or flag(value)


_LINKED: Final = listed(row({"id": identity}))
_CUSTOM: Final = row(
    {"field_id": identity},
    {
        "field_code": text,
        "values": listed(row({}, {"value": anything, "enum_code": text})),
    },
)
_ENTITY: Final = row(
    {
        "id": identity,
        "_embedded": given(
            part(
                tags=listed(row({}, {"name": text})),
                contacts=_LINKED,
                companies=_LINKED,
                leads=_LINKED,
            )
        ),
    },
    {
        "name": text,
        "responsible_user_id": reference,
        "pipeline_id": reference,
        "status_id": reference,
        "updated_at": number,
        "is_deleted": flag,
        "custom_fields_values": listed(_CUSTOM),
    },
)
_STATUS: Final = row({"id": identity}, {"name": text, "sort": number, "type": number})


# The rows of lists.
ROWS: Final[Mapping[str, Shape]] = {
    "contacts": _ENTITY,
    "companies": _ENTITY,
    "leads": _ENTITY,
    "notes": row(
        {"id": identity, "note_type": text},
        {
            "params": plain,
            "created_at": number,
            "created_by": number,
            "responsible_user_id": reference,
        },
    ),
    "tasks": row({"id": identity}, {"text": text}),
    "users": row(
        {"id": identity}, {"name": text, "email": text, "rights": part(is_active=_active)}
    ),
    "pipelines": row(
        {"id": identity},
        {
            "name": text,
            "sort": number,
            "is_main": flag,
            "is_archive": flag,
            "_embedded": part(statuses=listed(_STATUS)),
        },
    ),
    "custom_fields": row({"id": identity}, {"name": text, "type": text, "code": text}),
    "unsorted": row({}, {"source_uid": text, "_embedded": part(leads=_LINKED)}),
}
# What a write names of what it made.
MADE: Final[Mapping[str, Shape]] = {
    **dict.fromkeys(("contacts", "companies", "leads", "notes", "tasks"), row({"id": identity})),
    "calls": row({"entity_id": identity, "entity_type": word}),
    "unsorted": ROWS["unsorted"],
}
ACCOUNT: Final = row({"id": identity}, {"is_api_filter_enabled": flag, "is_unsorted_on": flag})
COMPLEX: Final = listed(row({"id": identity}))
GRANTED: Final = row({"access_token": word}, {"refresh_token": text})


def rows(name: str, of: Mapping[str, Shape] = ROWS) -> Shape:
    """One page of the list `name`: its rows under `_embedded`, and whether `_links` go on. Nothing
    found is 204, so a list that is not there at all is no answer."""
    return row(
        {"_embedded": row({name: given(listed(of[name]))})},
        {"_links": plain},
    )
