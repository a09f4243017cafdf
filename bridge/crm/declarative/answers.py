"""What an answer means: by the description's table of errors, and by its status where that says
nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from aiohttp import ClientResponse

from bridge.crm.declarative.description import Description
from bridge.crm.declarative.expressions import every, text
from bridge.crm.declarative.requests import ErrorRule
from bridge.crm.sending import Sending, asked_to_wait
from bridge.crm.trouble import Trouble, refused
from bridge.domain.commands import Verdict

_LARGEST: Final = 4 * 1024 * 1024  # bytes of one answer
_SHOWN: Final = 200  # characters of the CRM's own words that people see
# What to do about an answer that no rule speaks of.
_ADVICE: Final[Mapping[int, str]] = {
    401: "the login is not taken: see `auth`, and the settings that it uses",
    403: "this login may not do that: give it the right in the CRM",
    404: "{asked} is not there: see `base` and the path",
    405: "{asked} is not a request of this CRM: see the method and the path",
    413: "what is sent is larger than the CRM takes: raise its limit",
}
_LATER: Final = (408, 425, 429, 503)
# A gateway may have passed the write on before it gave up.
_UNKNOWN: Final = (500, 502, 504)


@dataclass(frozen=True, slots=True)
class Answer:
    """`data` is the JSON of the answer, None where it held none; `method` and the parts of `path`
    below the base are what was asked."""

    status: int
    headers: Mapping[str, str]
    data: Any
    method: str
    path: tuple[str, ...]


async def whole(response: ClientResponse, name: str, sending: Sending) -> bytes:
    """The body of an answer. Raises Trouble for more than we read: what was written is written."""
    parts, size = [], 0
    async for part in response.content.iter_any():
        size += len(part)
        if size > _LARGEST:
            detail = f"{name}: the answer is larger than {_LARGEST // 2**20} MiB"
            raise (
                sending.lost(detail)
                if sending.writes
                else refused(f"{detail}; ask for smaller pages")
            )
        parts.append(part)
    return b"".join(parts)


def every_in(path: str, data: Any, name: str) -> list[Any]:
    """All that a JSONPath finds in the answer to `name`. Raises Trouble."""
    try:
        return every(path, data)
    except ValueError as error:
        raise Trouble(Verdict.TRY_LATER, f"{name}: {error}") from error


def fits(status: int, words: tuple[str, ...]) -> bool:
    """`409`, or `4xx` for all of a hundred."""
    return any(word in (str(status), f"{status // 100}xx") for word in words)


def trouble(name: str, answer: Answer, described: Description, *, writes: bool) -> Trouble | None:
    """What is wrong with this answer; None when it is good. Raises ValueError where the table
    cannot be applied to it."""
    rule = next((rule for rule in described.errors if _fits(rule, answer)), None)
    if rule is None and answer.status < 400:
        if answer.status >= 300:
            return Trouble(Verdict.REFUSED, f"{name}: the CRM sends us elsewhere; correct `url`")
        return None
    verdict = rule.verdict if rule else _verdict(answer.status, writes and not described.idempotent)
    if verdict is Verdict.ACCEPTED:
        return None
    said = f"{name}: HTTP {answer.status}"
    parts = [said, _words(answer, described.reason), _advice(rule, answer)]
    asked = asked_to_wait(answer.headers.get("Retry-After"))
    retry_after = rule.retry_after if rule and rule.retry_after else asked
    later = retry_after if verdict is Verdict.TRY_LATER else None
    return Trouble(
        verdict, ": ".join(filter(None, parts)), retry_after=later, code=str(answer.status)
    )


def no_list(name: str, rows: str, answer: Answer, described: Description) -> Trouble | None:
    """What words in place of the list at `rows` mean, where no rule speaks of them: they do not say
    that there is nobody. Raises ValueError where that cannot be told."""
    place = rows.removesuffix("[*]")
    if place in (rows, "$") or every(place, answer.data):
        return None
    said = _words(answer, described.reason)
    if not said or any(_fits(rule, answer) for rule in described.errors):
        return None
    advice = "where it means that there is none, say so under `errors` with `verdict: accepted`"
    return Trouble(Verdict.TRY_LATER, f"{name}: no list at {place}, but {said}; {advice}")


def _advice(rule: ErrorRule | None, answer: Answer) -> str:
    if rule:
        return text(rule.advice, {"method": answer.method, "path": answer.path})
    asked = f"{answer.method} /{'/'.join(answer.path)}"
    return _ADVICE.get(answer.status, "").format(asked=asked)


def _fits(rule: ErrorRule, answer: Answer) -> bool:
    if rule.status and not fits(answer.status, rule.status):
        return False
    if not rule.path and not rule.header:
        return True
    found = every(rule.path, answer.data) if rule.path else []
    if rule.header and rule.header in answer.headers:
        found = [*found, answer.headers[rule.header]]
    words = [str(each) for each in found]
    if rule.is_:
        return any(_same(word, rule.is_) for word in words)
    if rule.contains is not None:
        return any(rule.contains.casefold() in word.casefold() for word in words)
    return bool(words)


def _same(word: str, wanted: tuple[str, ...]) -> bool:
    """JSON's true is `true` in a file."""
    return word.casefold() in {each.casefold() for each in wanted}


def _verdict(status: int, unsure: bool) -> Verdict:
    if status == 401:
        return Verdict.NEEDS_LOGIN
    if status in _LATER:
        return Verdict.TRY_LATER
    if status in _UNKNOWN:
        return Verdict.UNCLEAR if unsure else Verdict.TRY_LATER
    return Verdict.TRY_LATER if status >= 500 else Verdict.REFUSED


def _words(answer: Answer, places: tuple[str, ...]) -> str:
    """The CRM's own words."""
    for place in places:
        kind, _, header = place.partition(" ")
        found = [answer.headers.get(header, "")] if kind == "header" else every(place, answer.data)
        said = " ".join(str(each) for each in found if isinstance(each, str | int | float) and each)
        if said:
            return " ".join(said.split())[:_SHOWN]
    return ""
