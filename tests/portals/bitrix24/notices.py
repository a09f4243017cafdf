"""im.notify: a notice to an employee; one with a TAG replaces the earlier one."""

from __future__ import annotations

from functools import partial
from typing import Final

from .errors import Refused, wrong_auth_type
from .method import Asked, Method, Way
from .params import anything, integer, text


def notify(kind: str, asked: Asked) -> int | bool:
    given, notices = asked.given, asked.state.notices
    if asked.who.way is Way.WEBHOOK and not given.get("CLIENT_ID"):
        raise wrong_auth_type()
    if not given.get("USER_ID"):
        raise Refused(400, "USER_ID_EMPTY", "User ID can't be empty")
    if not given.get("MESSAGE"):
        raise Refused(400, "MESSAGE_EMPTY", "Message can't be empty")
    if given["USER_ID"] not in asked.state.users:
        return False
    tag = given.get("TAG") or None
    for id, notice in list(notices.items()):
        if tag and (notice["TAG"], notice["USER_ID"]) == (tag, given["USER_ID"]):
            del notices[id]
    id = asked.state.number("notice")
    notices[id] = {
        "ID": id,
        "USER_ID": given["USER_ID"],
        "MESSAGE": given["MESSAGE"],
        "TAG": tag,
        "KIND": kind,
    }
    return id


_NOTICE: Final = {
    "USER_ID": integer,
    "MESSAGE": text,
    "MESSAGE_OUT": text,
    "TAG": text,
    "SUB_TAG": text,
    "ATTACH": anything,
    "CLIENT_ID": text,
}
METHODS: Final = (
    Method("im.notify.system.add", partial(notify, "system"), _NOTICE, "im"),
    Method("im.notify.personal.add", partial(notify, "personal"), _NOTICE, "im"),
)
