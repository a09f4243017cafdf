"""The fields of each entity, as EspoCRM 9's metadata has them, and what a value must be.

Beside those stand the fields that the head of config/connectors/espocrm.yml asks to be made. What
is sent for a field that is not here EspoCRM leaves out without a word.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

import phonenumbers

_MOMENT: Final = "%Y-%m-%d %H:%M:%S"
_NO_BAD: Final = re.compile(r"[^<>=]*")  # the pattern `noBadCharacters`
_LOOSE: Final = re.compile(r"[+0-9#*\-().,; a-z/]+", re.I)


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """`kind` is a row of CHECKS below. `most` characters; `clean`: without `<`, `>` and `=`."""

    kind: str = "text"
    required: bool = False
    options: tuple[str, ...] = ()
    most: int | None = None
    clean: bool = False
    default: Any = None


def enum(*options: str, default: str | None = None) -> Field:
    return Field(kind="enum", options=options, default=default)


TEXT: Final = Field()
NAME: Final = Field(required=True, most=255, clean=True)
PERSON: Final = Field(most=100)
LINK: Final = Field(kind="id")
LINKS: Final = Field(kind="ids")
PARENT: Final = enum("Account", "Lead", "Contact", "Opportunity", "Case")
SOURCE: Final = enum(
    *("", "Call", "Email", "Existing Customer", "Partner", "Public Relations"),
    *("Web Site", "Campaign", "Other"),
)
STAGES: Final = (
    "Prospecting",
    "Qualification",
    "Proposal",
    "Negotiation",
    "Closed Won",
    "Closed Lost",
)
# The custom field of our key.
_KEY: Final[Mapping[str, Field]] = {"cKey": Field(most=255)}
_CALLED: Final[Mapping[str, Field]] = {
    "phoneNumber": Field(kind="phone"),
    "phoneNumberData": Field(kind="phones"),
    "phoneNumberNumeric": Field(kind="computed"),
    "emailAddress": Field(kind="email"),
    "emailAddressData": Field(kind="list"),
    "assignedUserId": LINK,
    "description": TEXT,
}
_PERSON: Final[Mapping[str, Field]] = {
    "name": Field(kind="computed"),
    "firstName": PERSON,
    "lastName": Field(most=100, required=True),
    "title": Field(most=100, clean=True),
    **_CALLED,
}
PHONE_TYPES: Final = ("Mobile", "Office", "Home", "Fax", "Other")

ENTITIES: Final[Mapping[str, Mapping[str, Field]]] = {
    "Contact": {**_PERSON, **_KEY, "accountId": LINK},
    "Lead": {
        **_PERSON,
        **_KEY,
        "status": enum(
            *("New", "Assigned", "In Process", "Converted", "Recycled", "Dead"), default="New"
        ),
        "source": SOURCE,
        "accountName": Field(most=255, clean=True),
        "cDid": Field(most=255),
        "cRepeat": Field(kind="bool"),
        "cContactId": LINK,
        "cAccountId": LINK,
    },
    "Account": {
        **_CALLED,
        **_KEY,
        "name": Field(required=True, most=249, clean=True),
        "website": Field(most=255),
        "industry": enum("", "Banking", "Construction", "Retail", "Software"),
        "cInn": Field(most=255),
        "cKpp": Field(most=255),
    },
    "Opportunity": {
        **_KEY,
        "name": NAME,
        "stage": enum(*STAGES, default="Prospecting"),
        "amount": Field(kind="money", required=True),
        "closeDate": Field(kind="date", required=True),
        "leadSource": SOURCE,
        "description": TEXT,
        "accountId": LINK,
        "contactId": LINK,
        "contactsIds": LINKS,
        "assignedUserId": LINK,
        "cUsersIds": LINKS,
    },
    "Call": {
        **_KEY,
        "cCallId": Field(most=255),
        "name": NAME,
        "status": enum("Planned", "Held", "Not Held", default="Planned"),
        "direction": enum("Outbound", "Inbound", default="Outbound"),
        "dateStart": Field(kind="datetime", required=True),
        "dateEnd": Field(kind="datetime", required=True),
        "duration": Field(kind="computed"),
        "description": TEXT,
        "parentType": PARENT,
        "parentId": LINK,
        "contactsIds": LINKS,
        "leadsIds": LINKS,
        "usersIds": LINKS,
        "assignedUserId": Field(kind="id", required=True),
    },
    "Task": {
        **_KEY,
        "name": NAME,
        "status": enum(
            *("Not Started", "Started", "Completed", "Canceled", "Deferred"), default="Not Started"
        ),
        "priority": enum("Low", "Normal", "High", "Urgent", default="Normal"),
        "dateEnd": Field(kind="datetime"),
        "description": TEXT,
        "parentType": PARENT,
        "parentId": LINK,
        "assignedUserId": LINK,
    },
    "Attachment": {
        "name": Field(required=True, most=255),
        "type": Field(most=100),
        "role": Field(most=36, default="Attachment"),
        "size": Field(kind="whole"),
        "field": TEXT,
        "parentType": TEXT,
        "parentId": LINK,
        "relatedType": TEXT,
        "relatedId": LINK,
        "file": TEXT,
    },
    "Note": {
        "type": Field(required=True),
        "post": TEXT,
        "parentType": TEXT,
        "parentId": LINK,
        "attachmentsIds": LINKS,
    },
    "User": {
        **_PERSON,
        "userName": Field(required=True, most=50),
        "type": enum("regular", "admin", "api", "portal", "system", default="regular"),
        "isActive": Field(kind="bool", default=True),
        "cExtension": Field(most=255),
    },
}
# What EspoCRM writes itself and answers with each record.
_OWN: Final = {
    "id": LINK,
    "createdAt": Field(kind="datetime"),
    "modifiedAt": Field(kind="datetime"),
}


def known(entity: str, without: frozenset[str] = frozenset()) -> dict[str, Field]:
    """What can be asked by; `without` these custom fields, which nobody has made yet."""
    found = {**ENTITIES[entity], **_OWN}
    return {name: field for name, field in found.items() if name not in without}


def international(number: Any) -> bool:
    """As `phoneNumberInternational` wants it: E.164 of a possible length."""
    try:
        parsed = phonenumbers.parse(str(number))
    except phonenumbers.NumberParseException:
        return False
    same = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164) == number
    return same and phonenumbers.is_possible_number(parsed)


def loose(number: Any) -> bool:
    """As it was before version 8, and is where an old EspoCRM was upgraded."""
    return isinstance(number, str) and bool(_LOOSE.fullmatch(number))


def _moment(value: Any) -> bool:
    """UTC, as `2026-11-21 10:00:00` and no other way."""
    try:
        return bool(f"{datetime.strptime(value, _MOMENT):{_MOMENT}}" == value)
    except (TypeError, ValueError):
        return False


def _day(value: Any) -> bool:
    try:
        return bool(date.fromisoformat(value).isoformat() == value)
    except (TypeError, ValueError):
        return False


CHECKS: Final[Mapping[str, Callable[[Any, Field], bool]]] = {
    "text": lambda value, _: isinstance(value, str),
    "enum": lambda value, field: value in field.options,
    "date": lambda value, _: _day(value),
    "datetime": lambda value, _: _moment(value),
    "money": lambda value, _: isinstance(value, int | float) and value >= 0,
    "whole": lambda value, _: isinstance(value, int) and value >= 0,
    "bool": lambda value, _: isinstance(value, bool),
    "id": lambda value, _: isinstance(value, str) and 0 < len(value) <= 24,
    "ids": lambda value, _: isinstance(value, list) and all(isinstance(id, str) for id in value),
    "email": lambda value, _: isinstance(value, str) and "@" in value,
    "phone": lambda value, _: isinstance(value, str),
    "phones": lambda value, _: isinstance(value, list),
    "list": lambda value, _: isinstance(value, list),
}


def wrong(field: Field, value: Any) -> str | None:
    """The `type` of the validation failure: `valid`, `maxLength` or `pattern`; None for a value
    that is good."""
    if value is None or (value == "" and field.kind == "text"):
        return None
    if not CHECKS[field.kind](value, field):
        return "valid"
    if field.most is not None and len(value) > field.most:
        return "maxLength"
    if field.clean and not _NO_BAD.fullmatch(value):
        return "pattern"
    return None
