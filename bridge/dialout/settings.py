"""Settings of calls that people ask for: how a PBX makes them, and how long a click is worth it."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from bridge.texts.braces import fillable

_WORDS: Final = frozenset({"extension", "number"})


class NumberForm(StrEnum):
    """How the dialplan wants the client's number."""

    PLUS = "plus"  # +79161234567
    DIGITS = "digits"  # 79161234567
    NATIONAL = "national"  # 89161234567


class Shown(StrEnum):
    """Whose number the agent's phone shows, and the dialplan has as CALLERID afterwards."""

    CLIENT = "client"
    AGENT = "agent"


def _template(text: str) -> str:
    if any(char in text for char in "\r\n\0"):
        raise ValueError("it must stand in one line")
    return fillable(text, _WORDS)


def _header(text: str) -> str:
    name, colon, value = text.partition(":")
    if not (colon and name.strip().replace("-", "").isalnum() and value.strip()):
        raise ValueError("write a SIP header, as `Call-Info: ;answer-after=0`")
    return _template(text)


Template = Annotated[str, AfterValidator(_template)]
Header = Annotated[str, AfterValidator(_header)]


class ClickSettings(BaseModel):
    """How one PBX makes a call that somebody asked for. `{extension}` is the agent's, `{number}`
    the client's as the dialplan wants it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    context: str = Field(
        pattern=r"^[\w.+-]{1,79}$",
        description="dialplan context that calls the client",
        examples=["from-internal"],
    )
    channel: Template | None = Field(
        None,
        description="the agent's phone; default: PJSIP/{extension}, or as the directory says",
        examples=["Local/{extension}@from-internal"],
    )
    callbacks: Template | None = Field(
        None,
        description="what rings for a client who asked to be called back; none: such are refused",
        examples=["Local/600@from-internal"],
    )
    number: NumberForm = NumberForm.PLUS
    prefix: str = Field("", pattern=r"^[0-9*#]{0,8}$", description="digits before the number")
    timeout: float = Field(
        25.0, ge=1, le=120, description="seconds that the agent's phone rings at most"
    )
    caller_id: Shown = Shown.CLIENT
    auto_answer: Header | None = Field(
        None,
        description="SIP header that makes the agent's PJSIP phone answer by itself",
        examples=["Call-Info: ;answer-after=0"],
    )
    variables: dict[str, Template] = Field({}, description="channel variables for the dialplan")


class RequestSettings(BaseModel):
    """What becomes of the calls that people ask for in one CRM."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    take: bool = Field(True, description="false: nobody can call from this CRM")
    late: float = Field(
        30.0, gt=0, le=600, description="seconds after which nobody waits for the call any more"
    )
    callbacks_late: float = Field(
        1800.0, gt=0, le=86400, description="the same of a callback form, which waits for the PBX"
    )
