"""The statistic: the portal's list of finished calls. Source: Bitrix24 REST documentation,
`voximplant.statistic.get`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from bridge.crm.bitrix24.client import Command
from bridge.crm.bitrix24.entities import Row, reference
from bridge.crm.php import as_list
from bridge.crm.trouble import refused
from bridge.domain.entities import EntityKind, EntityRef

STATISTIC: Final = "voximplant.statistic.get"


@dataclass(frozen=True, slots=True)
class Logged:
    """A finished call as the statistic knows it."""

    call: str
    activity: str | None
    file: str | None
    client: EntityRef | None = None  # in whose timeline it is
    transcription: str | None = None
    vote: str | None = None
    gone: str | None = None  # the user who is no more at work, so that it is the default user's
    untold: str | None = None  # why the portal does not take the path of the call


def finished(**filter: str) -> Command:
    """The row of the statistic with these values."""
    return STATISTIC, {"FILTER": filter, "SORT": "ID", "ORDER": "DESC"}


def as_logged(rows: Any) -> Logged | None:
    """The newest of the statistic's rows, where there is one."""
    found = as_list(rows)
    if not found:
        return None
    row = found[0]
    return Logged(
        str(row["CALL_ID"]),
        reference(row.get("CRM_ACTIVITY_ID")),
        reference(row.get("RECORD_FILE_ID")),
        _client(row),
        reference(row.get("TRANSCRIPT_ID")),
        reference(row.get("CALL_VOTE")),
    )


def activity_of(logged: Logged) -> str:
    """The activity that is shown on entities. Raises Trouble where the call made none."""
    if logged.activity is None:
        raise refused("the call is in the portal's list, but it made no activity that can be shown")
    return logged.activity


def _client(row: Row) -> EntityRef | None:
    kind, id = str(row.get("CRM_ENTITY_TYPE") or ""), reference(row.get("CRM_ENTITY_ID"))
    return EntityRef(EntityKind[kind], id) if kind in EntityKind.__members__ and id else None
