"""What Odoo's errors mean: one table from the name of an exception to a verdict, and words.

Source: Odoo external API. JSON-RPC answers HTTP 200 with an `error` object, whose `data.name` is a
Python exception; its transaction is rolled back, so what was asked is not done. `load` puts the
same names into the texts of its messages.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from bridge.crm.sending import asked_to_wait
from bridge.crm.trouble import Trouble
from bridge.domain.commands import Verdict

ACCESS_DENIED: Final = "odoo.exceptions.accessdenied"
LOGIN: Final = "write the login and an API key of its user (docs/odoo.md) into the configuration"
_RIGHTS: Final = "give the user of `login` more rights (docs/odoo.md)"
_WAIT: Final = 60.0  # seconds, where 429 names none
_CLASS: Final = re.compile(r"<class '([\w.]+)'>: ")
_LONGEST: Final = 300


@dataclass(frozen=True, slots=True)
class Meaning:
    """`advice` tells a person what to do."""

    verdict: Verdict
    advice: str = ""


_LATER: Final = Meaning(Verdict.TRY_LATER)
_MAYBE_DONE: Final = Meaning(Verdict.UNCLEAR)
_REFUSED: Final = Meaning(Verdict.REFUSED)

TABLE: Final[Mapping[str, Meaning]] = {
    ACCESS_DENIED: Meaning(Verdict.NEEDS_LOGIN, LOGIN),
    "odoo.exceptions.accesserror": Meaning(Verdict.REFUSED, _RIGHTS),
    "odoo.exceptions.missingerror": _REFUSED,
    "odoo.exceptions.usererror": _REFUSED,
    "odoo.exceptions.validationerror": _REFUSED,
    "odoo.exceptions.redirectwarning": _REFUSED,
    "odoo.http.sessionexpiredexception": Meaning(Verdict.NEEDS_LOGIN, LOGIN),
    "werkzeug.exceptions.notfound": Meaning(Verdict.REFUSED, "this Odoo does not know it"),
    "builtins.valueerror": _REFUSED,
    "builtins.keyerror": _REFUSED,
    "builtins.typeerror": _REFUSED,
    "builtins.attributeerror": Meaning(Verdict.REFUSED, "this version of Odoo does not have it"),
    # The connection to PostgreSQL broke: while committing, perhaps.
    "psycopg2.operationalerror": _MAYBE_DONE,
    "psycopg2.interfaceerror": _MAYBE_DONE,
}
# Beginnings of texts that say more than their exception.
_WORDS: Final[Mapping[str, Meaning]] = {
    "could not serialize access": _LATER,
    "deadlock detected": _LATER,
    "duplicate key value": _LATER,  # somebody writes the same at this moment
    'fatal:  database "': Meaning(Verdict.NEEDS_LOGIN, "correct `database`"),
}
_STATUS: Final[Mapping[int, Meaning]] = {
    200: _MAYBE_DONE,
    401: Meaning(Verdict.NEEDS_LOGIN, LOGIN),
    403: Meaning(Verdict.NEEDS_LOGIN, "what stands before Odoo lets us not in"),
    404: Meaning(Verdict.TRY_LATER, "is `url` the address of Odoo?"),
    413: Meaning(Verdict.REFUSED, "it is larger than this Odoo takes"),
    429: _LATER,
    502: _LATER,
    503: _LATER,
}


def trouble(name: str, error: Mapping[str, Any], *, writes: bool) -> Trouble:
    """What an `error` object means. `writes`: the method changes something."""
    data = error.get("data")
    data = data if isinstance(data, Mapping) else {}
    exception = str(data.get("name") or "").casefold()
    words = str(data.get("message") or error.get("message") or "").strip()
    return _trouble(name, exception, words, writes)


def of_messages(name: str, messages: Sequence[Mapping[str, Any]]) -> Trouble:
    """What the messages of a `load` mean that made nothing. Odoo says why it made nothing."""
    said = "; ".join(filter(None, (each["message"].strip() for each in messages)))
    if not said:
        return Trouble(Verdict.UNCLEAR, f"{name}: Odoo does not say what it made")
    found = _CLASS.search(said)
    words = said[found.end() :] if found else said
    return _trouble(name, found[1].casefold() if found else "", words, True, _REFUSED)


def of_status(name: str, status: int, *, writes: bool, retry_after: str | None) -> Trouble:
    """What an answer means that is none of Odoo's own."""
    meaning = _STATUS.get(status, _MAYBE_DONE if status >= 500 else _LATER)
    wait = None
    if status == 429:
        said = asked_to_wait(retry_after)
        wait = _WAIT if said is None else said
    detail = f"{name}: HTTP {status} without an answer of Odoo"
    return _as_trouble(meaning, detail, writes, retry_after=wait)


def _trouble(
    name: str, exception: str, words: str, writes: bool, otherwise: Meaning = _LATER
) -> Trouble:
    said = words.casefold()
    spoken = (meaning for beginning, meaning in _WORDS.items() if said.startswith(beginning))
    meaning = next(spoken, None) or TABLE.get(exception, otherwise)
    detail = f"{name}: {' '.join(words.split())[:_LONGEST] or exception}"
    return _as_trouble(meaning, detail, writes, code=exception, words=words)


def _as_trouble(meaning: Meaning, detail: str, writes: bool, **also: Any) -> Trouble:
    verdict = meaning.verdict
    if verdict is Verdict.UNCLEAR and not writes:
        verdict = Verdict.TRY_LATER
    return Trouble(verdict, detail + (f"; {meaning.advice}" if meaning.advice else ""), **also)
