"""Words of the port as values, and words for people who asked for a call that was not made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bridge.crm.trouble import refused
from bridge.domain.call_requests import Unfulfilled
from bridge.domain.commands import CreateLead

_TRUE: Final = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}

UNFULFILLED: Final[Mapping[Unfulfilled, str]] = {
    Unfulfilled.AGENT_NO_ANSWER: "your own phone was not answered",
    Unfulfilled.AGENT_BUSY: "your own phone is busy",
    Unfulfilled.AGENT_DECLINED: "your own phone declined it",
    Unfulfilled.AGENT_UNAVAILABLE: "your own phone is not reached",
    Unfulfilled.NO_EXTENSION: "no extension of yours is known",
    Unfulfilled.BAD_NUMBER: "this number cannot be called",
    Unfulfilled.TOO_LATE: "the click reached the PBX too late; click again",
    Unfulfilled.PBX_AWAY: "the PBX is not reached",
    Unfulfilled.UNKNOWN: "the PBX was told to call, and did not say what came of it",
}


def lead_words(lead: CreateLead) -> dict[str, str]:
    """What is said of a lead beside its own `fields` and whether it is a repeat request."""
    said = {
        "title": lead.title,
        "phone": lead.phone,
        "did": lead.did,
        "owner": lead.owner,
        "contact": lead.contact,
        "company": lead.company,
        "pipeline": lead.pipeline,
        "stage": lead.stage,
    }
    return {word: value for word, value in said.items() if value}


def flag(value: str) -> bool:
    """Raises Trouble for what is neither."""
    try:
        return _TRUE[value.strip().casefold()]
    except KeyError:
        raise refused(f"{value!r} is neither true nor false") from None
