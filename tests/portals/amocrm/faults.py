"""What goes wrong, when a test says so: for one kind of request or for all, so many times, or until
lifted."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from .problems import Problem, page, problem


class Kind(StrEnum):
    SLOW = "slow"  # never answers within any deadline
    CUT = "cut"  # the connection ends without an answer
    HTML = "html"  # 200, and a page
    BROKEN_JSON = "broken_json"
    SERVER_ERROR = "server_error"
    GATEWAY_TIMEOUT = "gateway_timeout"
    UNAUTHORIZED = "unauthorized"
    UNPAID = "unpaid"
    FORBIDDEN = "forbidden"
    BLOCKED = "blocked"
    TOO_MANY = "too_many"
    BUSY = "busy"  # 429 with Retry-After


# The faults that are an error answer; the others spoil the answer itself.
REFUSALS: Final[dict[Kind, Problem]] = {
    Kind.SERVER_ERROR: page(500),
    Kind.GATEWAY_TIMEOUT: page(504),
    Kind.UNAUTHORIZED: problem(401),
    Kind.UNPAID: problem(402),
    Kind.FORBIDDEN: problem(403),
    Kind.BLOCKED: page(403),
    Kind.TOO_MANY: page(429),
    Kind.BUSY: page(429, Retry_After="7"),
}
# Those after which the write may have been done all the same; nothing promises that what met the
# limit was not.
UNSURE: Final = (Kind.SERVER_ERROR, Kind.GATEWAY_TIMEOUT, Kind.TOO_MANY, Kind.BUSY)


@dataclass(slots=True, kw_only=True, eq=False)
class Fault:
    """`request` as `POST leads/complex`, ids as `{id}`; None: every one, tokens aside. `times`
    None: until lifted. `applied`: the write is done, and only its answer is lost."""

    kind: Kind
    request: str | None = None
    times: int | None = None
    applied: bool = False
    struck: int = 0

    def lift(self) -> None:
        self.times = self.struck

    @property
    def applies(self) -> bool:
        """Whether the request is done before its answer is spoilt."""
        return self.applied and (self.kind not in REFUSALS or self.kind in UNSURE)

    def strikes(self, name: str) -> bool:
        """Whether this request is hit; counted."""
        if self.times is not None and self.struck >= self.times:
            return False
        if self.request != name and (self.request is not None or name == TOKEN):
            return False
        self.struck += 1
        return True


TOKEN: Final = "POST oauth2/access_token"


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

    def strike(self, name: str) -> Fault | None:
        return next((each for each in self._faults if each.strikes(name)), None)
