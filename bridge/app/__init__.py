"""The daemon put together: the one room that knows every concrete class.

Each part (following, delivering, recordings, the page) is made from the configuration and started
by `Daemon`; what one part tells another goes through it.
"""

from bridge.app.asking import path_of
from bridge.app.daemon_asked import told_by_daemon
from bridge.app.delivering import destinations, dry_run
from bridge.app.listening import CannotStart
from bridge.app.service import TakenOver, run, settle_memory

__all__ = [
    "CannotStart",
    "TakenOver",
    "destinations",
    "dry_run",
    "path_of",
    "run",
    "settle_memory",
    "told_by_daemon",
]
