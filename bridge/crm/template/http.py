"""A request to a CRM over HTTP: it ends in time, and a failure says whose turn it is.

`api.py` does not need it while it keeps everything in memory: make one `Http` there, and ask it.
"""

from __future__ import annotations

from typing import Any, Final

from aiohttp import ClientSession

from bridge.crm.sending import Sending, guarded
from bridge.crm.template.settings import TemplateSettings
from bridge.crm.trouble import Trouble, refused
from bridge.domain.commands import Verdict

# What these statuses mean; other 4xx are refusals. After 5xx a write may have been done.
_SAID: Final = {
    401: Verdict.NEEDS_LOGIN,
    403: Verdict.NEEDS_LOGIN,
    408: Verdict.TRY_LATER,
    429: Verdict.TRY_LATER,
    503: Verdict.TRY_LATER,
}


class Http:
    """One connection, opened by the first request."""

    def __init__(self, settings: TemplateSettings) -> None:
        self._settings = settings
        self._session: ClientSession | None = None

    async def ask(self, name: str, method: str, path: str, data: object = None) -> Any:
        """The JSON that the CRM answers, None for nothing found; `name` begins what a failure says.

        Raises Trouble.
        """
        sending = Sending(writes=method != "GET")

        async def send() -> Any:
            sending.sent = True
            url = f"{self._settings.url}{path}"
            async with self._open().request(method, url, json=data) as answer:
                if answer.status == 404 and method == "GET":
                    return None
                if answer.status >= 400:
                    raise _trouble(name, answer.status, sending)
                try:
                    return await answer.json(content_type=None)
                except ValueError:
                    raise sending.lost(f"{name}: the answer is no JSON") from None

        return await guarded(send, sending, name, self._settings.timeout)

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    def _open(self) -> ClientSession:
        if self._session is None:
            token = self._settings.token.get_secret_value()
            self._session = ClientSession(headers={"Authorization": f"Bearer {token}"})
        return self._session


def _trouble(name: str, status: int, sending: Sending) -> Trouble:
    told = f"{name}: HTTP {status}"
    if status in _SAID:
        return Trouble(_SAID[status], told)
    return sending.lost(told) if status >= 500 else refused(told)
