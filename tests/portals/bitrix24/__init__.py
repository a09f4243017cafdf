"""A Bitrix24 portal as its documentation says it is, for tests and demonstrations."""

from tests.portals.bitrix24.clock import Clock
from tests.portals.bitrix24.faults import Fault, Kind
from tests.portals.bitrix24.limits import Allowance
from tests.portals.bitrix24.portal import Portal
from tests.portals.bitrix24.state import Call, Doubts, Finish, User

__all__ = ["Allowance", "Call", "Clock", "Doubts", "Fault", "Finish", "Kind", "Portal", "User"]
