"""Applications over HTTP: the site, the mail robot or an operator's form sends one, and asks later
what became of it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Final

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bridge.domain.application import Application, Organisation, Person, Wish
from bridge.domain.numbers import e164
from bridge.web.answers import as_json, error, unlike
from bridge.web.bodies import whole
from bridge.web.doors import VISITOR, shown
from bridge.web.room import ROOM

_MOST_FIELDS: Final = 100

Word = Annotated[str, Field(max_length=500)]
Fields = Annotated[
    dict[Word, Annotated[str, Field(max_length=5000)]], Field(max_length=_MOST_FIELDS)
]

routes = web.RouteTableDef()


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    fields: Fields = {}


class SentPerson(_Part):
    name: Word = ""
    phone: Word | None = None
    email: Word | None = None


class SentCompany(_Part):
    name: Word = ""
    phone: Word | None = None
    inn: Word | None = None
    requisite: Word | None = None


class SentDeal(_Part):
    title: Word = ""
    id: Word | None = None


class Sent(BaseModel):
    """An application as it is sent. `id` is the sender's own: the same twice is one."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^[A-Za-z0-9._:-]{1,100}$")
    source: str = Field(pattern=r"^[a-z][a-z0-9_-]{0,30}$", examples=["site", "email", "operator"])
    topic: Word | None = None
    user: Word | None = None
    person: SentPerson = SentPerson()
    company: SentCompany = SentCompany()
    deal: SentDeal = SentDeal()

    def application(self, region: str, now: datetime, by: str) -> Application:
        """`by`: whose token sent it. Raises ValueError for a telephone number that is none."""
        person = self.person.model_dump() | {"phone": _number(self.person.phone, region)}
        company = self.company.model_dump() | {"phone": _number(self.company.phone, region)}
        return Application(
            id=self.id,
            source=self.source,
            received_at=now,
            sent_by=by,
            topic=self.topic,
            user=self.user,
            person=Person(**person),
            company=Organisation(**company),
            deal=Wish(**self.deal.model_dump()),
        )


@routes.post("/api/v1/applications")
async def send(request: web.Request) -> web.Response:
    """Keep it; every CRM gets it as it gets calls."""
    room = request.app[ROOM]
    if room.applications is None:
        return error(503, "nothing takes applications here: run the daemon")
    now = datetime.now(UTC)
    try:
        sent = Sent.model_validate_json(await whole(request))
        application = sent.application(room.applications.region, now, request[VISITOR].name)
    except ValidationError as problem:
        return unlike(problem)
    except ValueError as problem:
        return error(400, str(problem))
    if not (application.person or application.company or application.deal):
        return error(400, "nothing is asked for: fill in a person, a company or a deal")
    new = await room.applications.apply(application)
    return as_json({"id": application.id, "new": new}, 202 if new else 200)


@routes.get("/api/v1/applications/{id}")
async def trace(request: web.Request) -> web.Response:
    """What was sent, and what became of it in each CRM: each write, why, and what was there."""
    room = request.app[ROOM]
    found = await room.applications.trace(request.match_info["id"]) if room.applications else None
    if found is None:
        return error(404, "no application of this id was sent")
    return as_json(shown(request, found))


def _number(raw: str | None, region: str) -> str | None:
    if not raw or not raw.strip():
        return None
    if (number := e164(raw, region)) is None:
        raise ValueError("this is no phone number: write it as +79161234567")
    return number
