"""What the portal's errors mean: one table from code to verdict, and the words for people.

Source: Bitrix24 REST documentation, "Error codes" and "Limits". Codes are compared without case;
the older CRM methods leave the code empty (or 0), then the description stands for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from bridge.crm.trouble import Trouble
from bridge.domain.commands import Verdict

EXPIRED: Final = "expired_token"
QUERY_LIMIT: Final = "query_limit_exceeded"
OVERLOAD: Final = "overload_limit"
OPERATION_LIMIT: Final = "operation_time_limit"
WRONG_AUTH: Final = "wrong_auth_type"
ALREADY_BOUND: Final = "activity_is_already_bound"
NO_SCOPE: Final = "insufficient_scope"

_SCOPE: Final = "give the application or the webhook the missing scope"
_LOGIN: Final = "renew the portal's webhook or install the application again"
_RIGHTS: Final = "give the user who authorised more rights in the portal"


@dataclass(frozen=True, slots=True)
class Meaning:
    """`advice` tells a person what to do; `wait` in seconds."""

    verdict: Verdict
    advice: str = ""
    wait: float | None = None


_NEEDS_LOGIN: Final = Meaning(Verdict.NEEDS_LOGIN, _LOGIN)
_NO_RIGHTS: Final = Meaning(Verdict.REFUSED, _RIGHTS)
_MAYBE_DONE: Final = Meaning(Verdict.UNCLEAR)

TABLE: Final[Mapping[str, Meaning]] = {
    QUERY_LIMIT: Meaning(Verdict.TRY_LATER, wait=1.0),
    OVERLOAD: Meaning(Verdict.TRY_LATER, "Bitrix24 blocked this portal for its load", 60.0),
    OPERATION_LIMIT: Meaning(Verdict.TRY_LATER, wait=600.0),
    EXPIRED: _NEEDS_LOGIN,
    "invalid_token": _NEEDS_LOGIN,
    "no_auth_found": _NEEDS_LOGIN,
    "application_not_found": _NEEDS_LOGIN,
    "error_oauth": _NEEDS_LOGIN,
    "authorization_error": _NEEDS_LOGIN,
    "invalid_credentials": _NEEDS_LOGIN,
    "invalid_grant": _NEEDS_LOGIN,
    "invalid_client": Meaning(Verdict.NEEDS_LOGIN, "correct client_id and client_secret"),
    "wrong_client": Meaning(Verdict.NEEDS_LOGIN, "correct client_id and client_secret"),
    "invalid_scope": Meaning(Verdict.NEEDS_LOGIN, _SCOPE),
    NO_SCOPE: Meaning(Verdict.NEEDS_LOGIN, _SCOPE),
    "not_installed": _NEEDS_LOGIN,
    "payment_required": Meaning(Verdict.NEEDS_LOGIN, "the portal's plan must be paid"),
    "portal_deleted": Meaning(Verdict.NEEDS_LOGIN, "this portal is no more"),
    "method_confirm_waiting": Meaning(
        Verdict.REFUSED, "an administrator of the portal must confirm this method"
    ),
    WRONG_AUTH: Meaning(Verdict.REFUSED, "a webhook may not do this here: use a local application"),
    "access_denied": _NO_RIGHTS,
    "access denied": _NO_RIGHTS,
    "access denied!": _NO_RIGHTS,
    "user_access_error": _NO_RIGHTS,
    "allowed_only_intranet_user": _NO_RIGHTS,
    "method_confirm_denied": _NO_RIGHTS,
    "internal_server_error": _MAYBE_DONE,
    "error_unexpected_answer": _MAYBE_DONE,
    "error_batch_method_not_allowed": Meaning(Verdict.REFUSED),
    "error_method_not_found": Meaning(Verdict.REFUSED, "this portal is too old for it"),
}
# Calls and clients do without these: where one lacks its scope, the others go on.
_BESIDE: Final = ("tasks.", "im.")
# By HTTP status, for codes that stand nowhere above.
_STATUS: Final[Mapping[int, Meaning]] = {
    401: _NEEDS_LOGIN,
    429: Meaning(Verdict.TRY_LATER, wait=60.0),
    503: Meaning(Verdict.TRY_LATER),
}
# Beginnings of descriptions that say more than their code.
_WORDS: Final[Mapping[str, Meaning]] = {
    "call is not found in the statistic table": Meaning(Verdict.TRY_LATER),
}


def trouble(method: str, status: int, body: Mapping[str, Any], *, writes: bool) -> Trouble:
    """What an error answer means. `writes`: the method changes something, so that it may have."""
    words = str(body.get("error_description") or "").strip()
    code = str(body.get("error") or "").strip().casefold()
    if code in ("", "0"):
        code = words.casefold().rstrip(".")
    meaning = _meaning(code, words, status)
    if code == NO_SCOPE and method.startswith(_BESIDE):
        meaning = Meaning(Verdict.REFUSED, _SCOPE)
    verdict = meaning.verdict
    if verdict is Verdict.UNCLEAR and not writes:
        verdict = Verdict.TRY_LATER
    said = words or code or f"HTTP {status}"
    detail = f"{method}: {said}" + (f"; {meaning.advice}" if meaning.advice else "")
    return Trouble(verdict, detail, retry_after=meaning.wait, code=code, words=words)


def made_id(method: str, id: Any) -> str:
    """The id that a write answered with. Raises Trouble, unclear, for an answer without one."""
    if isinstance(id, bool) or not isinstance(id, int | str) or id == "":
        raise Trouble(Verdict.UNCLEAR, f"{method}: the portal's answer names nothing that was made")
    return str(id)


def _meaning(code: str, words: str, status: int) -> Meaning:
    for beginning, meaning in _WORDS.items():
        if words.casefold().startswith(beginning):
            return meaning
    if code in TABLE:
        return TABLE[code]
    return _STATUS.get(status, _MAYBE_DONE if status >= 500 else Meaning(Verdict.REFUSED))
