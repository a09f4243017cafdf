"""Text for the dialplan: one short line that is nothing but text there."""

from __future__ import annotations

import re
from typing import Final

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]+")
# Evaluated where the text is read by $[…] or EVAL(), and by EXEC of AGI with AGIEXECFULL set.
# A run of dollars is looked at from its first one alone: from each it would be read to its end. A
# plain first character is found without the machinery of a pattern.
_MEANT_AS_CODE: Final = re.compile(r"\$(?<!\$\$)\$*(?=[{\[])")


def plain(value: str, longest: int) -> str:
    """`value` without line breaks and without what the dialplan would evaluate, at most `longest`
    characters of it."""
    line = _CONTROL.sub(" ", value.encode("utf-8", "replace").decode()).strip()
    return _MEANT_AS_CODE.sub("", line)[:longest]
