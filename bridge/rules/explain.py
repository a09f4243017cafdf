"""The dry run: what would go to the CRM, and why, as JSON lines."""

from __future__ import annotations

import json
from collections.abc import Iterator

from bridge.rules.case import Case
from bridge.rules.plan import plan


def explain_plan(case: Case) -> Iterator[str]:
    """One JSON object a command: `call_id`, `key`, `command` with its arguments, `why`.

    A call that reaches no CRM gives one line whose `command` is null.
    """
    planned = plan(case)
    for item in planned:
        yield _line(case, item.to_json())
    if not planned:
        why = "A call inside the company never reaches the CRM."
        yield _line(case, {"key": None, "command": None, "why": why})


def _line(case: Case, item: dict[str, object]) -> str:
    return json.dumps({"call_id": case.record.call_id, **item}, ensure_ascii=False)
