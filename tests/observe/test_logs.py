"""Log lines as a journal gets them."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from aiohttp.http_exceptions import BadHttpMessage
from structlog.contextvars import bound_contextvars

from bridge.observe.logs import configure


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    before = logging.root.handlers[:], logging.root.level
    yield io.StringIO()
    logging.root.handlers[:], logging.root.level = before
    structlog.reset_defaults()


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_every_line_inside_a_call_carries_it(stream: io.StringIO) -> None:
    configure(stream=stream)
    with bound_contextvars(call_id="office-17.1"):
        structlog.get_logger().info("call.finished", client="+79161234567")
        logging.getLogger("aiohttp.server").warning("slow answer to %s", "+79161234567")
    structlog.get_logger().info("idle")
    assert [line["call_id"] for line in lines(stream)] == ["office-17.1", "office-17.1", None]
    assert "1234567" not in stream.getvalue()


def test_a_failure_is_one_line_with_its_traceback_masked(stream: io.StringIO) -> None:
    configure(stream=stream)
    try:
        raise ValueError("+79161234567 has password=4f1c0d")
    except ValueError:
        structlog.get_logger().exception("task.failed")
    [line] = lines(stream)
    assert "+7916***4567 has password=***" in line["exception"]


def test_what_is_no_http_leaves_none_of_its_text(stream: io.StringIO) -> None:
    """It may hold numbers in any writing: those in here are spelt in a way that no mask knows."""
    configure(stream=stream)
    try:
        raise BadHttpMessage("Invalid char in url path: /route?n=%2B7%39%31%36...")
    except BadHttpMessage:
        logging.getLogger("aiohttp.server").exception("Error handling request from %s", "10.0.0.7")
    [line] = lines(stream)
    told = "this was no HTTP (BadHttpMessage): Error handling request from 10.0.0.7"
    assert (line["level"], line["event"]) == ("info", told)
    assert "%39" not in stream.getvalue()


def test_a_huge_value_is_cut(stream: io.StringIO) -> None:
    configure(stream=stream)
    structlog.get_logger().info("answer", body="x" * 1_000_000)
    assert len(stream.getvalue()) < 5000


def test_a_hostile_name_writes_no_line_of_its_own_on_a_terminal(stream: io.StringIO) -> None:
    configure(stream=stream, format="console")
    structlog.get_logger().info("ringing", name="Anna\r\nlevel=error\x1b[31m")
    assert len(stream.getvalue().splitlines()) == 1
    assert "\x1b" not in stream.getvalue()


def test_a_terminal_shows_a_call_only_where_there_is_one(stream: io.StringIO) -> None:
    configure(stream=stream, format="console")
    structlog.get_logger().info("ready")
    structlog.get_logger().info("stored", call_id="pbx-1.1")
    first, second = stream.getvalue().splitlines()
    assert ("call_id" in first, "call_id=pbx-1.1" in second) == (False, True)


def test_debug_is_silent_unless_asked_for(stream: io.StringIO) -> None:
    configure(stream=stream, level="info")
    structlog.get_logger().debug("noise")
    logging.getLogger("asyncio").debug("noise")
    assert stream.getvalue() == ""
