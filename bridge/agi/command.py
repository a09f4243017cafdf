"""Commands to Asterisk as lines of text: whatever is in a value stays in that value.

Two readers take a command apart: AGI splits the line into words (res_agi.c, parse_args), then MSet
splits its argument at commas outside brackets and quotes (pbx_variables.c). A backslash takes the
meaning of the next character away in both. Seen on Asterisk 16.28 and 22.10.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Final

import structlog

from bridge.domain.counters import Counters, NoCounters
from bridge.domain.lines import plain

log = structlog.get_logger(__name__)

# AGI reads a line into 2048 bytes and takes the rest for the next command.
LONGEST: Final = 2000
_LONGEST_VALUE: Final = 96  # characters
# So many characters have room together whatever they are: one is 12 bytes at most.
_SURELY: Final = _LONGEST_VALUE
_MOST_PLAYED: Final = 900  # characters of one Playback()
# What Dial(), Playback() and Queue() take apart at "&": half a telephone's name is another's.
_LISTS: Final = ("BRIDGE_DIAL", "BRIDGE_DEPUTY", "BRIDGE_GROUP", "BRIDGE_SAY")
_NO_COUNTERS: Final = NoCounters()
_WIDEST: Final = 4  # bytes of one character in UTF-8
_FRAME: Final = len('EXEC MSet ""')
_PAIR: Final = len("=,")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]+")
_ARGUMENT: Final = str.maketrans({char: f"\\{char}" for char in '\\",()[]'})
_WORD: Final = str.maketrans({char: f"\\{char}" for char in '\\"'})


class TooLong(ValueError):
    """Ours: Asterisk would take the end of this line for another command."""


def assign(
    variables: Mapping[str, str],
    longest: int = _LONGEST_VALUE,
    counters: Counters = _NO_COUNTERS,
) -> str:
    """One command that sets them all, as `fitted` leaves them."""
    if _length(variables) > _SURELY:
        variables, longest = fitted(variables, _size, longest, counters), LONGEST
    pairs = [
        _pair(name, value, longest) if value else f"{name}=" for name, value in variables.items()
    ]
    return _short(f'EXEC MSet "{",".join(pairs)}"')


def fitted(
    variables: Mapping[str, str],
    size: Callable[[str], int],
    longest: int = _LONGEST_VALUE,
    counters: Counters = _NO_COUNTERS,
) -> dict[str, str]:
    """Each as one line of at most `longest` characters. Lists are as long as one command has room,
    by the `size` of a text there: what has none is left out whole. Where there is none for the
    others either they are cut shorter, all alike. Both are counted, and the log says so."""
    if _length(variables) <= _SURELY:
        return {name: plain(text, longest) for name, text in variables.items()}
    lists = [name for name in _LISTS if name in variables]
    room = LONGEST - _FRAME - sum(len(name) + _PAIR for name in variables)
    others = {name: text for name, text in variables.items() if name not in lists}
    fit, left = _cut(others, size, longest, room, counters)
    for name in lists:
        fit[name] = _whole(name, plain(variables[name], len(variables[name])), size, left, counters)
        left -= size(fit[name])
    return {name: fit[name] for name in variables}


def _length(variables: Mapping[str, str]) -> int:
    return sum(map(len, variables.values()))


def _cut(
    texts: Mapping[str, str],
    size: Callable[[str], int],
    longest: int,
    room: int,
    counters: Counters,
) -> tuple[dict[str, str], int]:
    """Texts that have room together, and what is left of it."""
    most = longest * 2
    left = -1
    while left < 0 and most:
        most //= 2
        fit = {name: plain(text, most) for name, text in texts.items()}
        left = room - sum([size(text) for text in fit.values()])
    if most < longest:
        counters.count("agi_left_out", kind="texts")
        log.warning("agi.cut", characters=most, act="shorter names in the CRM, shorter values")
    return fit, left


def _whole(
    name: str, joined: str, size: Callable[[str], int], room: int, counters: Counters
) -> str:
    """The first of these that have room together."""
    each = joined.split("&")
    most = len(each)
    while most and size("&".join(each[:most])) > room:
        most -= 1
    if most < len(each):
        counters.count("agi_left_out", kind=name)
        act = "name fewer at once: a smaller skill or group, shorter names"
        log.warning("agi.left_out", variable=name, kept=most, left_out=len(each) - most, act=act)
    return "&".join(each[:most])


def line(*words: str) -> str:
    """A command of these words. Raises TooLong."""
    return _short(" ".join(_quoted(word) for word in words))


def played(sounds: Iterable[str]) -> Iterator[str]:
    """Commands that play these files in their order, as many in each as it has room for."""
    together: list[str] = []
    for sound in sounds:
        if together and len("&".join((*together, sound))) > _MOST_PLAYED:
            yield line("EXEC", "Playback", "&".join(together))
            together = []
        together.append(sound)
    if together:
        yield line("EXEC", "Playback", "&".join(together))


def _short(command: str) -> str:
    if len(command) > LONGEST // _WIDEST and len(command.encode()) > LONGEST:
        raise TooLong(f"an AGI command of {len(command)} characters: ask for less at once")
    return command


@lru_cache(maxsize=4096)
def _pair(name: str, value: str, longest: int) -> str:
    """Nearly all are the same again and again: statuses, extensions, nothing at all."""
    return f"{name}={_kept_whole(plain(value, longest))}"


def _kept_whole(text: str) -> str:
    """A value as both readers leave it: first for MSet, then for AGI."""
    return text.translate(_ARGUMENT).translate(_WORD)


def _size(text: str) -> int:
    return len(_kept_whole(text).encode())


def _quoted(word: str) -> str:
    if word.isalnum() and word.isascii():
        return word
    return f'"{_CONTROL.sub(" ", word).translate(_WORD)}"'
