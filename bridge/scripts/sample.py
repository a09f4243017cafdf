"""A call that scripts are tried on before there is a real one. What a CRM or an address would say
is whatever the script asks for."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final

from jinja2 import TemplateError

from bridge.domain.entities import Deal, EntityKind, EntityRef, Match
from bridge.domain.moments import Progress
from bridge.routing.case import Case
from bridge.routing.presence import Presence
from bridge.scripts.facts import Facts, facts
from bridge.texts.sample import RICH
from bridge.texts.templates import Condition, Template

_URL: Final = re.compile(r"https?://[^\s/?#]+(?:[/?#]\S*)?")
_AT: Final = datetime(2026, 3, 2, 9, 1, tzinfo=UTC)


class Anything(dict[str, Any]):
    """Has every key, and counts as nought where it is a number."""

    def __missing__(self, key: str) -> Anything:
        return Anything()

    def __str__(self) -> str:
        return ""

    def _number(self, other: object = None) -> int:
        return 0

    __add__ = __radd__ = __sub__ = __rsub__ = __truediv__ = __rtruediv__ = _number
    __floordiv__ = __rfloordiv__ = __neg__ = __int__ = _number


def sample() -> Facts:
    """Every fact has a value."""
    deal = Deal(id="7", title="Pump", pipeline="credit", stage="NEW", owner="12")
    match = Match(
        entity=EntityRef(EntityKind.CONTACT, "1"), name="Client", owner="12", open_deals=(deal,)
    )
    case = Case(
        at=_AT,
        number="+79161234567",
        did="+74951234501",
        matches=(match,),
        users={"101": "12"},
        presence={"101": Presence.FREE},
    )
    call = Progress(
        record=replace(RICH, started_at=_AT),
        ringing=("101",),
        talking=("101",),
        queue="sales",
        queued_at=_AT,
    )
    told = facts("answered", call, ("101",), case, {"sales": 1}, {"did": "+74951234501"})
    told["client"] |= {"fields": Anything(), "company": "Company", "language": "ru", "priority": 1}
    told["client"]["deals"][0]["fields"] = Anything()
    return told | {"answers": Anything(), "asked": Anything(), "people": Anything()}


@lru_cache(maxsize=1)
def _sample() -> Facts:
    return sample()


def template(source: str) -> str:
    """Raises ValueError for what is no template, or names what no call has."""
    try:
        Template(source).render(_sample())
    except TemplateError as error:
        raise ValueError(f"this is no template: {error}") from error
    return source


def condition(source: str) -> str:
    """Raises ValueError for what is no condition, or names what no call has."""
    try:
        Condition(source).holds(_sample())
    except TemplateError as error:
        raise ValueError(f"this is no condition: {error}") from error
    return source


def url(source: str) -> str:
    """Raises ValueError for what makes no address."""
    template(source)
    if not _URL.fullmatch(Template(source).render(_sample())):
        raise ValueError("it must begin with https:// or http:// and hold no spaces")
    return source
