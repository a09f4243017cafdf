"""Raw HTTP to an account, for its own tests: no client of the product in between."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from aiohttp import ClientSession

from .portal import Portal
from .problems import Row


@dataclass(frozen=True, slots=True)
class Answer:
    """`body` None: it was no JSON."""

    status: int
    kind: str
    body: Any

    def rows(self, name: str) -> list[Row]:
        assert self.status == 200, self.body
        found: list[Row] = self.body["_embedded"][name]
        return found

    @property
    def wrong(self) -> list[tuple[str, str]]:
        """Code and path of each validation error."""
        assert self.status == 400, self.body
        rows = self.body["validation-errors"]
        return [(each["code"], each["path"]) for row in rows for each in row["errors"]]


class Raw:
    """`await ask("GET", "contacts?query=…")`, `await ask("POST", "leads", [{…}])`."""

    def __init__(self, portal: Portal, session: ClientSession) -> None:
        self.portal, self.session = portal, session
        self.token = portal.auth.long_lived

    async def __call__(self, method: str, path: str, body: Any = None) -> Answer:
        whole = path if path.startswith("/") else f"/api/v4/{path}"
        async with self.session.request(
            method,
            f"{self.portal.url}{whole}",
            json=body,
            headers={"Authorization": f"Bearer {self.token}"},
            allow_redirects=False,
        ) as answer:
            json = "json" in answer.content_type and answer.status != 204
            found = await answer.json(content_type=None) if json else None
            return Answer(answer.status, answer.content_type, found)
