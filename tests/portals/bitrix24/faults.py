"""What goes wrong, when a test says so: for a method or for all, so many times, or until lifted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from .errors import Refused, denied, expired_token, wrong_auth_type
from .limits import blocked, too_many_requests


class Kind(StrEnum):
    SLOW = "slow"  # never answers within any deadline
    CUT = "cut"  # the connection ends without an answer
    BAD_GATEWAY = "bad_gateway"  # what stands before the portal answers for it
    BROKEN_JSON = "broken_json"
    HTML = "html"
    EMPTY = "empty"  # a list without rows, whatever there is
    SERVER_ERROR = "server_error"
    UNEXPECTED_ANSWER = "unexpected_answer"
    OVERLOAD = "overload"
    QUERY_LIMIT = "query_limit"
    OPERATION_LIMIT = "operation_limit"
    EXPIRED = "expired"
    INVALID_TOKEN = "invalid_token"
    DENIED = "denied"
    WRONG_AUTH_TYPE = "wrong_auth_type"
    PAYMENT_REQUIRED = "payment_required"
    PORTAL_DELETED = "portal_deleted"


TOKEN: Final = "oauth.token"

# The faults that are an error answer of the portal; the others spoil the answer itself.
REFUSALS: Final = {
    Kind.SERVER_ERROR: Refused(500, "INTERNAL_SERVER_ERROR", "Internal server error"),
    Kind.UNEXPECTED_ANSWER: Refused(500, "ERROR_UNEXPECTED_ANSWER", "Unexpected answer"),
    Kind.OVERLOAD: Refused(503, "OVERLOAD_LIMIT", "REST API is blocked due to overload."),
    Kind.QUERY_LIMIT: too_many_requests(),
    Kind.OPERATION_LIMIT: blocked(),
    Kind.EXPIRED: expired_token(),
    Kind.INVALID_TOKEN: Refused(401, "invalid_token", "Unable to get application by token"),
    Kind.DENIED: denied(),
    Kind.WRONG_AUTH_TYPE: wrong_auth_type(),
    Kind.PAYMENT_REQUIRED: Refused(401, "PAYMENT_REQUIRED", "Payment required"),
    Kind.PORTAL_DELETED: Refused(500, "PORTAL_DELETED", "Portal was deleted"),
}


@dataclass(slots=True, kw_only=True, eq=False)
class Fault:
    """`method` None: every one, tokens aside. `times` None: until lifted. `every` 2: each second
    request that matches. `applied`: the write is done, and only its answer is lost."""

    kind: Kind
    method: str | None = None
    times: int | None = None
    every: int = 1
    applied: bool = False
    seen: int = 0
    struck: int = 0

    def lift(self) -> None:
        self.times = self.struck

    def strikes(self, names: Iterable[str]) -> bool:
        """Whether this request is hit; counted."""
        if self.times is not None and self.struck >= self.times:
            return False
        if not self._meant(names):
            return False
        self.seen += 1
        hit = self.seen % self.every == 0
        self.struck += hit
        return hit

    def _meant(self, names: Iterable[str]) -> bool:
        # Who loses the answer to a refresh has no token that lives: a trouble of its own.
        return TOKEN not in names if self.method is None else self.method.lower() in names


class Faults:
    """The switches that are on."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def add(self, fault: Fault) -> Fault:
        self._faults.append(fault)
        return fault

    def lift(self) -> None:
        """All of them."""
        self._faults.clear()

    def request(self, name: str, inner: tuple[str, ...]) -> Fault | None:
        """What strikes a whole request; `inner` are the methods of a batch, in lower case."""
        for fault in self._faults:
            names = (name,) if fault.kind in REFUSALS else (name, *inner)
            if fault.strikes(names):
                return fault
        return None

    def part(self, name: str) -> Refused | None:
        """What one method inside a batch is refused with."""
        for fault in self._faults:
            if fault.method is not None and fault.kind in REFUSALS and fault.strikes((name,)):
                return REFUSALS[fault.kind]
        return None
