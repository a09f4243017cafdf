"""Odoo asked as one of its users, from outside of any event loop: to set it up, to look into it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from typing import Any, Final
from urllib.request import Request, urlopen

_PATIENCE: Final = 120.0  # seconds


class OdooRefused(AssertionError):
    """Odoo answered with an error."""


@dataclass(frozen=True)
class OdooRpc:
    url: str
    database: str
    user: str
    password: str

    def login(self) -> int:
        """The user's id. Raises OSError while nobody listens."""
        return _login(self)

    def call(self, model: str, method: str, *args: Any, **named: Any) -> Any:
        who = [self.database, self.login(), self.password]
        return self.ask("object", "execute_kw", [*who, model, method, args, named])

    def rows(self, model: str, *leaves: Any, fields: list[str]) -> list[dict[str, Any]]:
        """What is there, archived rows too, by id."""
        context = {"active_test": False}
        found = self.call(model, "search_read", list(leaves), fields, order="id", context=context)
        return list(found)

    def id_of(self, external: str) -> int:
        """The id of `module.name`."""
        return int(self.call("ir.model.data", "check_object_reference", *external.split("."))[1])

    def ask(self, service: str, method: str, args: list[Any]) -> Any:
        """The result of one method of a service."""
        params = {"service": service, "method": method, "args": args}
        body = json.dumps({"jsonrpc": "2.0", "method": "call", "id": 1, "params": params})
        headers = {"Content-Type": "application/json"}
        request = Request(f"{self.url}/jsonrpc", body.encode(), headers)
        with urlopen(request, timeout=_PATIENCE) as answer:
            told = json.load(answer)
        if "error" in told:
            raise OdooRefused(told["error"]["data"]["message"])
        return told.get("result")


@cache
def _login(who: OdooRpc) -> int:
    """Asked once: Odoo takes its time to compare a password."""
    asked = [who.database, who.user, who.password, {}]
    return int(who.ask("common", "authenticate", asked))
