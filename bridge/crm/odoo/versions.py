"""What differs between versions of Odoo, beyond what `fields_get` tells by itself.

Source: Odoo's own code. 14 is tested against a real server (tests/lab/odoo.py); the rows of newer
versions are as documented, and tried on it behind a gate (tests/crm/odoo/newer.py). What
`fields_get` can tell is asked there: `mobile` is gone in 19, `phone_sanitized` is there with the
module phone_validation, stages have `team_id` or `team_ids`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from bridge.crm.trouble import Trouble
from bridge.domain.commands import Verdict

OLDEST: Final = 14
LAST_WITH_JSONRPC: Final = 21  # announced: removed in 22


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """`channel`: the model of channels of Discuss. `lists_channels`: a message names its channels
    itself. `plain_notices`: the text of a notice is plain, and escaped by the server."""

    channel: str
    lists_channels: bool
    plain_notices: bool


# From this version on.
_TABLE: Final = {
    17: Version(channel="discuss.channel", lists_channels=False, plain_notices=True),
    16: Version(channel="mail.channel", lists_channels=False, plain_notices=True),
    15: Version(channel="mail.channel", lists_channels=False, plain_notices=False),
    14: Version(channel="mail.channel", lists_channels=True, plain_notices=False),
}


def version(major: int) -> Version:
    """That of `major`; an older one than the oldest is taken as the oldest."""
    return next((row for since, row in _TABLE.items() if major >= since), _TABLE[OLDEST])


def major(told: Any) -> int:
    """17 of `[17, 0, 0, "final", 0, ""]` and of Odoo Online's `["saas~17", 4, 0, …]`.

    Raises Trouble for what is no answer of Odoo.
    """
    info = told.get("server_version_info") if isinstance(told, dict) else None
    found = re.search(r"[0-9]{1,4}", str(info[0])) if isinstance(info, list) and info else None
    if found is None:
        raise Trouble(Verdict.TRY_LATER, "version: this is no answer of Odoo; see `url`")
    return int(found[0])
