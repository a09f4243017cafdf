"""An infobase: partners, leads, users, telephone calls, and the register of processed events."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from tests.portals.onec.requests import Refused, Row


def guid(of: str) -> str:
    return str(uuid5(NAMESPACE_URL, of))


@dataclass
class Base:
    partners: list[Row] = field(default_factory=list)
    leads: dict[str, Row] = field(default_factory=dict)
    users: dict[str, Row] = field(default_factory=dict)
    calls: dict[str, Row] = field(default_factory=dict)
    recordings: dict[str, bytes | str] = field(default_factory=dict)
    tasks: dict[str, Row] = field(default_factory=dict)
    processed: dict[str, str] = field(default_factory=dict)

    def client(self, phone: str) -> Row:
        """Who has this number, and the person there who has it; 1C compares the last ten digits."""
        for partner in self.partners:
            for person in partner.get("people", ()):
                if any(_ten(each) == _ten(phone) for each in person["phones"]):
                    phones = {**partner, "phones": person["phones"]}
                    found = self._found(partner["type"], phones, partner["deals"])
                    return {**found, "contact": {"id": person["id"], "name": person["name"]}}
            if any(_ten(each) == _ten(phone) for each in partner["phones"]):
                return self._found(partner["type"], partner, partner["deals"])
        for lead in self.leads.values():
            if lead["phone"] and _ten(lead["phone"]) == _ten(phone) and not lead["closed"]:
                return self._found("Лиды", {**lead, "name": lead["title"]}, [])
        return {"found": False}

    def once(self, event: str, made: Any) -> str:
        """The id that `made` gives, or what was made under this event before."""
        if event not in self.processed:
            self.processed[event] = made()
        return self.processed[event]

    def add_lead(self, given: Row) -> str:
        owner = given.get("responsible_id")
        self._user(owner)
        id = guid(given["event_id"])
        self.leads[id] = {
            "id": id,
            "title": given.get("title", ""),
            "phone": given.get("phone"),
            "did": given.get("did"),
            "responsible_id": owner,
            "client_id": given.get("client_id"),
            "repeat": bool(given.get("repeat")),
            "closed": False,
        }
        return id

    def change_lead(self, id: str, given: Row) -> str:
        if id not in self.leads:
            raise Refused(404, "not_found", f"Лид {id} не найден")
        self._user(given.get("responsible_id"))
        self.leads[id] |= given
        return id

    def found_leads(self, phone: str | None, id: str | None) -> list[Row]:
        return [
            lead
            for lead in self.leads.values()
            if (id is None or lead["id"] == id)
            and (phone is None or _ten(lead["phone"] or "") == _ten(phone))
        ]

    def add_call(self, given: Row) -> str:
        """One document for a call, however often it is told."""
        id = guid(given["call_id"])
        self.calls[id] = {**given, "id": id}
        return id

    def add_recording(self, call: str, event: str, content: bytes | str) -> str:
        if call not in self.calls:
            raise Refused(404, "not_found", f"Звонок {call} не найден")
        id = guid(event)
        self.recordings[id] = content
        return id

    def add_task(self, given: Row) -> str:
        self._user(given.get("assignee_id"))
        self._deal(given.get("deal_id"))
        id = guid(given["event_id"])
        self.tasks[id] = {**given, "id": id}
        return id

    def _user(self, id: str | None) -> None:
        if id and id not in self.users:
            raise Refused(404, "not_found", f"Пользователь {id} не найден")

    def _deal(self, id: str | None) -> None:
        if id and id not in [deal["id"] for each in self.partners for deal in each["deals"]]:
            raise Refused(404, "not_found", f"Сделка {id} не найдена")

    def _found(self, kind: str, row: Row, deals: list[Row]) -> Row:
        owner = self.users.get(row.get("responsible_id") or "")
        told = {key: owner[key] for key in ("id", "name", "extension")} if owner else None
        phones = row.get("phones") or [row["phone"]]
        return {
            "found": True,
            "client": {"type": kind, "id": row["id"], "name": row["name"], "phones": phones},
            "responsible": told,
            "deals": deals,
            "repeat": True,
        }


def _ten(phone: str) -> str:
    return re.sub(r"\D", "", phone)[-10:]
