"""What a number leads to as a few bytes: a million of them fit into memory, and one is read in
microseconds. Lists without names, in the order of the fields; what is empty at the end is left out.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, Final

from bridge.domain.entities import Deal, EntityKind, EntityRef, Match

Matches = tuple[Match, ...]

_VERSION: Final = b"1"
_parse: Final = json.JSONDecoder().raw_decode  # loads() looks for blanks and encodings first
_KINDS: Final = {kind.value: kind for kind in EntityKind}


def pack(matches: Matches) -> bytes:
    """Nobody is b""."""
    if not matches:
        return b""
    plain = [_short(_match(match)) for match in matches]
    return _VERSION + json.dumps(plain, ensure_ascii=False, separators=(",", ":")).encode()


def unpack(data: bytes) -> Matches:
    """Raises ValueError for what another version or another program wrote."""
    if not data:
        return ()
    if data[0] != _VERSION[0]:
        raise ValueError("packed by another version")
    try:
        return tuple([_read(*match) for match in _parse(data.decode(), 1)[0]])
    except (TypeError, KeyError) as error:
        raise ValueError("nothing that we packed") from error


def _match(match: Match) -> list[Any]:
    deals = [_short(_deal(deal)) for deal in match.open_deals]
    ref = match.entity
    return [ref.kind.value, ref.id, match.name, match.owner, match.company, deals, match.fields]


def _deal(deal: Deal) -> list[Any]:
    changed = deal.changed_at.isoformat() if deal.changed_at else None
    return [
        *(deal.id, deal.title, deal.pipeline, deal.stage, deal.closed, deal.owner),
        *(deal.contact, deal.company, changed, deal.fields),
    ]


def _short(fields: list[Any]) -> list[Any]:
    while not fields[-1]:
        fields.pop()
    return fields


def _read(
    kind: str,
    id: str,
    name: str = "",
    owner: str | None = None,
    company: str | None = None,
    deals: tuple[Any, ...] = (),
    fields: dict[str, str] | None = None,
) -> Match:
    return Match(
        entity=EntityRef(_KINDS[kind], id),
        name=name,
        owner=owner,
        company=company,
        open_deals=tuple([_read_deal(*deal) for deal in deals]) if deals else (),
        fields=fields or {},
    )


def _read_deal(
    id: str,
    title: str = "",
    pipeline: str | None = None,
    stage: str | None = None,
    closed: bool = False,
    owner: str | None = None,
    contact: str | None = None,
    company: str | None = None,
    changed_at: str | None = None,
    fields: dict[str, str] | None = None,
) -> Deal:
    return Deal(
        id=id,
        title=title,
        pipeline=pipeline,
        stage=stage,
        closed=bool(closed),
        owner=owner,
        contact=contact,
        company=company,
        changed_at=datetime.fromisoformat(changed_at) if changed_at else None,
        fields=fields or {},
    )
