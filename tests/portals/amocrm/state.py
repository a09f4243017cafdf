"""What the account holds: rows as its API shows them, and what its documentation leaves open."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any, Final

from tests.portals.bitrix24.clock import Clock

from .problems import Row

ENTITIES: Final = ("contacts", "companies", "leads")
SINGULAR: Final = {"contacts": "contact", "companies": "company", "leads": "lead"}
WON: Final = 142
LOST: Final = 143
PHONE_ENUMS: Final = ("WORK", "WORKDD", "MOB", "FAX", "HOME", "OTHER")
EMAIL_ENUMS: Final = ("WORK", "PRIV", "OTHER")

Ref = tuple[str, int]


@dataclass(slots=True)
class Doubts:
    """What the documentation leaves open, as this account does it.

    `patch_replaces_params`: PATCH of a note puts its `params` in place of all earlier ones.
    `call_without_card`: the status of a call that no card takes.
    `notes_on_unsorted`: a lead takes notes before it is accepted.
    """

    patch_replaces_params: bool = True
    call_without_card: int = 400
    notes_on_unsorted: bool = True


@dataclass(slots=True, kw_only=True)
class Pop:
    """A card of a ringing call: `users` None are all of them."""

    phone: str
    users: tuple[int, ...] | None
    at: float


@dataclass(slots=True)
class State:
    clock: Clock
    doubts: Doubts
    url: str = ""
    account_id: int = 28805383
    subdomain: str = "acme"
    paid: bool = True
    filters: bool = True  # is_api_filter_enabled
    unsorted_on: bool = True
    entities: dict[str, dict[int, Row]] = field(
        default_factory=lambda: {kind: {} for kind in ENTITIES}
    )
    links: dict[tuple[Ref, Ref], bool] = field(default_factory=dict)  # → is_main
    fields: dict[str, dict[int, Row]] = field(
        default_factory=lambda: {kind: {} for kind in ENTITIES}
    )
    pipelines: dict[int, Row] = field(default_factory=dict)
    users: dict[int, Row] = field(default_factory=dict)
    notes: dict[int, Row] = field(default_factory=dict)
    calls: dict[int, Row] = field(default_factory=dict)
    tasks: dict[int, Row] = field(default_factory=dict)
    unsorted: dict[str, Row] = field(default_factory=dict)
    events: list[Row] = field(default_factory=list)
    pops: list[Pop] = field(default_factory=list)
    webhooks: dict[str, Row] = field(default_factory=dict)
    happened: list[tuple[str, str, Row]] = field(default_factory=list)  # to tell the webhooks of
    _numbers: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def number(self, kind: str, first: int = 1000) -> int:
        """The next id of this kind."""
        self._numbers[kind] += 1
        return first + self._numbers[kind]

    def now(self) -> int:
        return int(self.clock())

    def tell(self, kind: str, what: str, row: Row) -> None:
        self.happened.append((kind, what, dict(row)))

    def link(self, one: Ref, other: Ref, *, main: bool = False) -> None:
        pair = _pair(one, other)
        self.links[pair] = main or self.links.get(pair, False)

    def unlink(self, one: Ref, other: Ref) -> None:
        self.links.pop(_pair(one, other), None)

    def linked(self, ref: Ref, kind: str) -> list[int]:
        """The ids of this kind that are linked, those that are there."""
        others = (two if one == ref else one for one, two in self.links if ref in (one, two))
        return [id for what, id in others if what == kind and id in self.entities[kind]]

    def is_unsorted(self, id: int) -> bool:
        return any(id in each["leads"] for each in self.unsorted.values())

    def statuses(self) -> dict[int, dict[int, Row]]:
        """The statuses of each pipeline."""
        return {
            id: {status["id"]: status for status in each["_embedded"]["statuses"]}
            for id, each in self.pipelines.items()
        }


def phones_of(row: Row) -> list[str]:
    return [str(value["value"]) for value in values_of(row, "PHONE")]


def values_of(row: Row, code: str) -> list[Any]:
    for each in row.get("custom_fields_values") or []:
        if each["field_code"] == code:
            return list(each["values"])
    return []


def _pair(one: Ref, other: Ref) -> tuple[Ref, Ref]:
    return (one, other) if one <= other else (other, one)
