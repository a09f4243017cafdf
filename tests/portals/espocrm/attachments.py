"""Files: each belongs to a field of an entity that takes files, and is sent as a data URL."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from tests.portals.espocrm.records import Invalid
from tests.portals.espocrm.rights import Forbidden, Role

# entity → its fields, of which these kinds take files
_FIELDS: Final[Mapping[str, Mapping[str, str]]] = {
    "Note": {"attachments": "attachmentMultiple", "post": "text"},
    "Document": {"file": "file", "name": "varchar"},
    "Call": {"name": "varchar", "description": "text"},
}
_TAKE_FILES: Final = ("file", "image", "attachmentMultiple")
_ROLES: Final = ("Attachment", "Inline Attachment")
_OFFICE: Final = re.compile(r"application/|text/|image/")  # what Document.file accepts, roughly
_DATA: Final = re.compile(r"data:[\w.+-]+/[\w.+-]+;base64,[A-Za-z0-9+/]+={0,2}")


def check(given: Mapping[str, Any], role: Role, largest: int) -> None:
    """`largest`: attachmentUploadMaxSize, in bytes. Raises Forbidden and Invalid."""
    if given.get("role", "Attachment") not in _ROLES:
        raise Forbidden("Role not allowed.")
    entity, field = given.get("parentType") or given.get("relatedType"), given.get("field")
    if not entity:
        raise Forbidden
    kind = _FIELDS.get(entity, {}).get(str(field))
    if kind is None:
        raise Forbidden(f"Field '{field}' does not exist.")
    if kind not in _TAKE_FILES:
        raise Forbidden(f"Field type '{kind}' is not allowed for Attachment.")
    role.may("create", entity)
    if int(given.get("size") or 0) > largest:
        raise Forbidden("Attachment size exceeds `attachmentUploadMaxSize`.")
    if entity == "Document" and not _OFFICE.match(str(given.get("type"))):
        raise Forbidden("Not allowed file type.")
    if not _DATA.fullmatch(str(given.get("file"))):
        raise Invalid("file", "valid")
