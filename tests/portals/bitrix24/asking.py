"""Raw HTTP to a portal, for its own tests: no client of the product in between."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from aiohttp import ClientSession

from .portal import Portal


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: Any

    @property
    def result(self) -> Any:
        assert self.status == 200, self.body
        return self.body["result"]

    @property
    def error(self) -> tuple[int, str | int, str]:
        return self.status, self.body["error"], self.body["error_description"]


class Asking:
    """`await ask("user.get", FILTER={…})` as the application, `ask.webhook(…)` as the webhook."""

    def __init__(self, portal: Portal, session: ClientSession) -> None:
        self.portal, self.session = portal, session
        self.tokens = portal.grant()

    async def __call__(self, method: str, /, **given: Any) -> Answer:
        given = {"auth": self.tokens.access_token, **given}
        return await self.post(f"{self.portal.url}/rest/{method}", json=given)

    async def webhook(self, method: str, /, **given: Any) -> Answer:
        return await self.post(f"{self.portal.webhook}{method}", json=given)

    async def batch(self, cmd: Any, **given: Any) -> Any:
        return (await self("batch", cmd=cmd, **given)).result

    async def post(self, url: str, **how: Any) -> Answer:
        async with self.session.post(url, allow_redirects=False, **how) as answer:
            return Answer(answer.status, await answer.json(content_type=None))

    async def get(self, url: str, **query: str) -> Answer:
        async with self.session.get(url, params=query, allow_redirects=False) as answer:
            return Answer(answer.status, await answer.json(content_type=None))
