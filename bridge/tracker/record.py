"""The call record, built once from what the world holds when the call is over."""

from __future__ import annotations

from dataclasses import replace

from bridge.domain.directory import AGENT, TRUNK
from bridge.domain.numbers import e164
from bridge.domain.record import (
    CallRecord,
    Direction,
    Disposition,
    Leg,
    Recording,
    Segment,
    Transfer,
    TransferKind,
)
from bridge.tracker.call import Call, Handover
from bridge.tracker.conversation import Conversation, Spoken, conversation, responsible
from bridge.tracker.dialled import dialled_number
from bridge.tracker.disposition import disposition_of, leg_outcome, missed_reason
from bridge.tracker.durations import held, overlap, union
from bridge.tracker.explain import how_of
from bridge.tracker.origin import chain, origin
from bridge.tracker.talk import seconds
from bridge.tracker.world import Channel, Dial, Mark, Recorder, World


def build(world: World, call: Call) -> CallRecord:
    """Everything provable of this call. A call whose end was not seen has `ended_at` None."""
    _find_dialler(call)
    found, client = conversation(world, call), call.leg
    spoken = found.spoken
    person, doubts = responsible(world, call, found)
    ended_unseen = client.ended is None or client.lost is not None or call.may_go_on
    disposition = _disposition(call, found, doubts)
    _note(call, found, [*doubts, "end_not_seen"] if ended_unseen else doubts)
    started, answered = call.clients[0].born.at, spoken[0].stretch.begin.at if spoken else None
    ended = client.ended.at if client.ended and not ended_unseen else None
    talk, hold = union([s.stretch for s in spoken]), held(call, spoken)
    return CallRecord(
        call_id=call.call_id,
        pbx=world.pbx,
        direction=call.direction,
        client=call.client,
        did=call.did,
        started_at=started,
        answered_at=answered,
        ended_at=ended,
        disposition=disposition,
        missed_reason=missed_reason(call, disposition),
        answered_by=tuple(dict.fromkeys(s.agent for s in spoken)),
        responsible=person,
        segments=_segments(call, spoken),
        legs=_legs(world, call, spoken),
        transfers=_transfers(world, call, found),
        transferred_out=found.out,
        cause=client.cause,
        rating=call.rating,
        language=call.language,
        wait_seconds=seconds(started, answered if spoken else ended),
        talk_seconds=None if talk is None else max(0.0, talk - overlap(talk, hold)),
        hold_seconds=hold,
        queue=call.queue,
        labels=tuple(call.labels),
        recordings=_recordings(call, spoken),
        needs_review=bool(doubts) or ended_unseen,
        oddities=tuple(call.oddities),
    )


def _disposition(call: Call, found: Conversation, doubts: list[str]) -> Disposition | None:
    spoke = bool(found.spoken) or found.out is not None
    unseen = bool(found.unknown) or call.may_go_on or call.leg.ended is None
    unseen = unseen or not {"start_not_seen", "end_not_seen", "answered_unseen"}.isdisjoint(doubts)
    return disposition_of(call, spoke=spoke, doubted=unseen)


def _find_dialler(call: Call) -> None:
    """Originate to a Local channel: the phone behind it may be known only later."""
    dial = call.clients[0].dialled
    if call.dialler is None and call.direction is Direction.OUTBOUND and dial and dial.caller:
        top = origin(dial.caller)
        call.dialler = top if top is not None and top.role is AGENT else None


def _note(call: Call, found: Conversation, doubts: list[str]) -> None:
    reached = call.direction is Direction.OUTBOUND and any(client.up for client in call.clients)
    if reached and not found.spoken and not found.unknown:
        call.odd("no_agent")
    for doubt in doubts:
        call.odd(doubt)


def _segments(call: Call, spoken: list[Spoken]) -> tuple[Segment, ...]:
    segments: list[Segment] = []
    previous: Spoken | None = None
    until: Mark | None = None
    for share in spoken:
        segment = _segment(call, share, until)
        if previous is not None and _goes_on(previous, share):
            segments[-1] = _joined(segments[-1], segment)
        else:
            segments.append(segment)
        previous, until = share, share.stretch.end
    return tuple(segments)


def _segment(call: Call, share: Spoken, until: Mark | None) -> Segment:
    begin, end = share.stretch.begin.at, share.stretch.end.at
    return Segment(
        agent=share.agent,
        from_=begin,
        to=end,
        seconds=seconds(begin, end),
        how=how_of(call, share.stretch.party, share.stretch.begin, until),
    )


