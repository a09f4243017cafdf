"""A Bitrix24 portal as its documentation says it is, for tests and demonstrations.

    clock = Clock(1789981200)  # stands until moved; Clock() runs with the machine's
    async with Portal(clock, allowance=Allowance(burst=1000)) as portal:
        anna = portal.add_user("101", "Anna")
        portal.add("contact", "+79161234567", NAME="Ivan", ASSIGNED_BY_ID=anna.id)
        tokens = portal.grant()  # or portal.webhook; portal.auth has the secrets
        portal.fault("cut", "telephony.externalCall.finish", applied=True)
        clock.move(minutes=31)
        … portal.url, portal.calls, portal.leads, portal.received("crm.lead.add") …

Tokens come from `<portal.url>/oauth/token/`. What the documentation leaves open is in `Doubts`.
As a process: `python -m tests.portals.bitrix24`, with a page at `/`, `/state.json`, `/switch`.
"""

from tests.portals.bitrix24.clock import Clock
from tests.portals.bitrix24.faults import Fault, Kind
from tests.portals.bitrix24.limits import Allowance
from tests.portals.bitrix24.portal import Portal
from tests.portals.bitrix24.state import Call, Doubts, Finish, User

__all__ = ["Allowance", "Call", "Clock", "Doubts", "Fault", "Finish", "Kind", "Portal", "User"]
