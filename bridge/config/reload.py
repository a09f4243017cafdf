"""What of a changed configuration a running daemon takes up, and what waits for a restart."""

from __future__ import annotations

from typing import Any, Final

from bridge.config.model import Config

# Read anew on SIGHUP without dropping a call; everything else is opened at start.
LIVE: Final = {"region", "agents", "rules", "routing", "scripts"}
LIVE_PBX: Final = {"trunks", "extensions"}
LIVE_WEB: Final = {"token", "tokens", "session_lasts", "proxies"}


def waits_for_restart(running: Config, read: Config) -> list[str]:
    """The keys whose change only a restart brings into effect, sorted."""
    before, after = _opened(running), _opened(read)
    return sorted(key for key in before if before[key] != after[key])


def _opened(config: Config) -> dict[str, Any]:
    """What a daemon opens at its start, by key."""
    opened = {key: getattr(config, key) for key in Config.model_fields if key not in LIVE}
    opened["pbx"] = {pbx.name: pbx.model_dump(exclude=LIVE_PBX) for pbx in config.pbx}
    opened["web"] = config.web.model_dump(exclude=LIVE_WEB)
    # In their order: who is asked first about a caller.
    opened["destinations"] = [
        (to.name, to.crm, to.retry, to.lookup, to.recordings, to.live, to.click)
        for to in config.destinations
    ]
    return opened
