"""What a person may change of a planned command, and what is told of it."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.domain.commands import CreateLead, LogCall, Planned
from bridge.domain.entities import EntityKind, EntityRef
from bridge.outbox.edit import CannotEdit, changed, difference, replaced

LEAD = Planned(
    "crm/pbx-1/create_lead/lead",
    CreateLead(title="Call", phone="+79161234567", did=None, owner="u1"),
    "why",
)
LOG = Planned("crm/pbx-1/log_call/call", LogCall(call_id="pbx-1", user="u1"), "why")


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"title": "Repeat"}, "title: 'Call' → 'Repeat'"),
        ({"phone": "+79160000000"}, "phone: '+79161234567' → '+79160000000'"),
        ({"owner": "null"}, "owner: 'u1' → None"),
        ({"repeat": "true"}, "repeat: False → True"),
        ({"fields.Source": "phone"}, "fields.Source: None → 'phone'"),
        ({"owner": "7"}, "owner: 'u1' → '7'"),
    ],
)
def test_a_change_is_told_field_by_field(settings: dict[str, str], told: str) -> None:
    assert difference(LEAD, changed(LEAD, settings)) == told


def test_a_call_is_put_on_another_entity() -> None:
    made = changed(LOG, {"entities": '[{"kind": "contact", "id": "7"}]'})
    assert made.command == LogCall(
        call_id="pbx-1", user="u1", entities=(EntityRef(EntityKind.CONTACT, "7"),)
    )


@pytest.mark.parametrize(
    ("planned", "settings", "why"),
    [
        (LEAD, {"titel": "x"}, "there is no titel; this command has title, phone"),
        (LEAD, {"title": "null"}, "this is no create_lead .*title"),
        (LEAD, {"command": "log_call"}, "this is no create_lead|names the write"),
        (LOG, {"call_id": "pbx-2"}, "call_id names the write and stays 'pbx-1'"),
        (LOG, {"entities": '[{"kind": "ghost", "id": "7"}]'}, "this is no log_call"),
        (LOG, {"entities": "[broken"}, "this is no log_call"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(
    planned: Planned, settings: dict[str, str], why: str
) -> None:
    with pytest.raises(CannotEdit, match=why):
        changed(planned, settings)


ODD = st.text(st.sampled_from('[]{}".:,=\\0 alexu\ud800\x00'), max_size=12)
PATHS = ODD | st.sampled_from(
    ["title", "fields", "fields.x", "phone", "owner", "repeat", "command"]
)


@given(PATHS, ODD | st.just("[" * 100_000) | st.just('{"a":' * 100_000))
def test_whatever_is_typed_makes_a_command_or_is_refused_in_words(path: str, value: str) -> None:
    made = LEAD
    with suppress(CannotEdit):
        made = changed(LEAD, {path: value})
    assert Planned.from_json(made.to_json()) == made


def test_the_key_of_a_write_stays() -> None:
    with pytest.raises(CannotEdit, match="key names the write"):
        replaced(LEAD, {**LEAD.to_json(), "key": "crm/pbx-2/create_lead/lead"})
