"""A recorded AMI stream to call records: the same codec, translation and tracker as live."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from bridge.ami.codec import Frame, Framer
from bridge.ami.ours import SNAPSHOT_KINDS, SnapshotReader
from bridge.ami.recorded import Connection, pieces
from bridge.ami.translate import KINDS, TELLING, translate
from bridge.domain.call_events import CallEvent, CallFinished
from bridge.domain.directory import Directory
from bridge.domain.pbx_events import LinkFound, LinkLost, PbxEvent
from bridge.domain.record import CallRecord
from bridge.link.damage import Damage, Malformed
from bridge.tracker.tracker import Tracker


def pbx_events(chunks: Iterable[bytes], damaged: Callable[[Damage], None]) -> Iterator[PbxEvent]:
    """The stream's PbxEvents in order; what is damaged is told and passed over. Events may be
    missing where a new connection begins."""
    connection = _connection(0)
    snapshots = SnapshotReader()

    def taken(items: Iterable[Frame | Damage]) -> Iterator[PbxEvent]:
        for item in items:
            if isinstance(item, Damage):
                damaged(item)
                continue
            try:
                event = snapshots.take(item) if item.kind in SNAPSHOT_KINDS else translate(item)
            except Malformed as error:
                damaged(Damage(item.offset, str(error)))
                continue
            if isinstance(event, LinkLost):
                snapshots.forget()
            if event is not None:
                yield event

    for data, begin in pieces(chunks):
        if begin != connection.begin:
            yield from taken(connection.close())
            yield from (LinkLost(None), LinkFound(None))
            connection = _connection(begin)
        yield from taken(connection.feed(data))
    yield from taken(connection.close())


def _connection(begin: int) -> Connection:
    return Connection(Framer({*KINDS, *SNAPSHOT_KINDS}, TELLING), begin)


Read = Callable[[Iterable[bytes], Callable[[Damage], None]], Iterator[PbxEvent]]


def call_events(
    chunks: Iterable[bytes],
    directory: Directory,
    *,
    pbx: str = "pbx",
    region: str = "RU",
    damaged: Callable[[Damage], None] = lambda damage: None,
    read: Read = pbx_events,
) -> Iterator[CallEvent]:
    """What happened in the calls of one stream, a world of its own. Open calls come last. `read`:
    how the stream is read, as AMI if not said otherwise."""
    tracker = Tracker(pbx, directory, region)
    for event in read(chunks, damaged):
        yield from tracker.handle(event)
    yield from tracker.finish()


def call_records(
    chunks: Iterable[bytes],
    directory: Directory,
    *,
    pbx: str = "pbx",
    region: str = "RU",
    damaged: Callable[[Damage], None] = lambda damage: None,
    read: Read = pbx_events,
) -> Iterator[CallRecord]:
    """The finished calls of one stream, internal ones too."""
    for event in call_events(chunks, directory, pbx=pbx, region=region, damaged=damaged, read=read):
        if isinstance(event, CallFinished):
            yield event.record
