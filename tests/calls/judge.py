"""A capture judged: replayed as the program would, and compared with what the people did."""

from typing import Any

from bridge.ami.replay import call_records
from tests.lab.truth import mismatches
from tests.tracker.recorded import Recorded


def judge(capture: bytes, truth: dict[str, Any]) -> list[str]:
    """Where the call records of a capture differ from its truth; nothing if they agree."""
    told = Recorded("", truth)
    records = call_records([capture], told.directory(), region=told.region)
    return mismatches([record.to_json() for record in records], truth)
