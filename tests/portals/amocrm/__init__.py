"""An amoCRM (Kommo) account as its documentation says it is, for tests and demonstrations.

    clock = Clock(1789981200)  # stands until moved; Clock() runs with the machine's
    async with Portal(clock, allowance=Allowance(per_second=1000)) as portal:
        anna = portal.add_user("Anna")
        id = portal.add("contacts", "+79161234567", name="Ivan", responsible_user_id=anna)
        token = portal.auth.long_lived  # or portal.grant(); portal.auth has the secrets
        portal.fault("cut", "POST leads/complex", applied=True)
        … portal.url, portal.leads, portal.calls(), portal.pops, portal.received("GET contacts") …

What the documentation leaves open is in `Doubts`. No request has an idempotency key.
As a process: `python -m tests.portals.amocrm`, with a page at `/` and `/state.json`.
"""

from tests.portals.amocrm.faults import Fault, Kind
from tests.portals.amocrm.limits import Allowance
from tests.portals.amocrm.portal import Portal
from tests.portals.amocrm.state import Doubts, Pop
from tests.portals.bitrix24.clock import Clock

__all__ = ["Allowance", "Clock", "Doubts", "Fault", "Kind", "Pop", "Portal"]
