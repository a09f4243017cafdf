"""Many walks: `python -m tests.walks --version 22 --seed 1 --count 100 --keep FOLDER`."""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
from pathlib import Path
from typing import Any

from bridge.domain.record import CallRecord
from tests.lab.office import Office
from tests.lab.offices import Offices
from tests.lab.phones import PhoneBroke
from tests.lab.wait import NotInTime
from tests.walks.walk import Walked, walk


async def main(version: str, seed: int, count: int, keep: Path) -> None:
    offices = Offices()
    try:
        for number in range(seed, seed + count):
            await _one(offices, version, number, keep)
    finally:
        await offices.close()


async def _one(offices: Offices, version: str, seed: int, keep: Path) -> None:
    at = await offices.at(Office, version)
    try:
        with tempfile.TemporaryDirectory() as folder:
            walked = await walk(at, seed, Path(folder))
    except (NotInTime, PhoneBroke, OSError) as error:
        print(f"{version} {seed}: broke off: {error}", flush=True)
        await offices.anew(at)
        return
    print(f"{version} {seed}: {len(walked.records)} records, {walked.wrong or 'ok'}", flush=True)
    _keep(keep / ("wrong" if walked.wrong else "right") / f"{version}-{seed}", walked)


def _keep(folder: Path, walked: Walked) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "capture.ami").write_bytes(walked.capture)
    records = [json.dumps(_told(one), default=str) for one in walked.records]
    lines = [*walked.wrong, "", *walked.diary, "", *records, "", *walked.heard]
    (folder / "story.txt").write_text("\n".join(lines) + "\n")


def _told(record: CallRecord) -> dict[str, Any]:
    """What a reader wants to see of a record."""
    return {
        "id": record.call_id,
        "direction": record.direction.value,
        "client": record.client.number or record.client.raw,
        "disposition": str(record.disposition),
        "responsible": record.responsible,
        "out": record.transferred_out,
        "review": record.oddities if record.needs_review else False,
        "segments": [
            f"{s.agent} {s.seconds} {s.how.value} {s.from_:%M:%S.%f}" if s.from_ else s.agent
            for s in record.segments
        ],
        "transfers": [f"{t.kind.value} {t.by}->{t.to} {t.completed}" for t in record.transfers],
    }


if __name__ == "__main__":
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--version", default="22", choices=["22", "16"])
    words.add_argument("--seed", type=int, default=1)
    words.add_argument("--count", type=int, default=20)
    words.add_argument("--keep", type=Path, required=True)
    given = words.parse_args()
    asyncio.run(main(given.version, given.seed, given.count, given.keep))
