"""What a caller is asked and told while he is not talking: sounds, and one key for a rating."""

from __future__ import annotations

import re
from typing import Final

RATINGS: Final = frozenset("12345")
SOUND: Final = re.compile(r"(?!.*\.\.)[\w./-]{1,80}", re.ASCII)
"""A sound of Asterisk, by its name without an ending; nothing that leads out of its folder."""
LONGEST_SOUND: Final = 60.0  # seconds
KEY_SECONDS: Final = 5.0  # to press a key once the prompt is over
