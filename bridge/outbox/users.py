"""Who is whom: extensions to the CRM's users, from the CRM and from the configuration."""

from __future__ import annotations

from collections.abc import Mapping

import structlog

from bridge.domain.ports import Crm, CrmNeedsLogin, CrmRefused, CrmUnavailable

log = structlog.get_logger(__name__)


async def users_of(crm: Crm, said: Mapping[str, str], before: Mapping[str, str]) -> dict[str, str]:
    """Extension to user: what the CRM's users say themselves, and over it what the configuration
    says. When the CRM does not answer, what was known `before` stands."""
    try:
        users = await crm.users()
    except (CrmUnavailable, CrmNeedsLogin, CrmRefused) as error:
        log.warning("users.not_read", crm=crm.name, error=str(error))
        return {**before, **said}
    own = {ext: user.id for user in users if user.active for ext in user.extensions}
    return {**own, **said}
