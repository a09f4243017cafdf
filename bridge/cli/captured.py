"""Captures of either kind: raw AMI, or ARI's events one a line."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import chain

from bridge.ami import replay
from bridge.ari.recorded import pbx_events as from_ari
from bridge.domain.directory import Directory
from bridge.domain.record import CallRecord
from bridge.link.damage import Damage


def call_records(
    chunks: Iterable[bytes],
    directory: Directory,
    *,
    region: str,
    damaged: Callable[[Damage], None] = lambda damage: None,
) -> Iterator[CallRecord]:
    """The finished calls of one capture, internal ones too; its first byte says of which kind."""
    stream = iter(chunks)
    first = next(stream, b"")
    read = from_ari if first.lstrip().startswith(b"{") else replay.pbx_events
    whole = chain([first], stream)
    yield from replay.call_records(whole, directory, region=region, damaged=damaged, read=read)
