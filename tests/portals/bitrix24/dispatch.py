"""One method of one request: may this caller, are the parameters right, has it time left; done."""

from __future__ import annotations

from inspect import isawaitable
from typing import Any

from .errors import Refused, bad_value, wrong_auth_type
from .limits import Operating
from .method import Asked, Method, Way, Who
from .methods import METHODS
from .params import Row, check
from .state import State

_AUTHORISED = ("AUTH", "ACCESS_TOKEN")


async def call(state: State, operating: Operating, who: Who, name: str, given: Row) -> Any:
    """The answer of the method. Raises Refused."""
    method = METHODS.get(name.lower())
    if method is None:
        raise Refused(404, "ERROR_METHOD_NOT_FOUND", "Method not found!")
    _allowed(state, who, method)
    own = {key: value for key, value in given.items() if key.upper() not in _AUTHORISED}
    params = check(own, method.params, exact=method.exact)
    operating.spend(method.name)
    try:
        answer = method.work(Asked(state, who, params))
        return await answer if isawaitable(answer) else answer
    except ValueError as error:
        raise bad_value(f"A value of {method.name} {error}") from None


def _allowed(state: State, who: Who, method: Method) -> None:
    if method.scope and method.scope not in who.scopes:
        words = "The request requires higher privileges than provided by the access token"
        raise Refused(403, "insufficient_scope", words)
    lenient = state.doubts.webhook_may_register and method.scope == "telephony"
    if method.app_only and who.way is Way.WEBHOOK and not lenient:
        raise wrong_auth_type()
