"""What a text may not show to people and logs: whole phone numbers, and secrets."""

from __future__ import annotations

import re
from typing import Final

from bridge.domain.numbers import masked

# What people write between digits; hyphens and spaces that do not break are among it.
_BETWEEN: Final = r"[ ()\-\u00a0\u202f\u2010-\u2013]"
# Seven to fifteen digits, alone or grouped as people group them. A date, a part of a word or of a
# decimal (a uniqueid is one) is no phone number; %2B is the plus of one in an address. Between
# underscores, as in names of files, only what is as long as most numbers: a date may stand there.
# How each begins is asked first, for most of a text begins none.
_PHONE: Final = re.compile(
    r"(?=[+(\d])(?:(?:(?<=%[\dA-Fa-f]{2})|(?<![\w.]))(?!\d{4}-\d\d-\d\d(?!\d))"
    rf"\+?\(?\d(?:{_BETWEEN}{{0,3}}\d){{6,14}}(?!\w|\.\d)"
    r"|(?<=_)\+?\d{10,12}(?=_|\b))"
)
_SEPARATOR: Final = re.compile(_BETWEEN)
# What goes before a secret in a text: a header, a query, a user in an address, a webhook's path;
# our own signed links and cookies.
# A port behind the colon of an address is none.
_SECRET: Final = re.compile(
    r"""((?:secret|password|passwd|token|api_?key|auth|authorization)["']?\s*[:=]\s*["']?"""
    r"""(?:(?:bearer|basic)\s+)?|://[^\s/:@]*:(?!\d{1,5}(?:[^\w@]|$))|/rest/\d+/"""
    r"""|(?:\bsign|_session)=)[^\s"'&,;/@]+""",
    re.IGNORECASE,
)
_BEFORE_SECRETS: Final = frozenset(":=/")  # one of these stands before every secret in a text
HIDDEN: Final = "***"


def without_numbers(text: str) -> str:
    """`text` with every phone number as `+7916***4567`."""
    return _PHONE.sub(lambda found: masked(_SEPARATOR.sub("", found[0])), text)


def without_secrets(text: str) -> str:
    """`text` with passwords, tokens and webhook keys as `***`."""
    if _BEFORE_SECRETS.isdisjoint(text):
        return text
    return _SECRET.sub(lambda found: found[1] + HIDDEN, text)


def plain(text: str) -> str:
    """`text` as everybody may read it: without either. Again it is the same."""
    return without_numbers(without_secrets(text))
