"""Check: one sentence of the contract, the method it is about and what a CRM must have for it."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, NoReturn

from bridge.crm.suite.stand import Stand
from bridge.domain.ports import Capability

_WORD: Final = re.compile(r"<\w+\.\w+: ('[^']*')>")
_FACTS: Final = "facts that this check proves"

Body = Callable[..., Awaitable[None]]


class Finding(Exception):
    """The CRM does not do what the contract says; the text says what came in place of what."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """`name` is the sentence. `method` is the port's method that a finding speaks against."""

    name: str
    method: str
    needs: frozenset[Capability]
    body: Body
    proves: tuple[str, ...] = ()
    given: tuple[Any, ...] = field(default=())

    async def run(self, stand: Stand) -> None:
        """Raises Finding, and whatever the connector raises against its contract."""
        await self.body(stand, *self.given)


def check(
    method: str, *needs: Capability, cases: Mapping[str, Any] | None = None
) -> Callable[[Body], tuple[Check, ...]]:
    """Makes checks of an `async def …(stand)`; with `cases`, one of each, given its value."""

    def made(body: Body) -> tuple[Check, ...]:
        name = body.__name__.replace("_", " ")
        facts = getattr(body, _FACTS, ())
        one = Check(name=name, method=method, needs=frozenset(needs), body=body, proves=facts)
        if cases is None:
            return (one,)
        return tuple(
            replace(one, name=f"{name}: {case}", given=(value,)) for case, value in cases.items()
        )

    return made


def proves(*facts: str) -> Callable[[Body], Body]:
    """The numbered facts of docs/requirements.md that this check proves."""

    def marked(body: Body) -> Body:
        setattr(body, _FACTS, facts)
        return body

    return marked


def same(found: object, wanted: object, what: str = "the answer") -> None:
    """Raises Finding unless they are equal."""
    if found != wanted:
        raise Finding(f"{what} is {_shown(found)}, and should be {_shown(wanted)}")


def _shown(value: object) -> str:
    """Words of ours as the word alone."""
    return _WORD.sub(r"\1", repr(value))


def finding(text: str) -> NoReturn:
    raise Finding(text)
