"""The comparison that every recorded call is judged by."""

from tests.lab.office import OTHER_CLIENT
from tests.lab.truth import (
    UNSAID,
    Record,
    between,
    inbound,
    internal,
    mismatches,
    missed,
    rang,
    spoke,
    talked,
)

BOB = {
    **inbound(**talked(("102", "dial")), started_at="1", legs=rang(_101="no_answer")),
    "talk_seconds": 1.0,
}


def truth(*records: Record, inside: list[Record] | None = None) -> Record:
    return {"records": list(records), "internal": inside}


def test_a_record_that_says_more_than_the_truth_agrees_with_it() -> None:
    assert mismatches([{**BOB, "revision": 3}], truth(BOB)) == []


def test_another_responsible_is_named() -> None:
    found = mismatches([{**BOB, "responsible": "101"}], truth(BOB))
    assert found == ["record[0].responsible is '101', in truth '102'"]


def test_a_field_of_the_truth_that_the_record_lacks_is_named() -> None:
    record = {key: value for key, value in BOB.items() if key != "queue"}
    assert mismatches([record], truth({**BOB, "queue": "service"})) != []


def test_a_record_too_many_or_too_few_is_named() -> None:
    assert mismatches([BOB, BOB], truth(BOB)) != []
    assert mismatches([], truth(BOB)) != []


def test_records_are_paired_by_their_start() -> None:
    other = inbound(client=OTHER_CLIENT, **missed("abandoned"), started_at="2")
    assert mismatches([other, BOB], truth(BOB, other)) == []


def test_legs_are_compared_in_any_order() -> None:
    one, two = rang(_101="answered", _102="no_answer")
    assert mismatches([{**BOB, "legs": [two, one]}], truth({**BOB, "legs": [one, two]})) == []


def test_internal_calls_count_only_where_the_truth_lists_them() -> None:
    inside = internal("101", **talked(("102", "dial")))
    assert mismatches([BOB, inside], truth(BOB)) == []
    assert mismatches([BOB], truth(BOB, inside=[inside])) != []


def test_a_number_of_seconds_lies_in_a_range() -> None:
    held = truth({**BOB, "hold_seconds": between(0.2, 20)})
    assert mismatches([{**BOB, "hold_seconds": 0.3}], held) == []
    assert mismatches([{**BOB, "hold_seconds": 0.0}], held) != []
    assert mismatches([{**BOB, "hold_seconds": None}], held) != []


def test_what_is_left_unsaid_is_not_compared() -> None:
    either = truth({**inbound(queue=UNSAID, **spoke("101", "102")), "started_at": "1"})
    seen = {**BOB, "queue": "service", "answered_by": ["101", "102"], "talk_seconds": 1.0}
    assert mismatches([seen], either) == []
    assert mismatches([{**seen, "responsible": "101"}], either) != []
