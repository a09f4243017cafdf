"""The call record as others read it."""

from __future__ import annotations

import json
from importlib.resources import files

import jsonschema
import pytest

from bridge.ami.replay import call_records
from bridge.domain.record import CallRecord, json_schema
from tests.tracker.recorded import Recorded, all_recorded

SCHEMA = json.loads((files("bridge.domain") / "call_record.schema.json").read_text("utf-8"))


def records(call: Recorded) -> list[CallRecord]:
    return list(call_records([call.capture()], call.directory(), region=call.region))


def test_the_schema_in_the_package_is_that_of_the_record() -> None:
    assert json_schema() == SCHEMA, "write it anew: make requirements"


@pytest.mark.proves("S0-06", "S0-07", "S0-08", "S0-09", "S0-63")
@pytest.mark.parametrize("call", all_recorded()[::8], ids=lambda call: call.name)
def test_every_record_keeps_to_the_schema_and_survives_being_written_down(call: Recorded) -> None:
    for record in records(call):
        written = json.loads(json.dumps(record.to_json()))
        jsonschema.validate(written, SCHEMA)
        assert CallRecord.from_json(written).to_json() == written


def test_another_version_is_refused() -> None:
    with pytest.raises(ValueError, match="schema 2"):
        CallRecord.from_json({"schema": 2})