def _goes_on(previous: Spoken, share: Spoken) -> bool:
    """The same phone again with nobody between: hold, Local optimisation, a short flap."""
    return previous.stretch.party is share.stretch.party


def _joined(one: Segment, other: Segment) -> Segment:
    both = None if one.seconds is None or other.seconds is None else one.seconds + other.seconds
    return replace(one, to=other.to, seconds=both)


def _legs(world: World, call: Call, spoken: list[Spoken]) -> tuple[Leg, ...]:
    talked_until = max((share.stretch.end.position for share in spoken), default=-1)
    return tuple([_leg(world, dial, talked_until) for dial in call.legs])


def _leg(world: World, dial: Dial, talked_until: int) -> Leg:
    dest, began = dial.dest, dial.began
    ended = dial.ended or dest.ended
    number = e164(dialled_number(dest), world.region) if dest.role is TRUNK else None
    return Leg(
        agent=dest.extension or world.directory.extension_of_mobile(number) or number,
        endpoint=dest.device,
        rang_at=began.at,
        ring_seconds=seconds(began.at, ended.at if ended else None),
        outcome=leg_outcome(dial, spoken_after=talked_until > began.position),
    )


def _transfers(world: World, call: Call, found: Conversation) -> tuple[Transfer, ...]:
    if not call.handovers:
        return ()
    edges = [*(h.mark.position for h in call.handovers[1:]), 1 << 62]
    return tuple(
        Transfer(
            kind=handover.kind,
            by=handover.by.extension,
            to=e164(handover.to, world.region) or handover.to,
            at=handover.mark.at,
            completed=_completed(world, call, handover, edge, found),
        )
        for handover, edge in zip(call.handovers, edges, strict=False)
    )


def _completed(
    world: World, call: Call, handover: Handover, edge: int, found: Conversation
) -> bool:
    """Somebody it was meant for talked with the client after it, before the next transfer."""
    if found.out is not None and e164(handover.to, world.region) == found.out:
        return True
    mark = handover.mark.position
    later = [
        s
        for s in found.spoken
        if s.stretch.end.position > mark
        and s.stretch.begin.position < edge
        and (
            s.agent != handover.by.extension
            or (s.stretch.begin.position > mark and handover.kind is TransferKind.BLIND)
        )
    ]
    rung = {leg.dest.extension for leg in call.legs if leg.began.position >= mark}
    if handover.to in rung:
        return any(s.agent == handover.to or s.stretch.party.picked_up for s in later)
    return bool(later)


def _recordings(call: Call, spoken: list[Spoken]) -> tuple[Recording, ...]:
    recorders = [one for channel in _involved(call, spoken) for one in channel.recorders]
    if not recorders:
        return ()
    recorders.sort(key=lambda recorder: recorder.began.position)
    over = call.leg.ended.position if call.leg.ended else 1 << 62
    files: dict[object, list[Recorder]] = {}
    for recorder in recorders:
        named = recorder.sides or recorder.path
        if recorder.began.position < over and (recorder.started or named == recorder.path):
            files.setdefault(named or recorder, []).append(recorder)
    return tuple(_recording(number, file) for number, file in enumerate(files.values(), 1))


def _recording(number: int, recorders: list[Recorder]) -> Recording:
    """One file; a recorder that was stopped and began again went on in it."""
    first = recorders[0]
    ends = [recorder.ended or recorder.channel.ended for recorder in recorders]
    last = max((end for end in ends if end), key=lambda end: end.position, default=None)
    return Recording(
        id=f"{first.channel.uniqueid}.{number}",
        pbx_path=first.sides or first.path,
        from_=first.began.at,
        to=last.at if last and None not in ends else None,
        channel=first.channel.name,
    )


def _involved(call: Call, spoken: list[Spoken]) -> set[Channel]:
    """The channels on which a recorder of this call may run."""
    found = {*call.clients, *[share.stretch.party for share in spoken]}
    if call.direction is Direction.OUTBOUND and call.dialler is not None:
        found.add(call.dialler)
    dial = call.leg.dialled
    for leg in call.legs if dial is None else (*call.legs, dial):
        for link in chain(leg):
            for side in (link.dest, link.caller):
                if side is not None:
                    found.add(side)
                    if side.half is not None:
                        found.add(side.half)
    return found
