"""Commands to Asterisk as lines of text: whatever is in a value stays in that value.

Two readers take a command apart: AGI splits the line into words (res_agi.c, parse_args), then MSet
splits its argument at commas outside brackets and quotes (pbx_variables.c). A backslash takes the
meaning of the next character away in both. Seen on Asterisk 16.28 and 22.10.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from bridge.domain.lines import plain

# AGI reads a line into 2048 bytes and takes the rest for the next command.
LONGEST: Final = 2000
_LONGEST_VALUE: Final = 96  # characters
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]+")
_ARGUMENT: Final = str.maketrans({char: f"\\{char}" for char in '\\",()[]'})
_WORD: Final = str.maketrans({char: f"\\{char}" for char in '\\"'})


class TooLong(ValueError):
    """Ours: Asterisk would take the end of this line for another command."""


def clean(value: str) -> str:
    """`value` as one short line of text that is nothing but text to the dialplan."""
    return plain(value, _LONGEST_VALUE)


def assign(variables: Mapping[str, str], longest: int = _LONGEST_VALUE) -> str:
    """One command that sets them all, of each at most `longest` characters. Raises TooLong."""
    pairs = ",".join([f"{name}={_kept_whole(value, longest)}" for name, value in variables.items()])
    return _short(f'EXEC MSet "{pairs}"')


def line(*words: str) -> str:
    """A command of these words. Raises TooLong."""
    return _short(" ".join(_quoted(word) for word in words))


def _short(command: str) -> str:
    if len(command.encode()) > LONGEST:
        raise TooLong(f"an AGI command of {len(command)} characters: ask for less at once")
    return command


@lru_cache(maxsize=4096)
def _kept_whole(value: str, longest: int) -> str:
    """A value as both readers leave it: first for MSet, then for AGI."""
    return plain(value, longest).translate(_ARGUMENT).translate(_WORD)


def _quoted(word: str) -> str:
    if word.isalnum() and word.isascii():
        return word
    return f'"{_CONTROL.sub(" ", word).translate(_WORD)}"'
