"""docs/metrics.md from the table of metrics: `python -m tests.project.metrics` rewrites it."""

from __future__ import annotations

from typing import Final

from bridge.observe.tables import METRICS, PREFIX
from tests.project.requirements import ROOT

DOCUMENT: Final = ROOT / "docs" / "metrics.md"
_HEAD: Final = f"""# Metrics

For whoever draws graphs of it, or sets alarms.

`/metrics` in the Prometheus text format. Names begin with `{PREFIX}`. No label is ever a phone
number or a call: labels are names out of the configuration and words of the program. Written from
`bridge/observe/tables.py` by `make requirements`.

| metric | kind | labels | tells |
|---|---|---|---|
| `{PREFIX}build_info` | gauge | `version` | the version that runs |
"""


def document() -> str:
    """docs/metrics.md as the table says it."""
    return _HEAD + "".join(
        f"| `{metric.exported}` | {metric.kind} | "
        f"{', '.join(f'`{label}`' for label in metric.labels)} | {metric.means} |\n"
        for metric in METRICS
    )


if __name__ == "__main__":
    DOCUMENT.write_text(document(), "utf-8")
