"""Logging: one JSON object a line, with the call it is about; coloured lines on a terminal.

The call is that of the line, or the `call_id` that structlog.contextvars holds. Lines of other
libraries go the same way, so that they are masked as well.
"""

from __future__ import annotations

import logging
import sys
from typing import Final, Literal, TextIO

import structlog
from aiohttp.http_exceptions import HttpProcessingError
from structlog.typing import EventDict, Processor, WrappedLogger

from bridge.observe.masks import Mask

_LONGEST: Final = 4000  # of one value: a whole CRM answer in each line once filled a disk


def configure(
    *,
    level: str = "info",
    format: Literal["auto", "json", "console"] = "auto",
    mask_numbers: bool = True,
    stream: TextIO | None = None,
) -> None:
    """Send all logging of the process to `stream` (standard error). May be called again."""
    stream = stream or sys.stderr
    console = format == "console" or (format == "auto" and stream.isatty())
    renderers = _renderers(console, colors=stream.isatty())
    shared = _shared(mask_numbers)
    structlog.configure(
        processors=[*shared, *renderers],
        # Our own lines take the short way: through `logging` one costs twice as much.
        logger_factory=structlog.WriteLoggerFactory(stream),
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=False,
    )
    _configure_libraries(stream, level, shared, renderers)


def _shared(mask_numbers: bool) -> list[Processor]:
    """What every line goes through, whoever wrote it."""
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _with_call,
        structlog.processors.format_exc_info,
        Mask(numbers=mask_numbers),
        _bounded,
    ]


def _configure_libraries(
    stream: TextIO, level: str, shared: list[Processor], renderers: list[Processor]
) -> None:
    remove = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.ExtraAdder(), *shared],
            processors=[remove, *renderers],
        )
    )
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)
    logging.getLogger("aiohttp.server").addFilter(_without_its_text)
    for chatty in ("alembic",):  # a line for each step
        logging.getLogger(chatty).setLevel(logging.WARNING)


def _without_its_text(record: logging.LogRecord) -> bool:
    """What is no HTTP is a stranger's mistake, not ours, and may hold numbers in any writing."""
    error = record.exc_info[1] if record.exc_info else None
    if isinstance(error, HttpProcessingError):
        record.msg = f"this was no HTTP ({type(error).__name__}): {record.msg}"
        record.exc_info, record.exc_text = None, None
        record.levelno, record.levelname = logging.INFO, "INFO"
        return logging.getLogger().isEnabledFor(logging.INFO)
    return True


def _renderers(console: bool, *, colors: bool) -> list[Processor]:
    if console:
        return [_without_no_call, _printable, structlog.dev.ConsoleRenderer(colors=colors)]
    return [structlog.processors.JSONRenderer(ensure_ascii=False)]


def _with_call(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    event.setdefault("call_id", None)
    return event


def _without_no_call(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """A person needs no word of a call that a line is not about."""
    if event.get("call_id") is None:
        event.pop("call_id", None)
    return event


def _bounded(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    return {
        key: f"{value[:_LONGEST]}… ({len(value)} characters)"
        if isinstance(value, str) and len(value) > _LONGEST and key != "exception"
        else value
        for key, value in event.items()
    }


def _printable(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """A name with CR LF or an escape in it must not write lines of its own on a terminal."""
    return {
        key: value.encode("unicode_escape").decode()
        if isinstance(value, str) and not value.isprintable() and key != "exception"
        else value
        for key, value in event.items()
    }
