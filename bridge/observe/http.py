"""`/livez`, `/readyz` and `/metrics`, for whoever watches the daemon."""

from __future__ import annotations

from collections.abc import Sequence

from aiohttp import web
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from bridge.observe.health import Health


def routes(health: Health, registry: CollectorRegistry) -> Sequence[web.AbstractRouteDef]:
    """Answers that read memory only: they come even when the PBX, the CRM or the disk is away."""

    async def livez(request: web.Request) -> web.Response:
        # That this answer comes at all is the proof: it is made by the one event loop.
        return web.json_response({"alive": True})

    async def readyz(request: web.Request) -> web.Response:
        return web.json_response(health.as_json(), status=200 if health.ready else 503)

    async def metrics(request: web.Request) -> web.Response:
        return web.Response(
            body=generate_latest(registry), headers={"Content-Type": CONTENT_TYPE_LATEST}
        )

    return [
        web.get("/livez", livez),
        web.get("/readyz", readyz),
        web.get("/metrics", metrics),
    ]
