"""What a request of a description carries: parameters, and a body of the kind that it names."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from aiohttp import FormData

from bridge.crm.declarative.expressions import tree, value
from bridge.crm.declarative.requests import Request

Facts = Mapping[str, Any]


def pairs(query: Mapping[str, Any], facts: Facts) -> list[tuple[str, str]]:
    """A list is its parameter as often as it has items."""
    return [
        (name, _plain(item))
        for name, made in tree(query, facts).items()
        for item in (made if isinstance(made, list) else [made])
    ]


def _plain(item: Any) -> str:
    if isinstance(item, bool):
        return "true" if item else "false"
    return json.dumps(item, ensure_ascii=False) if isinstance(item, dict) else str(item)


@dataclass(frozen=True, slots=True)
class Body:
    """`data` as it is sent; or the file whole; or `fields` of a form that carries it."""

    content_type: str | None = None
    data: bytes | None = None
    file: bool = False
    fields: Mapping[str, Any] | None = None


def body_of(request: Request, facts: Facts) -> Body:
    if request.body is not None:
        content = json.dumps(tree(request.body, facts), ensure_ascii=False)
        return Body("application/json", content.encode("utf-8", "replace"))
    if request.form is not None:
        content = urlencode(pairs(request.form, facts))
        return Body("application/x-www-form-urlencoded", content.encode())
    if request.file is not None:
        return Body(str(facts["file"]["type"]), file=True)
    if request.multipart is not None:
        return Body(fields={name: value(at, facts) for name, at in request.multipart.items()})
    return Body()


async def carried(body: Body, upload: Path | None) -> bytes | FormData | None:
    """With the file read into it, anew for a request that is sent twice."""
    if body.file and upload:
        return await asyncio.to_thread(upload.read_bytes)
    if body.fields is not None:
        return await _multipart(body.fields, upload)
    return body.data


async def _multipart(fields: Mapping[str, Any], upload: Path | None) -> FormData:
    form = FormData()
    for name, item in fields.items():
        if isinstance(item, Mapping) and "type" in item and upload:
            raw = await asyncio.to_thread(upload.read_bytes)
            form.add_field(name, raw, filename=str(item["name"]), content_type=str(item["type"]))
        elif item is not None:
            form.add_field(name, _plain(item))
    return form
