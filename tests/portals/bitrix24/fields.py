"""The fields of leads, deals, contacts and companies, and what each may hold."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from . import params
from .params import Row
from .state import State


class Use(StrEnum):
    WRITTEN = "written"
    READ_ONLY = "read only"
    AT_ADD = "set when added"  # refused by a later update


@dataclass(frozen=True, slots=True)
class Field:
    """`type` is what `crm.*.fields` says; `status`: the dictionary of its values; `several`: a
    list of PHONE or EMAIL rows."""

    type: str = "string"
    use: Use = Use.WRITTEN
    status: str | None = None
    several: bool = False
    required: bool = False


# How a written value is understood, by the type of its field.
READ: Final[dict[str, Callable[[Any], Any]]] = {
    "string": params.text,
    "integer": params.integer,
    "user": params.integer,
    "crm_lead": params.integer,
    "crm_contact": params.integer,
    "crm_company": params.integer,
    "crm_category": params.integer,
    "crm_status": params.text,
    "double": params.number,
    "char": params.yes_no,
    "datetime": params.moment,
    "integers": params.integers,
}
VALUE_TYPES: Final = {"WORK", "MOBILE", "FAX", "HOME", "PAGER", "MAILING", "OTHER"}

_CHAR, _DOUBLE, _STRING = Field("char"), Field("double"), Field()
_KEPT: Final = {
    "ID": Field("integer", Use.READ_ONLY),
    "CREATED_BY_ID": Field("user", Use.READ_ONLY),
    "MODIFY_BY_ID": Field("user", Use.READ_ONLY),
    "DATE_CREATE": Field("datetime", Use.READ_ONLY),
    "DATE_MODIFY": Field("datetime", Use.READ_ONLY),
    "LAST_ACTIVITY_TIME": Field("datetime", Use.READ_ONLY),
}
_COMMON: Final = {
    **_KEPT,
    "ASSIGNED_BY_ID": Field("user"),
    "OPENED": _CHAR,
    "COMMENTS": _STRING,
    "ORIGINATOR_ID": _STRING,
    "ORIGIN_ID": _STRING,
    "UTM_SOURCE": _STRING,
    "UTM_MEDIUM": _STRING,
    "UTM_CAMPAIGN": _STRING,
    "UTM_CONTENT": _STRING,
    "UTM_TERM": _STRING,
}
_REACHED: Final = {
    "PHONE": Field("crm_multifield", several=True),
    "EMAIL": Field("crm_multifield", several=True),
    "HAS_PHONE": Field("char", Use.READ_ONLY),
    "HAS_EMAIL": Field("char", Use.READ_ONLY),
}
_PERSON: Final = {"NAME": _STRING, "LAST_NAME": _STRING, "SECOND_NAME": _STRING, "POST": _STRING}
_SOURCE: Final = {"SOURCE_ID": Field("crm_status", status="SOURCE"), "SOURCE_DESCRIPTION": _STRING}
_MONEY: Final = {"OPPORTUNITY": _DOUBLE, "CURRENCY_ID": _STRING}
_CLIENT: Final = {"CONTACT_ID": Field("crm_contact"), "COMPANY_ID": Field("crm_company")}

FIELDS: Final[Mapping[str, Mapping[str, Field]]] = {
    "lead": {
        **_COMMON,
        **_REACHED,
        **_PERSON,
        **_SOURCE,
        **_MONEY,
        **_CLIENT,
        "TITLE": _STRING,
        "COMPANY_TITLE": _STRING,
        "STATUS_ID": Field("crm_status", status="STATUS"),
        "STATUS_SEMANTIC_ID": Field("string", Use.READ_ONLY),
        "IS_RETURN_CUSTOMER": Field("char", Use.READ_ONLY),
        "DATE_CLOSED": Field("datetime", Use.READ_ONLY),
    },
    "contact": {
        **_COMMON,
        **_REACHED,
        **_PERSON,
        **_SOURCE,
        "TYPE_ID": Field("crm_status", status="CONTACT_TYPE"),
        "COMPANY_ID": Field("crm_company"),
    },
    "company": {
        **_COMMON,
        **_REACHED,
        "TITLE": Field(required=True),
        "COMPANY_TYPE": Field("crm_status", status="COMPANY_TYPE"),
    },
    "deal": {
        **_COMMON,
        **_SOURCE,
        **_MONEY,
        **_CLIENT,
        "TITLE": _STRING,
        "CONTACT_IDS": Field("integers"),
        "OBSERVER_IDS": Field("integers"),
        "LEAD_ID": Field("crm_lead"),
        "CATEGORY_ID": Field("crm_category", Use.AT_ADD),
        "STAGE_ID": Field("crm_status", status="DEAL_STAGE"),
        "STAGE_SEMANTIC_ID": Field("string", Use.READ_ONLY),
        "CLOSED": Field("char", Use.READ_ONLY),
        "IS_RETURN_CUSTOMER": _CHAR,
        "IS_REPEATED_APPROACH": _CHAR,
        "BEGINDATE": Field("datetime"),
        "CLOSEDATE": Field("datetime"),
    },
}


def fields(state: State, kind: str) -> dict[str, Field]:
    """Those of Bitrix, then those that the portal's owner added."""
    own = {name: Field() for name in state.own_fields[kind]}
    return {**FIELDS[kind], **own}


def blank(state: State, kind: str) -> Row:
    return {name: [] if _many(one) else None for name, one in fields(state, kind).items()}


def _many(field: Field) -> bool:
    return field.several or field.type == "integers"


def camel(name: str) -> str:
    """The name in `crm.item.*`: ASSIGNED_BY_ID is assignedById, UF_CRM_DID is ufCrmDid."""
    if name in _RENAMED:
        return _RENAMED[name]
    first, *rest = name.lower().split("_")
    return first + "".join(each.capitalize() for each in rest)


_RENAMED: Final = {
    "STATUS_ID": "stageId",
    "STATUS_SEMANTIC_ID": "stageSemanticId",
    "DATE_CREATE": "createdTime",
    "DATE_MODIFY": "updatedTime",
    "CREATED_BY_ID": "createdBy",
    "MODIFY_BY_ID": "updatedBy",
    "OBSERVER_IDS": "observers",
    "BEGINDATE": "begindate",
}


def described(state: State, kind: str) -> Row:
    """What `crm.<kind>.fields` answers."""
    return {
        name: {
            "type": one.type,
            "isRequired": one.required,
            "isReadOnly": one.use is Use.READ_ONLY,
            "isImmutable": one.use is Use.AT_ADD,
            "isMultiple": _many(one),
            "isDynamic": bool(re.match("UF_", name)),
            **({"statusType": one.status} if one.status else {}),
            "title": name.replace("_", " ").capitalize(),
        }
        for name, one in fields(state, kind).items()
    }
