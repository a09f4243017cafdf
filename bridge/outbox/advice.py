"""What a person should do about an entry that waits for one, in words."""

from __future__ import annotations

from typing import Final

from bridge.outbox.entries import Entry, Write
from bridge.outbox.retry import Parked
from bridge.outbox.states import EntryState, WriteState

_PARKED: Final = {
    Parked.REFUSED: "The CRM refuses this. Correct what it names: there, in the configuration, or"
    " here with deliveries edit {id}. Then: deliveries retry {id}",
    Parked.GAVE_UP: "The CRM did not take this for days. See that it works, then:"
    " deliveries retry {id}",
    Parked.CANNOT_TELL: "The CRM was asked for {key} and never answered, and cannot tell whether"
    " it was done. Look there: if it is not, deliveries retry {id} --absent;"
    " if it is, deliveries retry {id} --made {key}=ITS-ID",
    Parked.NO_RESULT: "An earlier write was taken, but the CRM gave no id for it, and the rest"
    " needs that id. Finish it by hand in the CRM, then: deliveries drop {id}",
    Parked.OURS: "This is a mistake of asterisk-bridge itself: please report it with the log and"
    " with: deliveries show {id} --json. With a version that mends it: deliveries retry {id}",
}
_STATES: Final = {
    EntryState.HELD_BACK: "It follows as soon as its call is in the CRM.",
    EntryState.WAITING: "Nothing to do: it is sent when it is due, in order of its client.",
    EntryState.WORKING: "Nothing to do: it is being sent.",
    EntryState.DONE: "Nothing to do: the CRM has it.",
    EntryState.DROPPED: "A person dropped it. To deliver it after all: deliveries retry {id}",
}


def advice(entry: Entry, writes: tuple[Write, ...] = ()) -> str:
    """One or two sentences that end with what to type, where there is something to do."""
    unknown = [write.planned.key for write in writes if write.state is WriteState.SENT]
    words = _STATES.get(entry.state) or _PARKED[entry.reason or Parked.REFUSED]
    return words.format(id=entry.id, key=next(iter(unknown), "KEY"))
