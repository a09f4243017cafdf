"""Replace phone numbers and names in AMI messages, one to one, so that a capture can be shown.

Pure: no file, no clock. The same number gets the same replacement in every form and place (+7…,
8…, 7…, inside channel names, variables, SIP URIs, file names), a valid number of the same country
if it was one; a name becomes `Person 1`. What makes the calls understandable stays: extensions of
up to six digits, unique ids, times, and everything that is neither a number nor a name.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Final

import phonenumbers

from bridge.domain.numbers import WITHHELD, e164

_NAME_HEADER: Final = re.compile(r"(?i)(?:CallerID|ConnectedLine)Name|^MemberName$|^CallerName$")
_NAME_VARIABLE: Final = re.compile(r"(?i)(?<!file)(?<!host)(?<!chan)name|cnam")
# Headers that hold words of Asterisk's own or of the dialplan's author: no names are looked for.
_PLAIN_HEADER: Final = re.compile(
    r"(?i)Unique_?id$|Linked_?id$|^(?:Event|Response|Privilege|Variable|Application|EventName"
    r"|.*Context|.*State(?:Desc)?|.*Status|Result|Direction|DestType|Cause-txt"
    r"|Bridge(?:Type|Technology|Creator))$"
)
_UNTOUCHED: Final = re.compile(r"^(?:Timestamp|ActionID|LoginTime|LastCall|LastPause)$")
_NO_NAME: Final = re.compile(r"[\d+*#() -]+|\S+/\S*-[0-9a-f]{8}(?:;[12])?")
_NO_NAME_IN_A_VARIABLE: Final = re.compile(r"\S*/\S*")  # a channel, a dial string, a path
_QUOTED_NAME: Final = re.compile(r'"([^"<>]+)"(?= ?<)')
# What looks like a number and is none comes first, so that it is passed over as a whole.
_TOKEN: Final = re.compile(
    r"(?P<keep>"
    r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"  # a bridge's id
    r"|(?<!\d)1[5-9]\d{8}\.\d{1,9}(?!\d)"  # a channel's id, a time
    r"|(?<!\d)(?:19|20)\d{6}-\d{4,6}(?!\d)"  # a date in a file name
    r"|(?<=[^\s/])-0[0-9a-f]{7}(?![0-9A-Za-z])"  # the end of a channel's name
    r"|(?<!\d)\d{1,6}\.\d{1,6}(?!\d))"  # a fraction, part of an address
    r"|(?P<laid_out>(?<!\d)\+?\d{1,3}[ (-]{1,2}\d{3}[ )-]{1,2}\d{3}[ -]?\d{2}[ -]?\d{2}(?!\d))"
    r"|(?P<run>\+?\d{7,})"
)
_RESERVED: Final = WITHHELD | {"pjsip", "sip", "local", "iax2", "dahdi", "<unknown>"}
_REPLACED_DIGITS: Final = 7  # the last ones; the country and, of a long number, the area stay
_ATTEMPTS: Final = 10_000  # then a number of the right length must do
_SHORTEST_NAME: Final = 3  # a shorter word is replaced where it is a name, not wherever it stands


class Mask:
    """Remembers what it replaced by what. `key` decides the replacements: with the same key
    several captures are masked alike; keep it as secret as the numbers."""

    def __init__(self, key: bytes, region: str = "RU") -> None:
        self._key = key
        self._region = region
        self._numbers: dict[str, str] = {}
        self._taken: set[str] = set()
        self._names: dict[str, str] = {}
        self._known: re.Pattern[str] | None = None

    def message(self, text: str) -> str:
        """One AMI message (or any lines), masked; line ends stay as they are."""
        variable = re.search(r"(?im)^Variable: *(.*?)\r?$", text)
        named = variable is not None and _NAME_VARIABLE.search(variable[1]) is not None
        lines = [self._line(line, named) for line in text.split("\n")]
        return "\n".join(lines)

    def number(self, text: str) -> str:
        """The replacement of one number, in the form it is written in."""
        digits = re.sub(r"\D", "", text)
        plus = "+" if text.startswith("+") else ""
        whole = e164(plus + digits, self._region)
        national = _national(whole) if whole else ""
        if not whole or not digits.endswith(national):
            return _laid_out(text, self._replaced(digits, self._is_no_number, digits[:1]))
        count = min(_REPLACED_DIGITS, len(national) - 1)
        fits = _is_valid if _is_valid(whole) else _is_possible
        other = self._replaced(whole, fits, whole[:-count])
        return _laid_out(text, digits[:-count] + other[-count:])

    def name(self, text: str) -> str:
        """The label of one name; what names nobody, and a number in a name's place, as it is."""
        if not text or text.casefold() in _RESERVED or _NO_NAME.fullmatch(text):
            return self._free_text(text)
        if text not in self._names:
            self._names[text] = f"Person {len(self._names) + 1}"
            self._known = None
        return self._names[text]

    def _line(self, line: str, named: bool) -> str:
        header, colon, rest = line.partition(":")
        value = rest.strip(" \r")
        if not colon or not value or _PLAIN_HEADER.search(header):
            return self._digits_masked(line)
        if _UNTOUCHED.match(header):
            return line
        is_name = _NAME_HEADER.search(header) or (
            named and header == "Value" and not _NO_NAME_IN_A_VARIABLE.fullmatch(value)
        )
        masked = self.name(value) if is_name else self._free_text(value)
        return self._digits_masked(header) + colon + rest.replace(value, masked, 1)

    def _free_text(self, text: str) -> str:
        text = _QUOTED_NAME.sub(lambda found: f'"{self.name(found[1])}"', text)
        if self._names:
            text = self._known_names().sub(lambda found: self._names[found[0]], text)
        return self._digits_masked(text)

    def _digits_masked(self, text: str) -> str:
        return _TOKEN.sub(lambda found: found[0] if found["keep"] else self.number(found[0]), text)

    def _known_names(self) -> re.Pattern[str]:
        """Every name met so far, the longest first; as whole words only."""
        if self._known is None:
            long = [name for name in self._names if len(name) >= _SHORTEST_NAME]
            words = "|".join(map(re.escape, sorted(long, key=len, reverse=True)))
            self._known = re.compile(rf"(?<!\w)(?:{words or '(?!)'})(?!\w)")
        return self._known

    def _replaced(self, original: str, fits: Callable[[str], bool], keep: str) -> str:
        """The one replacement of `original`: it begins with `keep`, fits, and is nobody else's."""
        attempt = 0
        while original not in self._numbers:
            other = keep + self._digits(f"{original}/{attempt}", len(original) - len(keep))
            digits = other.lstrip("+")
            free = digits not in self._taken and other != original
            if free and (fits(other) or attempt > _ATTEMPTS):
                self._taken.add(digits)
                self._numbers[original] = other
            attempt += 1
        return self._numbers[original]

    def _is_no_number(self, digits: str) -> bool:
        """What is no public number must not become one."""
        return e164(digits, self._region) is None

    def _digits(self, seed: str, count: int) -> str:
        digest = hmac.new(self._key, seed.encode(), hashlib.sha256).digest()
        return str(int.from_bytes(digest) % 10**count).zfill(count)


def _laid_out(text: str, digits: str) -> str:
    """These digits where the digits of `text` are, with its plus, blanks and brackets."""
    rest = iter(digits)
    return re.sub(r"\d", lambda _: next(rest), text)


@lru_cache(maxsize=65536)
def _national(whole: str) -> str:
    """An E.164 number without its country code."""
    return phonenumbers.national_significant_number(phonenumbers.parse(whole))


def _is_valid(whole: str) -> bool:
    return phonenumbers.is_valid_number(phonenumbers.parse(whole))


def _is_possible(whole: str) -> bool:
    return phonenumbers.is_possible_number(phonenumbers.parse(whole))
