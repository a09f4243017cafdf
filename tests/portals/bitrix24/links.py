"""Who belongs to whom: contacts of companies and deals; duplicates by phone or e-mail."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Final

from .errors import Refused, legacy
from .method import Asked, Method
from .params import Row, integer, sequence, text
from .phones import digits
from .state import State

_ENOUGH: Final = 20  # hits in one type after which the following types are not searched
_VALUES: Final = 20
_TYPES: Final = {"PHONE", "EMAIL"}
_DUPLICATES: Final = ("LEAD", "CONTACT", "COMPANY")


def find_by_comm(asked: Asked) -> dict[str, list[int]] | list[Row]:
    """Numbers are compared digit by digit, so each way of writing is a value of its own."""
    given = asked.given
    if given.get("type") not in _TYPES:
        raise Refused(400, "Communication type is not defined", "")
    values = [text(each) for each in given.get("values", []) if each]
    if not values or len(values) > _VALUES:
        raise Refused(400, "Communication values is not defined", "")
    kind = given.get("entity_type")
    if kind not in (None, "", *_DUPLICATES):
        raise Refused(400, "Entity type is not supported", "")
    read: Callable[[str], str] = digits if given["type"] == "PHONE" else str.casefold
    wanted = {read(each) for each in values}
    found: dict[str, list[int]] = {}
    for each in (kind,) if kind else _DUPLICATES:
        ids = [
            row["ID"]
            for row in asked.state.entities[each.lower()].values()
            if any(read(one["VALUE"]) in wanted for one in row[given["type"]])
        ]
        found |= {each: ids[:_ENOUGH]} if ids else {}
        if len(ids) >= _ENOUGH:
            break
    return found or []


def contacts_of_deal(asked: Asked) -> list[Row]:
    deal = _owner(asked, "deal")
    return _numbered("CONTACT_ID", deal["CONTACT_IDS"] or [])


def companies_of_contact(asked: Asked) -> list[Row]:
    contact = _owner(asked, "contact")
    return _numbered("COMPANY_ID", [contact["COMPANY_ID"]] if contact["COMPANY_ID"] else [])


def contacts_of_company(asked: Asked) -> list[Row]:
    return _numbered("CONTACT_ID", _contacts(asked.state, _owner(asked, "company")["ID"]))


def _contacts(state: State, company: int) -> Iterable[int]:
    return [row["ID"] for row in state.entities["contact"].values() if row["COMPANY_ID"] == company]


def _numbered(name: str, ids: Iterable[int]) -> list[Row]:
    return [
        {name: id, "SORT": position * 10, "ROLE_ID": 0, "IS_PRIMARY": "Y" if position == 1 else "N"}
        for position, id in enumerate(ids, 1)
    ]


def _owner(asked: Asked, kind: str) -> Row:
    row = asked.state.entities[kind].get(asked.given.get("id", 0))
    if row is None:
        raise legacy("Not found")
    return row


_method = partial(Method, scope="crm")
METHODS: Final = (
    _method(
        "crm.duplicate.findbycomm",
        find_by_comm,
        {"type": text, "values": sequence, "entity_type": text},
    ),
    _method("crm.deal.contact.items.get", contacts_of_deal, {"id": integer}),
    _method("crm.contact.company.items.get", companies_of_contact, {"id": integer}),
    _method("crm.company.contact.items.get", contacts_of_company, {"id": integer}),
)
