"""Pages and failures of described requests, against a server that keeps to them."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import pytest
from aiohttp import web

from bridge.crm.suite.made import call, ref
from bridge.domain.commands import Verdict
from bridge.domain.ports import CrmRefused, CrmUnavailable, Search
from tests.crm.declarative.own import PEOPLE, SMALL, own, said


class Counted:
    """A page of PEOPLE by `start`, `page`, `after` or the address that the last one named."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self, request: web.Request) -> web.Response:
        self.asked += 1
        query = request.query
        start = int(query.get("start") or int(query.get("page", 0)) * 3 or query.get("after") or 0)
        rest = str(start + 3) if start + 3 < len(PEOPLE) else None
        link = {"Link": f'<{request.path}?name=x&after={rest}>; rel="next"'} if rest else {}
        return said({"rows": PEOPLE[start : start + 3], "next": rest}, headers=link)


@pytest.mark.parametrize(
    "paging",
    [
        "{kind: offset, query: start, size: 3}",
        "{kind: page, query: page, size: 3}",
        "{kind: cursor, query: after, next: $.next}",
        "{kind: link}",
    ],
)
async def test_every_page_is_read(paging: str, tmp_path: Path) -> None:
    pages = Counted()
    text = SMALL.replace('"$.rows[*]"}', f'"$.rows[*]", paging: {paging}}}')
    async with own(pages, tmp_path, text) as crm:
        found = await crm.find_contacts(Search(name="Иван"))
    assert ([int(each.id) for each in found], pages.asked) == (list(range(7)), 3)


async def test_a_next_page_elsewhere_does_not_get_our_login(tmp_path: Path) -> None:
    text = SMALL.replace('"$.rows[*]"}', '"$.rows[*]", paging: {kind: link, next: $.next}}')
    elsewhere = {"rows": PEOPLE[:1], "next": "http://127.0.0.2:9/steal"}
    async with own(lambda _: said(elsewhere), tmp_path, text) as crm:
        with pytest.raises(CrmRefused, match="another host"):
            await crm.find_contacts(Search(name="Иван"))


async def test_an_id_cannot_leave_its_place_in_the_path(tmp_path: Path) -> None:
    seen: list[str] = []

    def handler(request: web.Request) -> web.Response:
        seen.append(request.raw_path)
        return said({}, 404)

    async with own(handler, tmp_path) as crm:
        await crm.update_contact("../admin?x=1#y", {"name": "x"})
    assert seen == ["/api/people/..%2Fadmin%3Fx%3D1%23y"]


@pytest.mark.parametrize("id", ["", ".", ".."])
async def test_an_id_that_would_be_another_address_is_refused(id: str, tmp_path: Path) -> None:
    async with own(lambda _: said({}), tmp_path) as crm:
        outcome = await crm.update_contact(id, {"name": "x"})
    assert (outcome.verdict, "no part of an address" in outcome.detail) == (Verdict.REFUSED, True)


async def test_a_write_carries_its_key(tmp_path: Path) -> None:
    keys: list[str] = []

    def handler(request: web.Request) -> web.Response:
        keys.append(request.headers.get("X-Request-Key", ""))
        return said({"id": 5})

    async with own(handler, tmp_path) as crm:
        made = await crm.create_contact({"name": "x"}, "own/pbx-1.1/upsert/contact")
    assert (made.result, keys) == ("5", ["own/pbx-1.1/upsert/contact"])


FORMS: Final = """
phones: {search: [e164, digits, national, local, formatted]}
lead:
  row: {id: $.id, phones: $.phone}
  search: {phone: {get: /leads, query: {phone: "{{ asked }}"}, rows: "$[*]"}}
"""


@pytest.mark.proves("S0-11")
@pytest.mark.parametrize(
    "stored", ["+79161234567", "79161234567", "89161234567", "9161234567", "8 (916) 123-45-67"]
)
async def test_a_number_is_found_in_whatever_form_the_crm_keeps_and_compares_it(
    stored: str, tmp_path: Path
) -> None:
    def handler(request: web.Request) -> web.Response:
        """Compares letter by letter, and finds a stranger too."""
        found = [{"id": 7, "phone": stored}] if request.query["phone"] == stored else []
        return said([*found, {"id": 8, "phone": "+79161234560"}])

    async with own(handler, tmp_path, FORMS) as crm:
        found = await crm.find_leads(Search(phone="8 916 123-45-67"))
    assert [(each.id, each.phones) for each in found] == [("7", ("+79161234567",))]


STEPS: Final = """
calls:
  log:
    first: [{name: place, get: /place, take: {id: $.id}}]
    post: /calls
    body: {place: "{{ place.id }}"}
    id: $.id
    then: [{each: "{{ ids.contact }}", post: "/calls/{{ id }}/links", body: {to: "{{ item }}"}}]
"""
PLACE, CALL, LINK = "GET /api/place", "POST /api/calls", "POST /api/calls/9/links"


