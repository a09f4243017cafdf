"""What every handler of the web room needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from aiohttp import web
from jinja2 import Environment, PackageLoader, StrictUndefined

from bridge.recordings.links import Links
from bridge.web.certificate import Certificate
from bridge.web.face import Face
from bridge.web.live import LiveBoard
from bridge.web.ports import (
    Applications,
    Asking,
    CrmPages,
    Deciding,
    FinishedCalls,
    Incidents,
    NobodyDecides,
    NoIncidents,
    Ratings,
    RecordingFiles,
    Transcriptions,
    Watch,
)
from bridge.web.seeking import Reading
from bridge.web.settings import WebSettings
from bridge.web.visitors import has_tokens
from bridge.web.words import FILTERS


def _templates() -> Environment:
    made = Environment(
        loader=PackageLoader("bridge.web", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= FILTERS
    return made


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """`certificate` is None where we serve plain HTTP. `crm`, its pages, and `face`, its port for
    programs, are None when the CRM is not the built-in one; `links` when no recording is given away
    by a link, `asking` where nobody makes calls. `read_anew`: the settings as they are after a
    reload, of which the tokens count. `agents`: their names by extension, as they are now;
    `reading`: how what people look for is read."""

    calls: FinishedCalls
    recordings: RecordingFiles
    live: LiveBoard
    settings: WebSettings = field(default_factory=WebSettings)
    read_anew: Callable[[], WebSettings] | None = None
    agents: Callable[[], Mapping[str, str]] = dict
    reading: Callable[[], Reading] = Reading
    certificate: Certificate | None = None
    crm: CrmPages | None = None
    face: Face | None = None
    links: Links | None = None
    incidents: Incidents = field(default_factory=NoIncidents)
    asking: Asking | None = None
    applications: Applications | None = None
    transcriptions: Transcriptions | None = None
    ratings: Ratings | None = None
    watch: Watch = field(default_factory=Watch)
    routes: Deciding = field(default_factory=NobodyDecides)
    templates: Environment = field(default_factory=_templates)

    @property
    def now(self) -> WebSettings:
        """The settings of tokens and sessions, which may change while we serve."""
        return self.read_anew() if self.read_anew else self.settings

    def page(self, template: str, status: int = 200, /, **facts: Any) -> web.Response:
        """A page of HTML."""
        around = {
            "has_crm": self.crm is not None,
            "has_login": has_tokens(self.now),
            "agents": self.agents(),
        }
        text = self.templates.get_template(template).render(**around, **facts)
        return web.Response(text=text, content_type="text/html", status=status)


ROOM: Final = web.AppKey("room", Room)
