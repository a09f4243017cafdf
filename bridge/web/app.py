"""The web application put together, and served."""

from __future__ import annotations

import errno
import logging
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.resources import files
from ipaddress import ip_address
from pathlib import Path
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler

from bridge.domain.ports import CrmNeedsLogin, CrmRefused, CrmUnavailable
from bridge.outbox.ports import StoreUnavailable
from bridge.recordings.links import PATH
from bridge.web import (
    api,
    applications,
    asking,
    bodies,
    doors,
    incidents,
    pages,
    ratings,
    recordings,
    transcriptions,
)
from bridge.web.answers import error as said
from bridge.web.room import ROOM, Room
from bridge.web.tries import Tries

STATIC: Final = Path(str(files("bridge.web") / "static"))

_HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "media-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    # With no-referrer a browser does not say of a form whose it is, not even to us.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}

_FOR_PROGRAMS: Final = ("/api/", "/hooks/")
_KEEP_ALIVE: Final = 75.0  # seconds that a connection may be idle

_log = logging.getLogger(__name__)


def web_app(room: Room) -> web.Application:
    """The application that shows this room."""
    app = web.Application(
        middlewares=[_guard, _explain, doors.admit], client_max_size=asking.MOST_BYTES
    )
    app[ROOM] = room
    app[doors.TRIES] = Tries()
    app[bodies.READING] = Counter()
    routes = (
        doors,
        pages,
        api,
        applications,
        asking,
        recordings,
        transcriptions,
        ratings,
        incidents,
    )
    app.add_routes([route for each in routes for route in each.routes])
    if room.face is not None:
        app.add_routes(room.face.routes())
    app.router.add_static("/static", STATIC)
    app.on_response_prepare.extend((_harden, asking.let_scripts_read))
    app.on_shutdown.append(_send_followers_away)
    return app


@asynccontextmanager
async def serving(room: Room) -> AsyncIterator[str]:
    """Serve while inside; gives the address. Raises OSError when the port is taken."""
    runner = web.AppRunner(
        web_app(room), access_log=None, shutdown_timeout=2.0, keepalive_timeout=_KEEP_ALIVE
    )
    await runner.setup()
    try:
        context = room.certificate.context if room.certificate else None
        host, port = room.settings.host, room.settings.port
        await web.TCPSite(runner, host, port, ssl_context=context).start()
        host, port = runner.addresses[0][:2]
        scheme = "https" if context else "http"
        yield f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"
    finally:
        await runner.cleanup()


@web.middleware
async def _guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """A foreign site that points its own name at our address does not get to read the calls."""
    try:
        name = request.url.host or ""
    except ValueError:
        return web.Response(status=400, text="This is no host name.\n")
    settings = request.app[ROOM].settings
    if _is_address(name) or name in ("localhost", *settings.names):
        return await handler(request)
    if name == settings.public_name and request.path.startswith(PATH):
        return await handler(request)
    return web.Response(status=421, text="Unknown host name: add it to web.names.\n")


@web.middleware
async def _explain(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Words that say what is wrong, in place of a traceback."""
    try:
        return await handler(request)
    except web.HTTPNotFound:
        return _not_here(request)
    except (CrmUnavailable, CrmNeedsLogin, CrmRefused) as error:
        return _trouble(request, 503, "The CRM does not answer", str(error))
    except StoreUnavailable as error:
        text = f"{error}; send it again in a minute"
        return _trouble(request, 503, "The store does not answer", text)
    except web.HTTPException:
        raise
    except Exception as problem:
        if isinstance(problem, OSError) and problem.errno == errno.ENAMETOOLONG:
            return _not_here(request)  # no file of ours has such an address
        _log.exception("a page failed")
        text = "This failed; the log of the daemon says why."
        return _trouble(request, 500, "Our mistake", text)


def _not_here(request: web.Request) -> web.Response:
    return _trouble(request, 404, "Not here", "There is no such page.")


def _trouble(request: web.Request, status: int, title: str, text: str) -> web.Response:
    """JSON where programs come, a page for people."""
    if request.path.startswith(_FOR_PROGRAMS):
        return said(status, text)
    return request.app[ROOM].page("trouble.html", status, title=title, text=text)


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


async def _harden(_: web.Request, response: web.StreamResponse) -> None:
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)


async def _send_followers_away(app: web.Application) -> None:
    app[ROOM].live.close()
