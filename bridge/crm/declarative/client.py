"""The CRM over HTTP: a request of the description made and sent, and what its answer means."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from aiohttp import ClientResponse, ClientSession, ClientTimeout, DummyCookieJar
from yarl import URL

from bridge.crm.declarative.answers import Answer, every_in, fits, no_list, trouble, whole
from bridge.crm.declarative.bodies import Body, Facts, body_of, carried, pairs
from bridge.crm.declarative.description import Description
from bridge.crm.declarative.expressions import address, text, whole_address
from bridge.crm.declarative.login import Login
from bridge.crm.declarative.requests import Listing, Paging, Request
from bridge.crm.declarative.settings import DeclarativeSettings
from bridge.crm.limiter import Limiter, Priority
from bridge.crm.sending import Sending, guarded
from bridge.crm.trouble import Trouble, refused
from bridge.domain.commands import Verdict

_NEXT: Final = re.compile(r'<([^>]*)>[^,]*;\s*rel="?next"?')
_AGENT: Final = {"User-Agent": "asterisk-crm-bridge", "Accept": "application/json"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """How a request is made. `key`: under which key it writes; `upload`: a file that it carries."""

    name: str
    writes: bool = False
    priority: Priority = Priority.DELIVERY
    key: str | None = None
    upload: Path | None = None
    page: Mapping[str, str] | None = None
    link: str | None = None


class Client:
    """One CRM. Every method raises Trouble and nothing else."""

    def __init__(self, settings: DeclarativeSettings) -> None:
        self.described = settings.description
        self.facts: Facts = {"settings": settings.values}
        limits = self.described.limits
        self.limiter = Limiter(limits.rate, limits.burst)
        self._limits = limits
        self._login = Login(self.described, self.facts, settings.folder / f"{settings.name}.json")
        self._session: ClientSession | None = None

    async def send(self, request: Request, facts: Facts, ask: Ask) -> Answer:
        """One request, with `facts` beside the settings."""
        try:
            return await self._send(request, facts, ask)
        except Trouble as error:
            raise error.without(self._secrets()) from None

    async def _send(self, request: Request, facts: Facts, ask: Ask) -> Answer:
        known = {**self.facts, **facts}
        try:
            url, headers = self._address(request, known, ask), self._headers(request, known, ask)
            body = body_of(request, known)
        except ValueError as error:
            raise refused(f"{ask.name}: {error}") from error
        sending = Sending(ask.writes)
        deadline = self._limits.upload_timeout if ask.upload else self._limits.timeout

        async def sent() -> Answer:
            return await self._let_in(request, url, headers, body, ask, sending)

        return await guarded(sent, sending, ask.name, deadline)

    async def rows(self, listing: Listing, facts: Facts, ask: Ask) -> list[Any]:
        """The rows of every page; none where the CRM says that there is nothing."""
        found: list[Any] = []
        async for answer in self._pages(listing, facts, ask):
            found += every_in(listing.rows, answer.data, ask.name)
        return found

    async def maybe(
        self, request: Request, facts: Facts, ask: Ask, missing: tuple[str, ...]
    ) -> Answer | None:
        """None for a status that means that there is no such thing."""
        try:
            return await self.send(request, facts, ask)
        except Trouble as error:
            if error.verdict is Verdict.REFUSED and error.code and fits(int(error.code), missing):
                return None
            raise

    def _secrets(self) -> list[str]:
        """A CRM may tell us what we sent it."""
        asked, given = self.described.settings, self.facts["settings"]
        said = [given[name] for name, about in asked.items() if about.secret and name in given]
        return [*said, *self._login.secrets()]

    async def close(self) -> None:
        if self._session is not None:
            await self._login.settled()
            await self._session.close()
            self._session = None

    async def _pages(self, listing: Listing, facts: Facts, ask: Ask) -> AsyncIterator[Answer]:
        paging = listing.paging
        place: str | None = str(paging.first) if paging and paging.kind in _COUNTED else None
        link: str | None = None
        for _ in range(paging.most if paging else 1):
            asked = _at(ask, paging, place, link)
            answer = await self.maybe(listing, facts, asked, listing.missing)
            if answer is None or answer.status == 204:
                return
            if (error := _no_list(listing.rows, answer, self.described, ask.name)) is not None:
                raise error.without(self._secrets())
            yield answer
            if paging is None:
                return
            count = len(every_in(listing.rows, answer.data, ask.name))
            place, link = self._next(paging, place, answer, count)
            if place is None and link is None:
                return

    def _next(
        self, paging: Paging, place: str | None, answer: Answer, count: int
    ) -> tuple[str | None, str | None]:
        """Where the next page is: its place, or its whole address."""
        if paging.kind in _COUNTED:
            step = count if paging.kind == "offset" else 1
            full = count >= paging.size
            return (str(int(place or 0) + step), None) if full else (None, None)
        found = every_in(paging.next, answer.data, "the next page") if paging.next else []
        told = found[0] if found else None
        if paging.kind == "cursor":
            return (str(told), None) if told else (None, None)
        link = told or _linked(answer)
        return None, str(link) if link else None

    def _address(self, request: Request, facts: Facts, ask: Ask) -> URL:
        base = URL(whole_address(self.described.base, facts))
        if base.scheme not in ("http", "https") or not base.host:
            raise ValueError("`base` makes no address: write the CRM's as https://crm.example.org")
        if ask.link is not None:
            linked = base.join(URL(ask.link))
            if linked.origin() != base.origin():
                raise ValueError("the next page is at another host: our login is not sent there")
            return linked
        parameters = [*pairs(request.query, facts), *(ask.page or {}).items()]
        told = "&".join(
            f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in parameters
        )
        path = address(request.path, facts).lstrip("/")
        whole = f"{str(base).rstrip('/')}/{path}" if path else str(base)
        joint = "&" if "?" in whole else "?"
        return URL(whole + (joint + told if told else ""), encoded=True)

    def _headers(self, request: Request, facts: Facts, ask: Ask) -> dict[str, str]:
        sources = {**self.described.headers, **request.headers}
        made = {name: _line(text(source, facts)) for name, source in sources.items()}
        if self.described.key_header and ask.key and ask.writes:
            made[self.described.key_header] = _line(ask.key)
        return made

    async def _let_in(
        self,
        request: Request,
        url: URL,
        headers: Mapping[str, str],
        body: Body,
        ask: Ask,
        sending: Sending,
    ) -> Answer:
        """With the login, and once more with a new token where the first has run out."""
        for again in (self._login.renews, False):
            login = await self._login.headers(self._open())
            await self.limiter.turn(ask.priority)
            data = await carried(body, ask.upload)
            typed = {"Content-Type": body.content_type} if body.content_type else {}
            told = {**typed, **headers, **login}
            sending.sent = True
            async with self._open().request(
                request.method, url, headers=told, data=data, allow_redirects=False
            ) as answer:
                if not (again and answer.status == 401):
                    return await self._read(answer, ask, sending)
            sending.sent = False
            await self._login.forget(self._open())
        raise AssertionError("the second answer is always read")

    async def _read(self, response: ClientResponse, ask: Ask, sending: Sending) -> Answer:
        raw = await whole(response, ask.name, sending)
        try:
            data = json.loads(raw.decode("utf-8-sig")) if raw.strip() else None
        except (ValueError, RecursionError):
            data = None
            if response.status < 300:
                raise sending.lost(f"{ask.name}: the answer is no JSON") from None
        below = _below(URL(whole_address(self.described.base, self.facts)), response.url)
        answer = Answer(response.status, dict(response.headers), data, response.method, below)
        try:
            error = trouble(ask.name, answer, self.described, writes=ask.writes)
        except ValueError as wrong:
            raise refused(f"{ask.name}: {wrong}") from wrong
        if error is not None:
            raise error
        return answer

    def _open(self) -> ClientSession:
        if self._session is None or self._session.closed:
            self._session = ClientSession(
                headers=_AGENT, timeout=ClientTimeout(total=None), cookie_jar=DummyCookieJar()
            )
        return self._session


_COUNTED: Final = ("offset", "page")


def _at(ask: Ask, paging: Paging | None, place: str | None, link: str | None) -> Ask:
    """The same question for one page."""
    page: dict[str, str] = {}
    if paging and paging.query and place is not None:
        page[paging.query] = place
    if paging and paging.size_query:
        page[paging.size_query] = str(paging.size)
    return Ask(name=ask.name, priority=ask.priority, page=page, link=link)


def _below(base: URL, url: URL) -> tuple[str, ...]:
    """The parts of the path that are not the base's."""
    whole, known = (tuple(filter(None, each.parts)) for each in (url, base))
    return whole[len(known) :]


def _linked(answer: Answer) -> str | None:
    found = _NEXT.search(answer.headers.get("Link", ""))
    return found[1] if found else None


def _no_list(rows: str, answer: Answer, described: Description, name: str) -> Trouble | None:
    try:
        return no_list(name, rows, answer, described)
    except ValueError as error:
        return Trouble(Verdict.TRY_LATER, f"{name}: {error}")


def _line(made: str) -> str:
    """A caller's name must not begin a header of its own."""
    return "".join(char if char.isprintable() else " " for char in made)
