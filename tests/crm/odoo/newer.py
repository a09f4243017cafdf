"""A gate that makes of the real Odoo 14 a newer one, as far as the documentation tells them apart:
what is new there is translated, what is gone is refused in Odoo's own words.

Source: Odoo's own code and documentation of 15 to 19; see bridge/crm/odoo/versions.py.
"""

from __future__ import annotations

import json
from html import escape
from typing import Any, Final

from aiohttp import web

from tests.crm.odoo.gate import Gate

_CHANNELS: Final = ("discuss.channel", "mail.channel")  # since 17, before


class Refused(Exception):
    """Its name among Python's exceptions, and what it says."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(message)
        self.name, self.message = name, message


class Newer(Gate):
    """An Odoo of this `major` version."""

    def __init__(self, odoo: str, major: int) -> None:
        super().__init__(odoo)
        self._major = major

    async def _pass(self, call: dict[str, Any]) -> web.Response:
        try:
            asked = self._older(call)
        except Refused as error:
            data = {"name": error.name, "message": error.message}
            failed = {"code": 200, "message": "Odoo Server Error", "data": data}
            return web.json_response({"jsonrpc": "2.0", "id": call["id"], "error": failed})
        answer = await super()._pass(asked)
        told = json.loads(answer.text or "{}")
        if "result" in told:
            told["result"] = self._newer(call["params"], told["result"])
        return web.json_response(told, headers={"Date": answer.headers["Date"]})

    def _older(self, call: dict[str, Any]) -> dict[str, Any]:
        """The same question to 14."""
        text = json.dumps(call)
        if self._major >= 17:
            new, old = _CHANNELS
            if f'"{old}"' in text:
                raise Refused("odoo.exceptions.UserError", f"Object {old} doesn't exist")
            text = text.replace(f'"{new}"', f'"{old}"')
        asked: dict[str, Any] = json.loads(text)
        if asked["params"]["method"] == "execute_kw":
            self._executed(asked["params"]["args"], text)
        return asked

    def _executed(self, args: list[Any], text: str) -> None:
        model, method, given = args[3:6]
        if model == "mail.message" and "channel_ids/.id" in text:
            raise Refused("builtins.ValueError", "Invalid field 'channel_ids' on 'mail.message'")
        if self._major >= 16 and method == "message_notify":
            args[6]["body"] = escape(args[6]["body"])
        if self._major >= 18 and method == "has_group":
            (ids, group) = given
            assert ids == [args[1]]
            args[5] = [group]
        if self._major >= 19:
            self._executed_19(args, model, method, text)

    def _executed_19(self, args: list[Any], model: str, method: str, text: str) -> None:
        if '"mobile"' in text:
            raise Refused("builtins.ValueError", f"Invalid field 'mobile' on '{model}'")
        if method == "check_access_rights":
            raise Refused("builtins.AttributeError", f"{model} has no {method}")
        if method == "has_access":
            args[4:6] = ["check_access_rights", [args[5][1], False]]
        if model == "crm.stage" and method == "search_read":
            args[5][1] = ["team_id" if name == "team_ids" else name for name in args[5][1]]

    def _newer(self, params: dict[str, Any], result: Any) -> Any:
        """What 14 answered, as this one says it."""
        if params["method"] == "version":
            return {**result, "server_version_info": [self._major, 0, 0, "final", 0, ""]}
        if params["method"] != "execute_kw":
            return result
        model, method = params["args"][3:5]
        if self._major >= 17:
            new, old = _CHANNELS
            result = json.loads(json.dumps(result).replace(f'"{old}"', f'"{new}"'))
        if self._major >= 19 and method == "fields_get":
            result.pop("mobile", None)
            if model == "crm.stage":
                result["team_ids"] = {**result.pop("team_id"), "type": "many2many"}
        if self._major >= 19 and model == "crm.stage" and method == "search_read":
            for row in result:
                if "team_id" in row:
                    bound = row.pop("team_id")
                    row["team_ids"] = [bound[0]] if bound else []
        return result
