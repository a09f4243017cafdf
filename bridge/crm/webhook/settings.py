"""Settings of a webhook. Its templates are compiled, and tried on two sample calls, when they are
read: what is wrong with one is a finding of `check`, with its line."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Annotated, Any, Final, Literal

from jinja2 import TemplateError
from pydantic import AfterValidator, Field, SecretStr

from bridge.crm.settings import HeaderName, Name, Strict
from bridge.crm.webhook.events import facts
from bridge.domain.moments import Event
from bridge.texts.sample import BARE, RICH
from bridge.texts.templates import Condition, Template

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


TemplateText = Annotated[str, AfterValidator(_template)]
ConditionText = Annotated[str, AfterValidator(_condition)]
UrlText = Annotated[str, AfterValidator(_url)]


class WebhookCrmSettings(Strict):
    """`secrets` sign what is sent: two while one is changed for the other. `when` is an expression
    over `record`. `live_within`: seconds after which a live event is dropped."""

    kind: Literal["webhook"] = "webhook"
    name: Name = "webhook"
    url: UrlText = Field(examples=["https://example.org/calls"])
    method: Literal["POST", "PUT", "PATCH"] = "POST"
    secrets: tuple[SecretStr, ...] = Field((), max_length=2)
    events: tuple[Event, ...] = (Event.FINISHED,)
    when: ConditionText | None = None
    headers: dict[HeaderName, TemplateText] = Field({})
    body: TemplateText | None = Field(None, description="default: the call record as JSON")
    content_type: str = Field("application/json", pattern=r"^[\w.+-]+/[\w.+-]+(; ?[\w=-]+)?$")
    timeout: float = Field(10.0, gt=0, le=50)
    live_within: float = Field(10.0, gt=0, le=60)


def secrets_of(settings: WebhookCrmSettings) -> Iterator[str]:
    return (secret.get_secret_value() for secret in settings.secrets)