@pytest.mark.parametrize(
    ("failing", "verdict", "after"),
    [
        ("", Verdict.ACCEPTED, [PLACE, CALL, LINK, LINK]),
        ("/api/place", Verdict.TRY_LATER, [PLACE]),
        ("/api/calls", Verdict.UNCLEAR, [PLACE, CALL]),
        ("/api/calls/9/links", Verdict.TRY_LATER, [PLACE, CALL, LINK]),
    ],
    ids=["all is well", "before it", "itself", "after it"],
)
async def test_steps_around_a_write_may_be_repeated_and_the_write_may_not(
    failing: str, verdict: Verdict, after: list[str], tmp_path: Path
) -> None:
    asked: list[str] = []

    def handler(request: web.Request) -> web.Response:
        asked.append(f"{request.method} {request.path}")
        return said({}, 500) if request.path == failing else said({"id": 9})

    entities = (ref("contact", "1"), ref("contact", "2"))
    async with own(handler, tmp_path, STEPS) as crm:
        outcome = await crm.log_call(call(), None, entities, "own/pbx-1.1/log_call/call")
    assert (outcome.verdict, asked) == (verdict, after)


async def test_a_write_whose_last_step_failed_is_not_sent_again(tmp_path: Path) -> None:
    asked: list[str] = []

    def handler(request: web.Request) -> web.Response:
        asked.append(f"{request.method} {request.path}")
        return said({}, 503) if asked.count(LINK) == 1 else said({"id": 9})

    async with own(handler, tmp_path, STEPS) as crm:
        for _ in range(2):
            outcome = await crm.log_call(
                call(), None, (ref("contact", "1"),), "own/1/log_call/call"
            )
    assert (outcome.result, asked.count(CALL), asked.count(LINK)) == ("9", 1, 2)


ERRORS: Final = """
errors:
  - {status: [409], path: $.code, is: [double], verdict: refused, advice: merge them}
  - {path: $.ok, is: ["false"], verdict: try_later, retry_after: 9}
  - {header: X-Locked, contains: "yes", verdict: try_later}
"""


@pytest.mark.parametrize(
    ("status", "data", "headers", "verdict", "says"),
    [
        (409, {"code": "double"}, {}, Verdict.REFUSED, "merge them"),
        (409, {"code": "other"}, {}, Verdict.REFUSED, "HTTP 409"),
        (200, {"ok": False}, {}, Verdict.TRY_LATER, "HTTP 200"),
        (423, {}, {"X-Locked": "YES"}, Verdict.TRY_LATER, "HTTP 423"),
        (400, {"message": "no room for +79161234567"}, {}, Verdict.REFUSED, "+7916***4567"),
        (401, {}, {}, Verdict.NEEDS_LOGIN, "HTTP 401: the login is not taken: see `auth`"),
        (403, {}, {}, Verdict.REFUSED, "give it the right in the CRM"),
        (404, {}, {}, Verdict.REFUSED, "HTTP 404: POST /people is not there: see `base`"),
        (405, {}, {}, Verdict.REFUSED, "POST /people is not a request of this CRM"),
        (500, {}, {}, Verdict.UNCLEAR, "HTTP 500"),
        (503, {}, {}, Verdict.TRY_LATER, "HTTP 503"),
        (302, {}, {"Location": "/x"}, Verdict.REFUSED, "elsewhere"),
        (200, {}, {}, Verdict.UNCLEAR, "no id"),
    ],
)
async def test_an_answer_means_what_the_table_says(
    status: int,
    data: Any,
    headers: dict[str, str],
    verdict: Verdict,
    says: str,
    tmp_path: Path,
) -> None:
    async with own(lambda _: said(data, status, headers), tmp_path, ERRORS) as crm:
        outcome = await crm.create_contact({"name": "x"}, "k")
    assert (outcome.verdict, says in outcome.detail) == (verdict, True), outcome


async def test_a_page_of_html_in_place_of_an_answer_is_trouble_for_now(tmp_path: Path) -> None:
    page = lambda _: web.Response(text="<html>maintenance</html>")  # noqa: E731
    async with own(page, tmp_path) as crm:
        with pytest.raises(CrmUnavailable, match="no JSON"):
            await crm.find_contacts(Search(name="x"))


@pytest.mark.parametrize(("rows", "good"), [(20_000, True), (200_000, False)])
async def test_a_large_answer_is_read_whole_or_not_at_all(
    rows: int, good: bool, tmp_path: Path
) -> None:
    data = {"rows": [{"id": number, "name": "Иван"} for number in range(rows)]}
    async with own(lambda _: said(data), tmp_path) as crm:
        if good:
            assert len(await crm.find_contacts(Search(name="Иван"))) == rows
        else:
            with pytest.raises(CrmRefused, match="smaller pages"):
                await crm.find_contacts(Search(name="Иван"))


LOOKUP: Final = """
lookup: {get: /who, rows: "$.rows[*]",
         match: {kind: "{{ 'contact' }}", id: $.id, phones: "$.phones[*]"}}
"""


@pytest.mark.parametrize(
    ("phones", "known"),
    [
        (["+1 916 123-4567"], False),
        (["+1 916 123-4567", "8 (916) 123-45-67"], True),
        (["+7 916 123-45-67 доб. 5"], True),
        ([], True),
        (None, True),
    ],
    ids=["ten digits alike", "the second one", "with an extension", "none told", "no such field"],
)
async def test_an_answer_that_tells_other_numbers_is_nobodys(
    phones: list[str] | None, known: bool, tmp_path: Path
) -> None:
    def handler(_: web.Request) -> web.Response:
        return said({"rows": [{"id": "7", "phones": phones}]})

    async with own(handler, tmp_path, LOOKUP) as crm:
        assert bool(await crm.lookup("+79161234567")) is known
