"""Order: what a request for a call comes to on one PBX, or why it comes to nothing. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import phonenumbers

from bridge.dialout.settings import ClickSettings, NumberForm, RequestSettings, Shown
from bridge.domain.call_requests import CallRequest, RequestKind, Unfulfilled
from bridge.domain.directory import Directory
from bridge.domain.numbers import e164

DEVICE: Final = "PJSIP/{extension}"
_EXTENSION: Final = re.compile(r"^[0-9*#]{2,8}$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One Originate. `id` becomes the unique id of the first channel, `client` is E.164; `timeout`
    in seconds."""

    id: str
    pbx: str
    client: str
    channel: str
    context: str
    exten: str
    caller_id: str
    timeout: float
    variables: tuple[tuple[str, str], ...] = ()


def order(
    request: CallRequest,
    id: str,
    *,
    pbx: str,
    users: Mapping[str, str],
    directory: Directory,
    region: str,
    settings: ClickSettings,
) -> Order | Unfulfilled:
    """What to dial. `users` is extension to the CRM's user."""
    client = e164(request.number, region)
    if client is None:
        return Unfulfilled.BAD_NUMBER
    extension, channel = _rung_first(request, users, directory, settings)
    if channel is None:
        return Unfulfilled.NO_EXTENSION
    number = settings.prefix + written(client, settings.number)
    words = {"extension": extension, "number": number}
    shown = client if settings.caller_id is Shown.CLIENT or not extension else extension
    return Order(
        id=id,
        pbx=pbx,
        client=client,
        channel=channel.format(**words),
        context=settings.context,
        exten=number,
        caller_id=shown,
        timeout=settings.timeout,
        variables=tuple(_variables(settings, extension, words)),
    )


def _rung_first(
    request: CallRequest, users: Mapping[str, str], directory: Directory, settings: ClickSettings
) -> tuple[str, str | None]:
    """The extension of who asked, if it is a person, and the channel; None where there is none."""
    if request.kind is RequestKind.CALLBACK:
        return "", settings.callbacks
    extension = extension_of(request.user, users)
    if extension is None:
        return "", None
    return extension, settings.channel or _endpoint(extension, directory)


def worth_until(request: CallRequest, settings: RequestSettings) -> datetime:
    """When nobody waits for it any more. A click has a person at the phone, a form has none."""
    late = settings.callbacks_late if request.kind is RequestKind.CALLBACK else settings.late
    return request.asked_at + timedelta(seconds=late)


def extension_of(user: str | None, users: Mapping[str, str]) -> str | None:
    """The first extension of this user that can be dialled: what a CRM says is not trusted to."""
    found = (extension for extension, whose in users.items() if whose == user)
    return next(filter(_EXTENSION.match, found), None) if user else None


def written(client: str, form: NumberForm) -> str:
    """An E.164 number as the dialplan wants it."""
    match form:
        case NumberForm.PLUS:
            return client
        case NumberForm.DIGITS:
            return client.removeprefix("+")
        case NumberForm.NATIONAL:
            parsed = phonenumbers.parse(client)
            national = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.NATIONAL)
            return re.sub(r"\D", "", national)


def _endpoint(extension: str, directory: Directory) -> str:
    """The agent's desk phone: the endpoint that is named after the extension. Others may be
    further devices of the same person."""
    agent = directory.agents.get(extension)
    named = (one for one in (agent.endpoints if agent else ()) if one.endswith(f"/{extension}"))
    return next(named, DEVICE)


def _variables(
    settings: ClickSettings, extension: str, words: Mapping[str, str]
) -> Iterable[tuple[str, str]]:
    yield "BRIDGE_AGENT", extension
    for name, value in settings.variables.items():
        yield name, value.format(**words)
    if settings.auto_answer:
        header, _, value = settings.auto_answer.partition(":")
        yield f"PJSIP_HEADER(add,{header.strip()})", value.strip()
