"""The call record's JSON Schema in the package: `python -m tests.project.schema` rewrites it."""

from __future__ import annotations

import json

from bridge.domain.record import json_schema
from tests.project.requirements import ROOT

FILE = ROOT / "bridge" / "domain" / "call_record.schema.json"


if __name__ == "__main__":
    FILE.write_text(json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n", "utf-8")
