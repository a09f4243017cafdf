"""The envelopes of an answer: result with `time`, or error with its description."""

from __future__ import annotations

from typing import Any

from .clock import Clock
from .errors import Refused
from .method import Page
from .params import Row


def timing(clock: Clock, began: float, operating: float, reset_at: int) -> Row:
    finish = clock()
    return {
        "start": began,
        "finish": finish,
        "duration": round(finish - began, 6),
        "processing": round(finish - began, 6),
        "date_start": clock.iso(began),
        "date_finish": clock.iso(finish),
        "operating_reset_at": reset_at,
        "operating": operating,
    }


def success(answer: Any, time: Row) -> Row:
    """`total` and `next` stand only where a list method counted."""
    body: Row = {"result": answer.result if isinstance(answer, Page) else answer}
    if isinstance(answer, Page):
        body |= {"total": answer.total} if answer.total is not None else {}
        body |= {"next": answer.next} if answer.next is not None else {}
    return body | {"time": time}


def failure(refusal: Refused) -> Row:
    return {"error": refusal.code, "error_description": refusal.words}
