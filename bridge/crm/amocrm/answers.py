"""What the account's answers mean: a table from HTTP status to verdict, and words for people.

Source: amoCRM developer documentation, "Error and response codes", "Limits".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from bridge.crm.php import as_list, as_map
from bridge.crm.sending import asked_to_wait
from bridge.crm.trouble import Trouble
from bridge.domain.commands import Verdict

UNAUTHORIZED: Final = "401"
TOO_MANY: Final = "429"
NOT_FOUND: Final = "404"
NO_CARD: Final = "no card"  # no entity has the number of a call
_NO_ENTITY: Final = "Entity not found"
_LONGEST: Final = 300  # characters of the account's own words
_SHOWN: Final = 3  # mistakes of a request that are told


@dataclass(frozen=True, slots=True)
class Meaning:
    """`advice` tells a person what to do; `wait` in seconds."""

    verdict: Verdict
    advice: str = ""
    wait: float | None = None


TABLE: Final[Mapping[int, Meaning]] = {
    401: Meaning(Verdict.NEEDS_LOGIN, "write a new token of the integration"),
    402: Meaning(Verdict.NEEDS_LOGIN, "the account must be paid"),
    403: Meaning(Verdict.REFUSED, "whoever made the token needs more rights"),
    404: Meaning(Verdict.REFUSED),
    504: Meaning(Verdict.UNCLEAR, "where a page of the index is too much, lower `page`"),
    # Nothing promises that what met the limit was not done: a write is looked for first.
    429: Meaning(Verdict.UNCLEAR, "lower `rate`", 1.0),
}
_BLOCKED: Final = Meaning(
    Verdict.TRY_LATER, "the account blocks us for too many requests: ask its support", 600.0
)
_MAYBE_DONE: Final = Meaning(Verdict.UNCLEAR)
_REFUSED: Final = Meaning(Verdict.REFUSED)


def trouble(name: str, status: int, body: Any, retry_after: str | None, *, writes: bool) -> Trouble:
    """What an error answer means. `body` None: it was no JSON. `writes`: the request changes
    something, so that it may have."""
    meaning = _meaning(status, body)
    verdict = meaning.verdict
    if verdict is Verdict.UNCLEAR and not writes:
        verdict = Verdict.TRY_LATER
    said = _words(body) or f"HTTP {status}"
    detail = f"{name}: {said}" + (f"; {meaning.advice}" if meaning.advice else "")
    return Trouble(
        verdict,
        detail,
        retry_after=_wait(retry_after, meaning),
        code=NO_CARD if status == 400 and _unknown_number(body) else str(status),
        words=said,
    )


def _meaning(status: int, body: Any) -> Meaning:
    if status == 403 and body is None:  # a page of the web server, not of the API
        return _BLOCKED
    return TABLE.get(status, _MAYBE_DONE if status >= 500 else _REFUSED)


def _wait(retry_after: str | None, meaning: Meaning) -> float | None:
    if meaning.wait is None:
        return None
    said = asked_to_wait(retry_after)
    return meaning.wait if said is None else said


def _words(body: Any) -> str:
    """What it says is wrong: which fields, or in general."""
    said = as_map(body)
    wrong = [
        f"{as_map(each).get('path')}: {as_map(each).get('detail')}"
        for row in as_list(said.get("validation-errors"))
        for each in as_list(as_map(row).get("errors"))
    ]
    told = [said.get(name) for name in ("hint", "detail", "title")]
    words = "; ".join(wrong[:_SHOWN]) or next((each for each in told if each), "")
    return " ".join(str(words).split())[:_LONGEST]


def _unknown_number(body: Any) -> bool:
    """How `calls` says that no entity has the number."""
    errors = [as_map(each) for each in as_list(as_map(body).get("errors"))]
    return any(_NO_ENTITY in (each.get("title"), each.get("detail")) for each in errors)
