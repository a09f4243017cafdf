"""Replace phone numbers and names in AMI messages, one to one, so that a capture can be shown.

Pure: no file, no clock. The same number gets the same replacement in every form and place (+7…,
8…, 7…, inside channel names, variables, SIP URIs, file names), a valid number of the same country
if it was one; a name or an address of e-mail becomes `Person 1`, and secrets go. What makes the
calls understandable stays: extensions of up to six digits, unique ids, times, channels, queues.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Final

import phonenumbers

from bridge.ami.names import Names
from bridge.ami.telling import HIDDEN, NAME_VARIABLE, NUMBER, opens_a_door, renamed, without_secrets
from bridge.domain.numbers import WITHHELD, e164

_NAME_HEADER: Final = re.compile(
    r"(?i)(?:CallerID|ConnectedLine)Name|^(?:Member|Caller|Client|Customer|Contact|Person|Full|First"
    r"|Middle|Last|Sur|Display)?_?Name$|^FIO$"
)
# Headers that hold words of Asterisk's own, channels or extensions: no names are looked for.
_PLAIN_HEADER: Final = re.compile(
    r"(?i)Unique_?id$|Linked_?id$|^(?:ActionID|Event|Response|Privilege|Variable|Application|EventName"
    r"|.*Context|.*State(?:Desc)?|.*Status|Result|Direction|DestType|Cause-txt"
    r"|Bridge(?:Type|Technology|Creator)"
    r"|.*Channel|.*Interface|.*Exten|Location|Queue|DialString|Device|Endpoint)$"
)
# Where the dialplan's author writes what he likes.
_FREE: Final = re.compile(
    r"(?im)^(?:Event: *UserEvent|Variable: *(?!BRIDGE_).*"
    r"|Application: *(?:NoOp|Verbose|Log|SendText|(?:Try)?System|UserEvent))\r?$"
)
_FREE_HEADER: Final = re.compile(r"(?i)^(?:UserField|(?:Dest|Peer)?AccountCode)$")
_BANNER: Final = "Asterisk Call Manager/"
_UNTOUCHED: Final = re.compile(r"^(?:Timestamp|LoginTime|LastCall|LastPause)$")
_NO_NAME: Final = re.compile(
    r"[\d+*#().\s-]+"
    r"|(?i:PJSIP|SIP|Local|Agent|DAHDI|IAX2|SCCP|Custom|hint)[/:]\S*|\S+/\S*-[0-9a-f]{8}(?:;[12])?"
)
_NO_NAME_IN_A_VARIABLE: Final = re.compile(r"\S*/\S*")  # a channel, a dial string, a path
_FEWEST_DIGITS: Final = 7  # fewer are an extension
_RESERVED: Final = WITHHELD | {"pjsip", "sip", "local", "iax2", "dahdi", "<unknown>"}
_REPLACED_DIGITS: Final = 7  # the last ones; the country and, of a long number, the area stay
_ATTEMPTS: Final = 10_000  # then a number of the right length must do
_MOST_LINES: Final = 10_000  # remembered: some megabytes
_LONGEST_LINE: Final = 8192  # characters; looking through more would take long


class Mask:
    """Remembers what it replaced by what. `key` decides the replacements: with the same key
    several captures are masked alike; keep it as secret as the numbers."""

    def __init__(self, key: bytes, region: str = "RU") -> None:
        self._key = key
        self._region = region
        self._numbers: dict[str, str] = {}
        self._taken: set[str] = set()
        self._names = Names()
        self._masked: dict[tuple[str, str, str, bool], str] = {}

    def message(self, text: str) -> str:
        """One AMI message (or any lines), masked; line ends stay as they are."""
        found = re.search(r"(?im)^Variable: *(.*?)\r?$", text)
        variable, free = found[1] if found else "", _FREE.search(text) is not None
        header, masked = "", []
        for line in text.split("\n"):
            header = line.partition(":")[0] if ":" in line else header
            masked.append(self._once(header, line, variable, free))
        return "\n".join(masked)

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
        if not text or text.casefold() in _RESERVED:
            return text
        if _NO_NAME.fullmatch(text):
            is_number = not NUMBER.search(text) and len(re.sub(r"\D", "", text)) >= _FEWEST_DIGITS
            return self.number(text) if is_number else self._digits_masked(text)
        if text not in self._names:
            self._masked.clear()
        return self._names.label(text)

    def _once(self, header: str, line: str, variable: str, free: bool) -> str:
        """Most lines of a stream are the same again and again: each is masked once, as long as no
        name comes up that could stand in it."""
        key = (header, line, variable if header == "Value" else "", free)
        if (masked := self._masked.get(key)) is None:
            masked = self._line(header, line, variable, free)
            if len(self._masked) >= _MOST_LINES:
                self._masked.clear()
            self._masked[key] = masked
        return masked

    def _line(self, header: str, line: str, variable: str, free: bool) -> str:
        """A line without a colon goes on with the value of the header before it."""
        if len(line) > _LONGEST_LINE:
            return HIDDEN + "\r" * line.endswith("\r")
        begin, colon, rest = line.partition(":") if ":" in line else ("", "", line)
        value = rest.strip(" \r")
        if (colon and _UNTOUCHED.match(header)) or line.startswith(_BANNER):
            return line
        if not value or (colon and _PLAIN_HEADER.search(header)):
            return self._digits_masked(line)
        masked = self._value(header, value, variable, free)
        return self._digits_masked(begin) + colon + rest.replace(value, masked, 1)

    def _value(self, header: str, value: str, variable: str, free: bool) -> str:
        called = variable if header == "Value" else header
        if opens_a_door(called):
            return HIDDEN
        named = header == "Value" and NAME_VARIABLE.search(variable) is not None
        if _NAME_HEADER.search(header) or (named and not _NO_NAME_IN_A_VARIABLE.fullmatch(value)):
            return self.name(value)
        return self._free_text(value, free or _FREE_HEADER.search(header) is not None)

    def _free_text(self, text: str, free: bool) -> str:
        text = renamed(without_secrets(text), self.name, free=free)
        return self._digits_masked(self._names.replaced(text))

    def _digits_masked(self, text: str) -> str:
        return NUMBER.sub(lambda found: found[0] if found["keep"] else self.number(found[0]), text)

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
