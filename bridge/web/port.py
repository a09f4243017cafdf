"""The addresses of the port over HTTP, below `/api/v1/crm`, and what each does; and how the OpenAPI
document tells of them."""

from __future__ import annotations

import re
from typing import Any, Final

BELOW: Final = "/api/v1/crm"
KEY: Final = "Idempotency-Key"
WORDS: Final = (
    "id", "phone", "name", "email", "inn", "requisite", "contact", "company", "stage", "open_only",
)  # fmt: skip

PORT: Final[dict[tuple[str, str], str]] = {
    ("GET", "contacts"): "Contacts that answer to everything asked",
    ("POST", "contacts"): "Make a contact",
    ("PATCH", "contacts/{id}"): "Change the named fields of a contact",
    ("GET", "companies"): "Companies that answer to everything asked, with their deals",
    ("POST", "companies"): "Make a company",
    ("PATCH", "companies/{id}"): "Change the named fields of a company",
    ("GET", "leads"): "Leads that answer to everything asked",
    ("POST", "leads"): "Make a lead",
    ("PATCH", "leads/{id}"): "Change the named fields of a lead",
    ("GET", "deals"): "Deals that answer to everything asked",
    ("POST", "deals"): "Make a deal",
    ("PATCH", "deals/{id}"): "Change the named fields of a deal",
    ("GET", "deals/{id}/users"): "Who works on a deal, its owner first",
    ("GET", "lookup"): "Everybody who stores `phone`, the owner, the open deals",
    ("GET", "phones"): "A page of every number with its match",
    ("GET", "changes"): "Numbers whose answer changed after `since`",
    ("GET", "users"): "Users with their extensions",
    ("GET", "dictionaries"): "Pipelines, stages and lists: id to name",
    ("GET", "made"): "What an earlier write under `key` made",
    ("POST", "calls"): "Put a call record into the call list",
    ("POST", "calls/{id}/recordings"): "Attach a recording: the sound itself, or its address",
    ("POST", "calls/{id}/entities"): "Show the call on one more entity",
    ("POST", "tasks"): "Make a task",
    ("POST", "notices"): "Tell a user something",
    ("POST", "cards"): "Announce a call that rings",
    ("POST", "cards/{id}/shown"): "Open its card at users",
    ("POST", "cards/{id}/hidden"): "Close its card at users",
}
_ASKED: Final = {
    "lookup": ("phone",),
    "phones": ("page",),
    "changes": ("since",),
    "made": ("key",),
    **dict.fromkeys(("contacts", "companies", "leads", "deals"), WORDS),
}
_ERROR: Final = {"$ref": "#/components/responses/Error"}


def paths() -> dict[str, Any]:
    """The paths as OpenAPI 3.1 has them."""
    found: dict[str, Any] = {}
    for (method, path), says in PORT.items():
        found.setdefault(f"{BELOW}/{path}", {})[method.lower()] = _operation(method, path, says)
    return found


def _operation(method: str, path: str, says: str) -> dict[str, Any]:
    parameters = [_parameter(name, "path") for name in re.findall(r"\{(\w+)\}", path)]
    if method == "GET":
        parameters += [_parameter(name, "query") for name in _ASKED.get(path, ())]
    if method == "POST":
        parameters.append(_parameter(KEY, "header"))
    body = {"content": {"application/json": {"schema": {"type": "object"}}}}
    good = {"description": "`items`, or the `id` of what was made", **body}
    return {
        "summary": says,
        "parameters": parameters,
        **({"requestBody": {"required": True, **body}} if method != "GET" else {}),
        "responses": {"200": good, "400": _ERROR, "404": _ERROR, "422": _ERROR, "503": _ERROR},
    }


def _parameter(name: str, place: str) -> dict[str, Any]:
    required = {"required": True} if place == "path" else {}
    return {"name": name, "in": place, **required, "schema": {"type": "string"}}
