"""Settings of a webhook. Its templates are compiled, and tried on two sample calls, when they are
read: what is wrong with one is a finding of `check`, with its line."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Annotated, Any, Final, Literal

from jinja2 import TemplateError
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr

from bridge.crm.webhook.events import facts
from bridge.domain.moments import Event
from bridge.texts.sample import BARE, RICH
from bridge.texts.templates import Condition, Template

_HEADER: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_URL: Final = re.compile(r"https?://[^\s/?#]+(?:[/?#]\S*)?")


def _tried(use: Callable[[dict[str, Any]], object]) -> None:
    for record in (RICH, BARE):
        try:
            use(facts(Event.FINISHED, record.to_json(), ("101",)))
        except ValueError as error:
            bare = "" if record is RICH else "for a call of which little is known, "
            raise ValueError(f"{bare}{error}") from error


def _template(source: str) -> str:
    try:
        _tried(Template(source).render)
    except TemplateError as error:
        raise ValueError(f"this is no template: {error}") from error
    return source


def _condition(source: str) -> str:
    try:
        _tried(Condition(source).holds)
    except TemplateError as error:
        raise ValueError(f"this is no condition: {error}") from error
    return source


def _url(source: str) -> str:
    def use(given: dict[str, Any]) -> None:
        if not _URL.fullmatch(Template(source).render(given)):
            raise ValueError("it must begin with https:// or http:// and hold no spaces")

    _template(source)
    _tried(use)
    return source


def _header(name: str) -> str:
    if not _HEADER.fullmatch(name) or name.lower() in ("host", "content-length"):
        raise ValueError("this is no name of a header that you may set")
    return name


TemplateText = Annotated[str, AfterValidator(_template)]
ConditionText = Annotated[str, AfterValidator(_condition)]
UrlText = Annotated[str, AfterValidator(_url)]
HeaderName = Annotated[str, AfterValidator(_header)]


class WebhookCrmSettings(BaseModel):
    """`secrets` sign what is sent: two while one is changed for the other. `when` is an expression
    over `record`. `live_within`: seconds after which a live event is dropped."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["webhook"] = "webhook"
    name: str = Field("webhook", pattern=r"^[\w.-]+$")
    url: UrlText = Field(examples=["https://example.org/calls"])
    method: Literal["POST", "PUT", "PATCH"] = "POST"
    secrets: tuple[SecretStr, ...] = Field((), max_length=2)
    events: tuple[Event, ...] = (Event.FINISHED,)
    when: ConditionText | None = None
    headers: dict[HeaderName, TemplateText] = {}
    body: TemplateText | None = Field(None, description="default: the call record as JSON")
    content_type: str = Field("application/json", pattern=r"^[\w.+-]+/[\w.+-]+(; ?[\w=-]+)?$")
    timeout: float = Field(10.0, gt=0, le=50)
    live_within: float = Field(10.0, gt=0, le=60)


def secrets_of(settings: WebhookCrmSettings) -> Iterator[str]:
    return (secret.get_secret_value() for secret in settings.secrets)
