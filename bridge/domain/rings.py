"""Errors without rings: a library whose frame keeps the error that it raised makes a ring of them,
which only the collector of garbage undoes.

SQLAlchemy 2.0 does (`_handle_dbapi_exception`), aiohttp 3 does (`_create_direct_connection`). Each
question to a CRM that is down left a hundred objects, and every call waits while the collector goes
through thousands of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from traceback import clear_frames


@contextmanager
def untied() -> Iterator[None]:
    """An error of what is inside keeps its traceback, but nothing that its frames held."""
    try:
        yield
    except Exception as error:
        for one in _chain(error):
            clear_frames(one.__traceback__)
        raise


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """The error, and what it came of."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
