"""What a connection asks: the headers of the handshake, and the address in them, as a question."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final
from urllib.parse import parse_qsl, unquote_plus

from bridge.domain.fact import fact
from bridge.domain.routes import Asked

_NOTHING: Final = frozenset({"", "unknown"})
_MOST_WORDS: Final = 32
SCRIPT: Final = "script"
# Those of the two dozen that say anything to us. What begins with a text is found twice as quickly
# as what begins with ^.
_HEADERS: Final = re.compile(
    r"\nagi_(network_script|callerid|dnid|extension|uniqueid|channel): ([^\r\n]*)"
)


@fact(frozen=True, slots=True)
class Question:
    """`path` is the part of agi://host/PATH?query that says what is wanted. In script/NAME the name
    is the word `script` of what is asked."""

    path: str
    asked: Asked


def question(handshake: bytes) -> Question:
    """The question in a handshake. Never raises: what makes no sense is not there, and bytes that
    are no UTF-8 (a caller's name in another encoding) are kept as U+FFFD."""
    said = dict(_HEADERS.findall("\n" + handshake.decode("utf-8", "replace")))
    path, _, query = said.get("network_script", "").partition("?")
    path, words = path.strip("/"), _words(query)
    if path.startswith(f"{SCRIPT}/"):
        path, _, name = path.partition("/")
        words = {**words, SCRIPT: unquote_plus(name)}
    asked = Asked(
        number=words.get("number") or _known(said.get("callerid")),
        did=words.get("did") or _known(said.get("dnid")) or _known(said.get("extension")),
        uniqueid=said.get("uniqueid", ""),
        channel=said.get("channel", ""),
        words=words,
    )
    return Question(path, asked)


@lru_cache(maxsize=1024)
def _words(query: str) -> Mapping[str, str]:
    try:
        return dict(parse_qsl(query, errors="replace", max_num_fields=_MOST_WORDS))
    except ValueError:  # more fields than anyone means
        return {}


def _known(value: str | None) -> str | None:
    return None if value is None or value.casefold() in _NOTHING else value
