"""Answers that say no, as amoCRM words them: `application/problem+json`."""

from __future__ import annotations

from typing import Any, Final

Row = dict[str, Any]

_TITLES: Final = {
    400: "Bad Request",
    401: "Unauthorized",
    402: "Payment Required",
    403: "Forbidden",
    404: "Not Found",
    422: "Unprocessable Entity",
    500: "Internal Server Error",
}


class Problem(Exception):
    """What is answered in place of a result. `body` None: the page of a web server stands there."""

    def __init__(
        self, status: int, body: Row | None, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(status)
        self.status = status
        self.body = body
        self.headers = headers or {}


def problem(status: int, detail: str = "", **more: Any) -> Problem:
    title = _TITLES[status]
    body = {"title": title, "type": f"https://httpstatus.es/{status}", "status": status}
    return Problem(status, {**more, **body, "detail": detail or title})


def page(status: int, **headers: str) -> Problem:
    """An answer that is no JSON."""
    return Problem(status, None, {name.replace("_", "-"): value for name, value in headers.items()})


def oauth(status: int, hint: str, detail: str) -> Problem:
    kind = "https://developers.amocrm.ru/v3/errors/OAuthProblemJson"
    body = {"hint": hint, "title": "Некорректный запрос", "type": kind, "status": status}
    return Problem(status, {**body, "detail": detail})


def error(code: str, path: str, detail: str) -> Row:
    """One line of a validation error."""
    return {"code": code, "path": path, "detail": detail}


def no_choice(path: str) -> Row:
    return error("NotSupportedChoice", path, "The value you selected is not a valid choice.")


def invalid(errors: dict[str, list[Row]]) -> Problem:
    """Rows of a write that are not taken, by their `request_id`; nothing of the write is done."""
    rows = [{"request_id": id, "errors": found} for id, found in errors.items()]
    return problem(400, "Request validation failed", **{"validation-errors": rows})
