"""What in a text that people wrote tells who somebody is, or opens a door: found by its shape.

The dialplan's author may write anything anywhere, so this is as much as shapes can tell: addresses,
what is set as a name or stands under one, words that begin with capitals; and of what lets in,
addresses of the web behind their host, and whatever stands under `token`, `password` and the like.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import groupby
from typing import Final

HIDDEN: Final = "***"

_DOOR: Final = r"(?:token|secret|passw(?:or)?d|passphrase|pwd|api_?key|authorization|auth)"
_UNDER_A_DOOR: Final = re.compile(
    rf"""(?i)(?P<before>{_DOOR}["']?\s*[=:]\s*["']?(?:(?:bearer|basic)\s+)?)[^\s"'&,;)]+"""
)
_DOOR_NAME: Final = re.compile(rf"(?i){_DOOR}|pass$")
_LOGIN: Final = re.compile(r"(?P<before>(?<!\S)(?:-u|--user)[ =]?)\S+:\S+")
_WEB: Final = re.compile(
    r"""(?i)(?P<before>\b(?:https?|wss?|ftp)://)(?:[^\s/@"'<>]*@)?"""
    r"""(?P<host>[^\s/?#"'<>,;)]+)(?P<rest>[/?#][^\s"'<>]*)?"""
)

# What is a name of a thing: a file, a queue, a module. (A look behind has one width.)
_THINGS: Final = (
    "file host chan channel peer queue context module system server user table app sound"
)
_A_NAME: Final = "".join(f"(?<!{thing})(?<!{thing}_)" for thing in _THINGS.split()) + "name"
NAME_VARIABLE: Final = re.compile(rf"(?i){_A_NAME}|cnam|(?<![a-z])fio(?![a-z])|фио")
_MAIL: Final = re.compile(
    r"(?i)(?<![\w/.+-])(?P<who>(?=[\d_.+-]*[^\W\d_])[\w.+-]++@(?:[\w-]+\.)+[^\W\d_]{2,})"
)
_QUOTED: Final = re.compile(r'"(?P<who>[^"<>]+)"(?= ?<)')
_SET: Final = re.compile(
    r"(?i)(?:callerid|connectedline|redirecting)\((?:[\w-]*name[^)]*\)=(?P<who>[^,<>]+)"
    r"|all\)=\"?(?P<all>[^,\"<>]{1,200}?)\"? *<)"
)
_KEYED: Final = re.compile(
    rf"(?i)(?:{_A_NAME}|cnam|(?<![a-z])fio|фио)[\"']?\s*[=:]\s*[\"']?(?P<who>[^\s\"'&,;(){{}}<>/=:]"
    r"[^\"'&,;(){}<>/=:]*[^\s\"'&,;(){}<>/=:])"
)
_WORD: Final = r"[^\W\d_][\w'’-]{0,60}"
_WORDS: Final = re.compile(f"{_WORD}(?: {_WORD})+")

# A number as people lay it out; hyphens and spaces may be such that do not break.
_LAID_OUT: Final = (
    r"\+\d{1,4}(?:[ ().-]{1,2}\d{1,5}){2,5}(?!\d)"
    r"|(?<!\d)\d{1,3}[ (-]{1,2}\d{3}[ )-]{1,2}\d{3}[ -]?\d{2}[ -]?\d{2}(?!\d)"
    r"|\(\d{2,5}\)[ -]?\d{2,7}(?:[ -]\d{2,4}){0,3}(?!\d)"
    r"|(?<![\d.-])(?:\d{1,2}[ .-])?\d{3,4}[ .-]\d{3}[ .-]\d{2}[ .-]?\d{2}(?![\d.-]*\d)"
    r"|(?<![\d.-])\d{3}[ -]\d{2}[ -]\d{2}(?![\d.-]*\d)"
    r"|(?<![\d.-])[78][ -]\d{3}(?:[ -]?\d){7}(?![\d.-]*\d)"  # of Russia, in odd groups
    r"|(?<![\w.:/-])0\d{1,4}[ /-]\d{5,8}(?![\d.:-])"  # behind the zero of long distance
    r"|(?<![\w.:/-])0\d{1,4}(?:[ ]\d{2,4}){2,4}(?![\d.:-])"
)
_UNBROKEN: Final = str.maketrans({" ": " \u00a0\u202f", "-": "\u2010\u2011\u2012\u2013-"})
# What looks like a number and is none comes first, so that it is passed over as a whole.
NUMBER: Final = re.compile(
    r"(?P<keep>"
    r"(?<!\w)Person \d{1,6}(?!\w)"  # a label of ours
    r"|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"  # a bridge's id
    r"|(?<!\d)1[5-9]\d{8}\.\d{1,9}(?!\d)"  # a channel's id, a time
    r"|(?<!\d)(?:19|20)\d{6}-\d{4,6}(?!\d)"  # a date in a file name
    r"|(?<=[^\s/])-0[0-9a-f]{7}(?![0-9A-Za-z])"  # the end of a channel's name
    r"|(?<![\d.])(?:(?:1?\d?\d|2[0-4]\d|25[0-5])\.){3}\d{1,3}(?![\d.])"  # an address
    r"|(?<![\d.])\d{1,6}\.\d{1,6}(?![\d.]))"  # a fraction
    rf"|(?P<laid_out>{_LAID_OUT.translate(_UNBROKEN)})"
    r"|(?P<run>\+?\d{7,})"
)


def opens_a_door(name: str) -> bool:
    """Whether a variable or header of this name holds a secret."""
    return _DOOR_NAME.search(name) is not None


def without_secrets(text: str) -> str:
    text = _WEB.sub(
        lambda web: web["before"] + web["host"] + (f"/{HIDDEN}" if web["rest"] else ""), text
    )
    text = _UNDER_A_DOOR.sub(lambda door: door["before"] + HIDDEN, text)
    return _LOGIN.sub(lambda login: login["before"] + HIDDEN, text)


def renamed(text: str, name: Callable[[str], str], *, free: bool = False) -> str:
    """With each name that its shape tells replaced by `name`. `free`: the text is of no set form,
    so words that begin with capitals are a name, too."""
    for shape in (_MAIL, _QUOTED, _SET, _KEYED):
        text = shape.sub(lambda found: _inside(found, name), text)
    return _WORDS.sub(lambda words: _capitals(words[0], name), text) if free else text


def _inside(found: re.Match[str], name: Callable[[str], str]) -> str:
    group = "who" if found["who"] else "all"
    begin, end = (at - found.start() for at in found.span(group))
    return found[0][:begin] + name(found[group]) + found[0][end:]


def _capitals(words: str, name: Callable[[str], str]) -> str:
    """Two and more words in a row that begin with a capital are a name."""
    rows = (list(row) for _, row in groupby(words.split(" "), _has_capital))
    return " ".join(
        name(" ".join(row)) if len(row) > 1 and _has_capital(row[0]) else " ".join(row)
        for row in rows
    )


def _has_capital(word: str) -> bool:
    return word[0].isupper() and not word.isupper()
