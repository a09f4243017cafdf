"""What of a changed configuration a running daemon takes up, and what waits for a restart."""

from __future__ import annotations

from typing import Final

from bridge.config.model import Config

# Read anew on SIGHUP without dropping a call; everything else is opened at start.
LIVE: Final = {"region", "agents", "log"}
LIVE_PBX: Final = {"trunks", "extensions"}


def waits_for_restart(running: Config, read: Config) -> list[str]:
    """The keys whose change only a restart brings into effect, sorted."""
    keys = [
        key
        for key in type(running).model_fields
        if key not in LIVE | {"pbx"} and getattr(running, key) != getattr(read, key)
    ]
    before = {pbx.name: pbx.model_dump(exclude=LIVE_PBX) for pbx in running.pbx}
    after = {pbx.name: pbx.model_dump(exclude=LIVE_PBX) for pbx in read.pbx}
    return sorted(keys + ["pbx"] * (before != after))
