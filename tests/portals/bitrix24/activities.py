"""Activities of the CRM: the one each finished call makes, their bindings, todos and comments."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from .errors import Refused, bad_value, denied, legacy, missing
from .filters import chosen, sorted_by
from .method import Asked, Method, Page, Way
from .paging import page
from .params import Row, integer, integers, mapping, sequence, text
from .records import decoded
from .state import ENTITIES, KIND_OF, Call, State

CALL, TODO = "VOXIMPLANT_CALL", "CRM_TODO"
_FIELDS: Final = (
    "ID",
    "OWNER_ID",
    "OWNER_TYPE_ID",
    "TYPE_ID",
    "PROVIDER_ID",
    "DIRECTION",
    "SUBJECT",
    "DESCRIPTION",
    "RESPONSIBLE_ID",
    "COMPLETED",
    "START_TIME",
    "END_TIME",
    "DEADLINE",
    "CREATED",
    "ORIGINATOR_ID",
    "ORIGIN_ID",
)
_COMMENT: Final = ("ID", "ENTITY_ID", "ENTITY_TYPE", "COMMENT", "AUTHOR_ID", "CREATED", "FILES")


def log_activity(state: State, call: Call) -> int | None:
    """The activity of a finished call, bound to the entity found by number; none without one."""
    if call.entity is None or call.finish is None:
        return None
    outgoing = call.type == 1
    return _keep(
        state,
        owner=(ENTITIES[call.entity[0]], call.entity[1]),
        TYPE_ID=2,
        PROVIDER_ID=CALL,
        DIRECTION=2 if outgoing else 1,
        SUBJECT=f"{'Outgoing' if outgoing else 'Incoming'} call {call.phone}",
        RESPONSIBLE_ID=call.finish.user,
        COMPLETED="Y" if call.finish.code == "200" or outgoing else "N",
        START_TIME=call.started,
        ORIGINATOR_ID="VI_REST",
        ORIGIN_ID=f"VI_{call.call_id}",
    )


def listed(asked: Asked) -> Page:
    given = asked.given
    names = [text(each) for each in given.get("select") or ["*"]]
    names = list(_FIELDS) if "*" in names else ["ID", *names]
    if unknown := set(names) - set(_FIELDS):
        raise legacy(f"Unknown field {sorted(unknown)[0]} of an activity")
    rows = chosen(asked.state.activities.values(), given.get("filter", {}), _FIELDS, _unknown)
    ordered = sorted_by(rows, given.get("order", {}))
    return page(ordered, given.get("start"), lambda part: [_legacy(row, names) for row in part])


def get(asked: Asked) -> Row:
    row = asked.state.activities.get(asked.given.get("ID", 0))
    if row is None:
        raise legacy("Activity is not found")
    return _legacy(row, list(_FIELDS))


def add(asked: Asked) -> int:
    """A call by hand: only where register and finish are denied to a webhook."""
    fields = dict(asked.given.get("fields", {}))
    rows = sequence(fields.pop("COMMUNICATIONS", []))
    if unknown := fields.keys() - set(_FIELDS):
        raise legacy(f"Unknown field {sorted(unknown)[0]} of an activity")
    for name in ("SUBJECT", "RESPONSIBLE_ID", "OWNER_ID", "OWNER_TYPE_ID"):
        if not fields.get(name):
            raise legacy(f"The field {name} is required.")
    if len(rows) != 1 or not rows[0].get("VALUE"):
        raise legacy("The only one communication is allowed for activity of specified type.")
    owner = integer(fields.pop("OWNER_TYPE_ID")), integer(fields.pop("OWNER_ID"))
    _exists(asked.state, *owner)
    return _keep(asked.state, owner=owner, **fields)


def bind(asked: Asked) -> bool:
    row, target = _activity(asked), (asked.need("entityTypeId"), asked.need("entityId"))
    _exists(asked.state, *target)
    if target in row["bindings"]:
        raise Refused(400, "ACTIVITY_IS_ALREADY_BOUND", "Activity is already bound")
    row["bindings"].append(target)
    return True


def unbind(asked: Asked) -> bool:
    row, target = _activity(asked), (asked.need("entityTypeId"), asked.need("entityId"))
    if target not in row["bindings"]:
        raise Refused(400, "BINDING_NOT_FOUND", "Binding is not found")
    if len(row["bindings"]) == 1:
        raise Refused(400, "LAST_BINDING_CANNOT_BE_DELETED", "Last binding cannot be deleted")
    row["bindings"].remove(target)
    return True


def bindings(asked: Asked) -> list[Row]:
    return [{"entityTypeId": kind, "entityId": id} for kind, id in _activity(asked)["bindings"]]


def todo(asked: Asked) -> Row:
    owner = asked.need("ownerTypeId"), asked.need("ownerId")
    deadline = asked.need("deadline")
    _exists(asked.state, *owner)
    try:
        datetime.fromisoformat(deadline)
    except ValueError:
        raise Refused(400, "WRONG_DATETIME_FORMAT", "Wrong datetime format") from None
    responsible = asked.given.get("responsibleId", asked.who.user)
    if responsible not in asked.state.users:
        raise denied("Access denied.")
    id = _keep(
        asked.state,
        owner=owner,
        TYPE_ID=6,
        PROVIDER_ID=TODO,
        SUBJECT=asked.given.get("title", ""),
        DESCRIPTION=asked.given.get("description", ""),
        RESPONSIBLE_ID=responsible,
        COMPLETED="N",
        DEADLINE=deadline,
    )
    return {"id": id}


def comment(asked: Asked) -> int:
    given = asked.need("fields")
    if unknown := given.keys() - {"ENTITY_ID", "ENTITY_TYPE", "COMMENT", "AUTHOR_ID", "FILES"}:
        raise bad_value(f"Unknown field {sorted(unknown)[0]} of a comment")
    for name in ("ENTITY_ID", "ENTITY_TYPE", "COMMENT"):
        if not given.get(name):
            raise missing(name)
    if given["ENTITY_TYPE"] not in ENTITIES:
        raise bad_value(f"Unknown ENTITY_TYPE {given['ENTITY_TYPE']!r}: lower case is wanted")
    _exists(asked.state, ENTITIES[given["ENTITY_TYPE"]], integer(given["ENTITY_ID"]))
    files = _files(asked.state, given.get("FILES", []))
    id = asked.state.number("comment")
    asked.state.comments[id] = {
        "ID": id,
        "ENTITY_ID": integer(given["ENTITY_ID"]),
        "ENTITY_TYPE": given["ENTITY_TYPE"],
        "COMMENT": given["COMMENT"],
        "AUTHOR_ID": asked.who.user,
        "CREATED": asked.state.clock.iso(),
        "FILES": files,
    }
    return id


def _files(state: State, given: Any) -> dict[str, Row]:
    """Pairs of a name and the content in base64."""
    kept = {}
    for pair in sequence(given):
        name, content = sequence(pair)
        id = state.number("file")
        state.files[id] = text(name), decoded(text(content))
        kept[str(id)] = {"id": id, "name": name, "size": len(state.files[id][1])}
    return kept


def comments(asked: Asked) -> Page:
    """Of one entity; the portal filters and orders by nothing else."""
    given = asked.given
    filter, order = given.get("filter", {}), given.get("order", {})
    if set(filter) != {"ENTITY_ID", "ENTITY_TYPE"}:
        raise missing("filter: ENTITY_ID and ENTITY_TYPE")
    if strange := order.keys() - {"ID", "CREATED", "AUTHOR_ID"}:
        raise bad_value(f"Comments are not ordered by {sorted(strange)[0]}")
    names = [text(each) for each in given.get("select") or _COMMENT]
    if strange := set(names) - set(_COMMENT):
        raise bad_value(f"Unknown field {sorted(strange)[0]} of a comment")
    rows = sorted_by(chosen(asked.state.comments.values(), filter, _COMMENT, _unknown), order)
    return page(rows, given.get("start"), lambda part: [_comment(row, names) for row in part])


def _comment(row: Row, names: list[str]) -> Row:
    plain = _legacy(row, [name for name in names if name != "FILES"])
    return {**plain, "FILES": row["FILES"]} if "FILES" in names else plain


def log_message(asked: Asked) -> Row:
    if asked.who.way is Way.WEBHOOK and asked.state.doubts.log_message_needs_app:
        raise denied("Access denied.")
    given = asked.need("fields")
    for name in ("entityTypeId", "entityId", "title", "text", "iconCode"):
        if not given.get(name):
            raise missing(name)
    _exists(asked.state, integer(given["entityTypeId"]), integer(given["entityId"]))
    id = asked.state.number("log message")
    asked.state.log_messages[id] = {"id": id, "created": asked.state.clock.iso(), **given}
    return {"logMessage": asked.state.log_messages[id]}


def _keep(state: State, owner: tuple[int, int], **values: Any) -> int:
    id = state.number("activity")
    row = dict.fromkeys(_FIELDS) | values
    row |= {"ID": id, "OWNER_TYPE_ID": owner[0], "OWNER_ID": owner[1]}
    state.activities[id] = row | {"CREATED": state.clock.iso(), "bindings": [owner]}
    return id


def _activity(asked: Asked) -> Row:
    row = asked.state.activities.get(asked.need("activityId"))
    if row is None:
        raise Refused(400, "NOT_FOUND", "Activity is not found")
    return row


def _exists(state: State, kind: int, id: int) -> None:
    if kind not in KIND_OF or id not in state.entities[KIND_OF[kind]]:
        raise Refused(400, "OWNER_NOT_FOUND", "Owner is not found")


def _legacy(row: Row, names: list[str]) -> Row:
    return {name: None if row[name] is None else str(row[name]) for name in names}


def _unknown(name: str) -> Refused:
    return legacy(f"Unknown field {name} in the filter")


_LIST: Final = {"filter": mapping, "select": sequence, "order": mapping, "start": integer}
_BINDING: Final = {"activityId": integer, "entityTypeId": integer, "entityId": integer}
_TODO: Final = {
    "ownerTypeId": integer,
    "ownerId": integer,
    "deadline": text,
    "title": text,
    "description": text,
    "responsibleId": integer,
    "pingOffsets": integers,
    "colorId": text,
}
METHODS: Final = (
    Method("crm.activity.list", listed, _LIST, "crm"),
    Method("crm.activity.get", get, {"ID": integer}, "crm"),
    Method("crm.activity.add", add, {"fields": mapping}, "crm"),
    Method("crm.activity.binding.add", bind, _BINDING, "crm", exact=True),
    Method("crm.activity.binding.delete", unbind, _BINDING, "crm", exact=True),
    Method("crm.activity.binding.list", bindings, {"activityId": integer}, "crm", exact=True),
    Method("crm.activity.todo.add", todo, _TODO, "crm", exact=True),
    Method("crm.timeline.comment.add", comment, {"fields": mapping}, "crm", exact=True),
    Method("crm.timeline.comment.list", comments, _LIST, "crm", exact=True),
    Method("crm.timeline.logmessage.add", log_message, {"fields": mapping}, "crm", exact=True),
)
