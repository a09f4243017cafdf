"""What a token may do, and what each address asks of whoever comes; pure.

An address that does not stand here asks for every right: forgotten is closed, not open.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from bridge.web.port import BELOW, PORT


class Right(StrEnum):
    CALLS = "calls"  # read calls, those in progress too
    NUMBERS = "numbers"  # read clients' numbers whole
    CRM = "crm"  # read the pages of the built-in CRM
    CLIENTS = "clients"  # read and change the built-in CRM by programs
    RECORDINGS = "recordings"  # hear them
    TRANSCRIPTIONS = "transcriptions"  # send what was said in calls
    RATINGS = "ratings"  # send what clients thought of calls
    APPLICATIONS = "applications"  # send them, and ask what became of one
    DIAL = "dial"  # have a number called
    ACKNOWLEDGE = "acknowledge"  # say that one knows of an incident
    ROUTE = "route"  # ask whom to ring: the dialplan
    WATCH = "watch"  # metrics and incidents


Rights = frozenset[Right]

ALL: Final[Rights] = frozenset(Right)
OPEN: Final[Rights] = frozenset()
# What whoever reaches us may do while no token is configured: look, and change nothing.
LOOKING: Final = ALL - {
    Right.NUMBERS,
    Right.CLIENTS,
    Right.APPLICATIONS,
    Right.TRANSCRIPTIONS,
    Right.RATINGS,
    Right.DIAL,
    Right.ACKNOWLEDGE,
}

_CALLS: Final[Rights] = frozenset({Right.CALLS})
_CRM: Final[Rights] = frozenset({Right.CRM})
_RECORDINGS: Final[Rights] = frozenset({Right.RECORDINGS})
_APPLICATIONS: Final[Rights] = frozenset({Right.APPLICATIONS})

ADDRESSES: Final[Mapping[tuple[str, str], Rights]] = {
    ("GET", "/"): _CALLS,
    ("GET", "/live"): _CALLS,
    ("GET", "/calls/{call_id}"): _CALLS,
    ("GET", "/calls/{call_id}/row"): _CALLS,
    ("GET", "/crm"): _CRM,
    ("GET", "/crm/{list}"): _CRM,
    ("GET", "/crm/{kind}/{id}"): _CRM,
    ("GET", "/incidents"): frozenset({Right.WATCH}),
    ("POST", "/incidents/{id}/known"): frozenset({Right.ACKNOWLEDGE}),
    ("GET", "/recordings/{id}"): _RECORDINGS,
    ("GET", "/api/v1/calls"): _CALLS,
    ("POST", "/api/v1/calls"): frozenset({Right.DIAL}),
    ("GET", "/api/v1/calls/{call_id}"): _CALLS,
    ("GET", "/api/v1/calls/{call_id}/recordings"): _CALLS,
    ("GET", "/api/v1/calls/{call_id}/recordings/{id}"): _RECORDINGS,
    ("GET", "/api/v1/calls/{call_id}/transcription"): _RECORDINGS,
    ("POST", "/api/v1/calls/{call_id}/transcription"): frozenset({Right.TRANSCRIPTIONS}),
    ("POST", "/api/v1/calls/{call_id}/rating"): frozenset({Right.RATINGS}),
    ("GET", "/api/v1/live"): _CALLS,
    ("GET", "/api/v1/incidents"): frozenset({Right.WATCH}),
    ("POST", "/api/v1/incidents/{id}/ack"): frozenset({Right.ACKNOWLEDGE}),
    ("POST", "/api/v1/applications"): _APPLICATIONS,
    ("GET", "/api/v1/applications/{id}"): _APPLICATIONS,
    ("GET", "/api/v1/route"): frozenset({Right.ROUTE}),
    ("GET", "/api/v1/openapi.json"): OPEN,
    ("GET", "/metrics"): frozenset({Right.WATCH}),
    # Whether we live and work: no call, no number, no name of a client is in it.
    ("GET", "/livez"): OPEN,
    ("GET", "/readyz"): OPEN,
    ("GET", "/static"): OPEN,
    ("GET", "/session"): OPEN,
    ("POST", "/session"): OPEN,
    ("POST", "/session/end"): OPEN,
    # Who follows a signed link shows that we gave it to him; what a CRM posts is proven by its
    # connector.
    ("GET", "/shared/{call_id}/{id}{kind}"): OPEN,
    ("GET", "/incidents/{id}/ack"): OPEN,
    ("POST", "/incidents/{id}/ack"): OPEN,
    ("POST", "/hooks/{destination}"): OPEN,
    ("OPTIONS", "/hooks/{destination}"): OPEN,
    # Programs of others speak to the built-in CRM.
    **{(method, f"{BELOW}/{path}"): frozenset({Right.CLIENTS}) for method, path in PORT},
}


def asked_for(method: str, address: str) -> Rights:
    """The rights that one must have. `address` as the table writes it; HEAD is as GET."""
    return ADDRESSES.get(("GET" if method == "HEAD" else method, address), ALL)
