"""telephony.externalCall: register, show, hide, finish."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from hashlib import md5
from typing import Any, Final

from . import creation
from .activities import log_activity
from .answers import finished, registered
from .errors import Refused, core
from .method import Asked, Method
from .params import Row, anything, flag, integer, integers, number, text
from .phones import readable
from .state import Call, Finish, State, User

SAME_CALL_SECONDS: Final = 30 * 60
OUTGOING: Final = 1
TYPES: Final = range(1, 6)
VOTES: Final = range(1, 6)
CODES: Final = frozenset(
    "200 304 603 603-S 403 404 486 484 503 480 402 423 OTHER".split()  # noqa: SIM905
)
_BOUND: Final = ("CONTACT", "COMPANY", "LEAD")
_NO_USER: Final = "USER_ID or USER_PHONE_INNER should be set"
_NOT_FOUND: Final = "Call is not found (call should be registered prior to finishing)"


def employee(asked: Asked) -> User:
    given = asked.given
    if not given.get("USER_ID") and not given.get("USER_PHONE_INNER"):
        raise core(_NO_USER)
    if given.get("USER_ID"):
        user = asked.state.users.get(given["USER_ID"])
    else:
        user = asked.state.extension(given["USER_PHONE_INNER"])
    if user is None or not user.active:
        raise core("User is not found or is not active")
    return user


def register(asked: Asked) -> Row:
    _registrable(asked.given)
    user, given, state = employee(asked), asked.given, asked.state
    fresh = Call(
        number=0,
        call_id="",
        registered_at=state.clock(),
        user=user.id,
        phone=given["PHONE_NUMBER"],
        type=given["TYPE"],
        line=given.get("LINE_NUMBER") or None,
        external_id=given.get("EXTERNAL_CALL_ID") or None,
        started=given.get("CALL_START_DATE") or state.clock.iso(),
    )
    call = _same(state, fresh) or _begin(state, fresh, given)
    if given.get("SHOW", True):
        pop(call, "show", [user.id])
    return registered(call)


def show(asked: Asked) -> bool:
    return _cards(asked, "show")


def hide(asked: Asked) -> bool:
    return _cards(asked, "hide")


def finish(asked: Asked) -> Row:
    given, state = asked.given, asked.state
    if not isinstance(given.get("CALL_ID"), str):
        raise Refused(400, "INVALID_ARGUMENT", "CALL_ID must be a string")
    user = employee(asked)
    call = _finishable(state, given["CALL_ID"])
    call.finish = _end(state, user, given)
    if call.entity is None and state.doubts.finish_looks_again:
        call.entity = _found(state, call.phone)
    for kind, id in call.created:
        if id in state.entities[kind]:
            state.entities[kind][id]["ASSIGNED_BY_ID"] = user.id
    call.finish.activity = log_activity(state, call)
    return finished(call)


def begin(state: State, call: Call) -> Call:
    """Give a call its number and id, and keep it."""
    call.number = state.number("call")
    digest = md5(f"{call.number} {call.phone}".encode(), usedforsecurity=False).hexdigest()
    call.call_id = f"externalCall.{digest}.{int(state.clock())}"
    state.calls[call.call_id] = call
    state.registrations[call.keys].append(call)
    return call


def pop(call: Call, what: str, users: Iterable[int]) -> None:
    for user in users:
        call.pops.append((what, user))
        (call.cards.add if what == "show" else call.cards.discard)(user)


def _registrable(given: Row) -> None:
    if not given.get("USER_ID") and not given.get("USER_PHONE_INNER"):
        raise core(_NO_USER)
    if given.get("TYPE") not in TYPES:
        raise core("Unknown TYPE")
    try:
        datetime.fromisoformat(given.get("CALL_START_DATE") or "2026-01-01")
    except ValueError:
        raise core("CALL_START_DATE should be in the ISO-8601 format") from None
    if not readable(given.get("PHONE_NUMBER", "")):
        raise core("Unsupported phone number format")
    if given.get("CRM_ENTITY_TYPE", "LEAD") not in _BOUND:
        raise core("Unknown CRM_ENTITY_TYPE")


def _same(state: State, fresh: Call) -> Call | None:
    """The registration of the last half hour with the same five keys."""
    since = state.clock() - SAME_CALL_SECONDS
    for call in reversed(state.registrations[fresh.keys]):
        over = call.finish is not None and not state.doubts.finished_call_comes_back
        if call.registered_at > since and not (call.clicked or over):
            return call
    return None


def _begin(state: State, call: Call, given: Row) -> Call:
    if given.get("CRM_ENTITY_TYPE") and given.get("CRM_ENTITY_ID"):
        call.entity = given["CRM_ENTITY_TYPE"].lower(), given["CRM_ENTITY_ID"]
        if call.entity[1] not in state.entities[call.entity[0]]:
            call.entity = None
    else:
        call.entity = _found(state, call.phone)
        if call.entity is None and given.get("CRM_CREATE") and _line_creates(state, call):
            creation.from_call(state, call, given.get("CRM_SOURCE"))
    return begin(state, call)


def _line_creates(state: State, call: Call) -> bool:
    """An outgoing call creates only where its line may."""
    line = state.lines.get(call.line or "")
    return call.type != OUTGOING or line is None or line["CRM_AUTO_CREATE"] == "Y"


def _found(state: State, phone: str) -> tuple[str, int] | None:
    return next(((kind, row["ID"]) for kind, row in state.holders(phone)), None)


def _finishable(state: State, id: str) -> Call:
    """The call that is registered and not finished yet: only the first finish is accepted."""
    call = state.calls.get(id)
    if call is None or _forgotten(state, call):
        raise core(_NOT_FOUND)
    if call.finish is not None:
        raise Refused(400, state.doubts.finish_repeat_code, _NOT_FOUND)
    return call


def _end(state: State, user: User, given: Row) -> Finish:
    duration = given.get("DURATION", 0)
    code = given.get("STATUS_CODE") or ("200" if duration > 0 else "304")
    if code not in CODES:
        raise core(f"Unknown STATUS_CODE {code}")
    if given.get("VOTE", 1) not in VOTES:
        raise core("VOTE is 1 to 5")
    return Finish(
        user=user.id,
        duration=duration,
        code=code,
        reason=given.get("FAILED_REASON", ""),
        cost=given.get("COST", 0),
        currency=given.get("COST_CURRENCY", ""),
        vote=given.get("VOTE"),
        at=state.clock(),
        place=state.number("finish"),
    )


def _forgotten(state: State, call: Call) -> bool:
    kept = state.doubts.unfinished_for
    return kept is not None and state.clock() - call.registered_at > kept


def _cards(asked: Asked, what: str) -> bool:
    call = asked.state.calls.get(asked.given.get("CALL_ID", ""))
    if call is None or call.finish:
        return False
    pop(call, what, asked.need("USER_ID"))
    return True


_USER: Final[dict[str, Any]] = {"USER_ID": integer, "USER_PHONE_INNER": text}
_REGISTER: Final = {
    **_USER,
    "PHONE_NUMBER": text,
    "TYPE": integer,
    "CALL_START_DATE": text,
    "CRM_CREATE": flag,
    "CRM_SOURCE": text,
    "CRM_ENTITY_TYPE": text,
    "CRM_ENTITY_ID": integer,
    "SHOW": flag,
    "ADD_TO_CHAT": flag,
    "CALL_LIST_ID": integer,
    "LINE_NUMBER": text,
    "EXTERNAL_CALL_ID": text,
}
_FINISH: Final = {
    **_USER,
    "CALL_ID": anything,
    "DURATION": integer,
    "STATUS_CODE": text,
    "COST": number,
    "COST_CURRENCY": text,
    "FAILED_REASON": text,
    "VOTE": integer,
    "ADD_TO_CHAT": flag,
}
_CARD: Final = {"CALL_ID": text, "USER_ID": integers}
METHODS: Final = (
    Method("telephony.externalCall.register", register, _REGISTER, "telephony", app_only=True),
    Method("telephony.externalCall.show", show, _CARD, "telephony"),
    Method("telephony.externalCall.hide", hide, _CARD, "telephony"),
    Method("telephony.externalCall.finish", finish, _FINISH, "telephony", app_only=True),
)
