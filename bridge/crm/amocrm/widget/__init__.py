"""The widget that an account of amoCRM runs in the browser of its users: packed for uploading."""

from __future__ import annotations

import json
import struct
import zlib
from importlib.resources import files
from io import BytesIO
from typing import Final
from zipfile import ZIP_DEFLATED, ZipFile

_FILES: Final = ("script.js", "i18n/en.json", "i18n/ru.json")
# The pictures that the account wants of a widget, in pixels.
_PICTURES: Final = {
    "logo.png": (130, 100),
    "logo_main.png": (400, 272),
    "logo_small.png": (108, 108),
    "logo_medium.png": (240, 84),
    "logo_min.png": (84, 84),
}
_GROUND: Final = bytes((0xF6, 0x87, 0x1F))
_DISC: Final = bytes((0xFF, 0xFF, 0xFF))


def packed(support: str) -> bytes:
    """A zip as the account takes it; `support` is the e-mail that it shows."""
    folder = files("bridge.crm.amocrm") / "widget"
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    manifest["widget"]["support"] = {"link": "", "email": support}
    made = BytesIO()
    with ZipFile(made, "w", ZIP_DEFLATED) as archive:
        archive.writestr("manifest.json", json.dumps(manifest, ensure_ascii=False, indent=2))
        for name in _FILES:
            archive.writestr(name, (folder / name).read_bytes())
        for name, (width, height) in _PICTURES.items():
            archive.writestr(f"images/{name}", _picture(width, height))
    return made.getvalue()


def _picture(width: int, height: int) -> bytes:
    """A PNG: a disc on a coloured ground."""
    radius = min(width, height) // 3
    rows = b"".join(
        b"\x00" + b"".join(_pixel(x - width // 2, y - height // 2, radius) for x in range(width))
        for y in range(height)
    )
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_part(name, data) for name, data in parts)


def _pixel(x: int, y: int, radius: int) -> bytes:
    return _DISC if x * x + y * y <= radius * radius else _GROUND


def _part(name: bytes, data: bytes) -> bytes:
    checked = name + data
    return struct.pack(">I", len(data)) + checked + struct.pack(">I", zlib.crc32(checked))
