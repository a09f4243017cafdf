"""The CRMs that the demo can show calls in: the built-in one, and those of tests/portals."""

from __future__ import annotations

import asyncio
import json
import sys
import wave
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from io import BytesIO
from pathlib import Path
from secrets import token_hex
from typing import Any, Final, Protocol

import aiohttp

from tests.lab.daemon import RunningDaemon, command
from tests.lab.office import CLIENT, OTHER_CLIENT, THIRD_CLIENT
from tests.lab.wait import until
from tests.portals.bitrix24.state import KIND_OF

# Whom the CRM knows before the first call; Vera has an open deal.
CLIENTS: Final = f"""name,company,phones,owner,deal,pipeline
Vera Orlova,Printing House,{OTHER_CLIENT},dave,Ten printers,sales
Ivan Petrov,,{THIRD_CLIENT},bob,,
Olga Sidorova,,{CLIENT},bob,,
"""


@dataclass(frozen=True, slots=True)
class Shown:
    """A call as the CRM shows it. `responsible` as the CRM names people; `recordings` are what its
    player plays."""

    responsible: str | None
    entities: tuple[str, ...] = ()
    recordings: tuple[str, ...] = ()


class DemoCrm(Protocol):
    """`responsible`: an extension as the CRM names its owner."""

    def change(self, config: dict[str, Any]) -> None:
        """The daemon's configuration, for this CRM."""
        ...

    async def furnish(self) -> None:
        """Enter those who are known already."""
        ...

    def page(self, daemon: RunningDaemon) -> str: ...

    async def calls(self, daemon: RunningDaemon) -> dict[str, Shown]:
        """By call id."""
        ...

    def person(self, extension: str | None) -> str | None:
        """The CRM's name for whoever has this extension."""
        ...


@dataclass(slots=True)
class Builtin:
    folder: Path
    _people: dict[str, str] = field(default_factory=dict)

    def change(self, config: dict[str, Any]) -> None:
        self._people = {str(one["extension"]): one["crm_user"] for one in config["agents"]}

    async def furnish(self) -> None:
        clients = self.folder / "clients.csv"
        await asyncio.to_thread(clients.write_text, CLIENTS)
        file = self.folder / "crm.db"

        async def has_users() -> bool:
            return file.exists() and "dave" in await command("crm", "--file", str(file), "users")

        await until(has_users, "the users that the daemon writes when it starts")
        await command("crm", "--file", str(file), "import", str(clients))

    def page(self, daemon: RunningDaemon) -> str:
        return f"{daemon.address}/"

    async def calls(self, daemon: RunningDaemon) -> dict[str, Shown]:
        rows = await daemon.crm("calls")
        records = {one["call_id"]: one for one in await daemon.finished()}
        return {
            row["call_id"]: Shown(
                row["user"],
                tuple(row["entities"]),
                tuple(
                    f"{daemon.address}/recordings/{one['id']}"
                    for one in records[row["call_id"]]["recordings"]
                    if one["state"] == "delivered"
                ),
            )
            for row in rows
        }

    def person(self, extension: str | None) -> str | None:
        return self._people.get(extension or "")


@dataclass(slots=True)
class Portal:
    """The portal is a process beside the daemon; `access` is what it printed."""

    folder: Path
    access: dict[str, str]
    _people: dict[str, tuple[str, str]] = field(default_factory=dict)  # extension → id, name

    def change(self, config: dict[str, Any]) -> None:
        """A local application whose refresh token an administrator has copied; people are known
        by their inner phones."""
        ids = {}
        for number, agent in enumerate(config["agents"]):
            id = str(_FIRST_USER + number)
            self._people[str(agent["extension"])] = id, agent["name"]
            ids[agent.pop("crm_user")] = id
        rules = config["rules"]
        rules["fallback_user"] = ids[rules["fallback_user"]]
        for did in rules["dids"].values():
            did.pop("pipeline")
            did |= {"owner": ids[did["owner"]]} if "owner" in did else {}
        crm = {"kind": "bitrix24", "portal": self.access["url"], "auth": self.access["url"]}
        crm |= {name: self.access[name] for name in _SECRETS}
        config["destinations"] = [{"crm": {**crm, "folder": str(self.folder), "burst": 40}}]

    async def furnish(self) -> None:
        dave, bob = (self._people[extension][0] for extension in ("201", "102"))
        company = await self._add("company", TITLE="Printing House", ASSIGNED_BY_ID=dave)
        for name, phone, owner in (
            ("Vera Orlova", OTHER_CLIENT, dave),
            ("Ivan Petrov", THIRD_CLIENT, bob),
            ("Olga Sidorova", CLIENT, bob),
        ):
            first, last = name.split()
            phones = [{"VALUE": phone, "VALUE_TYPE": "WORK"}]
            person = {"NAME": first, "LAST_NAME": last, "PHONE": phones, "ASSIGNED_BY_ID": owner}
            contact = await self._add("contact", **person)
            if phone == OTHER_CLIENT:
                of = {"CONTACT_ID": contact, "COMPANY_ID": company, "ASSIGNED_BY_ID": owner}
                await self._add("deal", TITLE="Ten printers", **of)

    def page(self, daemon: RunningDaemon) -> str:
        return f"{self.access['url']}/"

    async def calls(self, daemon: RunningDaemon) -> dict[str, Shown]:
        async with aiohttp.ClientSession(self.access["url"]) as web, web.get("/state.json") as said:
            state = await said.json()
        activities = {str(one["ID"]): one for one in state["activities"]}
        titles = {
            (kind, int(row["ID"])): str(row["LAST_NAME"] if kind == "contact" else row["TITLE"])
            for kind in ("contact", "company", "deal")
            for row in state[kind]
        }
        return {
            call["EXTERNAL_CALL_ID"].partition("/")[0]: Shown(
                call["PORTAL_USER_ID"],
                tuple(
                    f"{KIND_OF[number]} {titles.get((KIND_OF[number], id), id)}"
                    for number, id in activities.get(call["CRM_ACTIVITY_ID"], _NOTHING)["bindings"]
                ),
                tuple(filter(None, [call["CALL_RECORD_URL"]])),
            )
            for call in state["calls"]
            if call["finished"]
        }

    def person(self, extension: str | None) -> str | None:
        return self._people[extension][0] if extension in self._people else None

    async def _add(self, kind: str, **fields: Any) -> int:
        address = f"{self.access['webhook']}crm.{kind}.add"
        async with (
            aiohttp.ClientSession(raise_for_status=True) as web,
            web.post(address, json={"fields": fields}) as answer,
        ):
            return int((await answer.json())["result"])


@dataclass(slots=True)
class Account:
    """amoCRM: a process beside the daemon; `access` is what it printed."""

    folder: Path
    access: dict[str, Any]

    def change(self, config: dict[str, Any]) -> None:
        """With the token that an administrator has copied; recordings by links of the daemon."""
        ids = {one.pop("crm_user"): self.person(str(one["extension"])) for one in config["agents"]}
        rules = config["rules"]
        rules["fallback_user"] = ids[rules["fallback_user"]]
        for did in rules["dids"].values():
            did.pop("pipeline")
            did |= {"owner": ids[did["owner"]]} if "owner" in did else {}
        address = f"http://127.0.0.1:{config['web']['port']}"
        config["web"] |= {"public_url": address, "link_secret": token_hex(24)}
        config["destinations"] = [
            {
                "crm": {"kind": "amocrm", "folder": str(self.folder), **self.access},
                "recordings": "link",
            }
        ]

    async def furnish(self) -> None:
        dave, bob = (int(self.person(extension) or 0) for extension in ("201", "102"))
        company = await self._add("companies", name="Printing House", responsible_user_id=dave)
        for name, phone, owner in (
            ("Vera Orlova", OTHER_CLIENT, dave),
            ("Ivan Petrov", THIRD_CLIENT, bob),
            ("Olga Sidorova", CLIENT, bob),
        ):
            phones = [{"field_code": "PHONE", "values": [{"value": phone}]}]
            person = {"name": name, "custom_fields_values": phones, "responsible_user_id": owner}
            contact = await self._add("contacts", **person)
            if phone == OTHER_CLIENT:
                of = {"contacts": [{"id": contact}], "companies": [{"id": company}]}
                await self._add("leads", name=_DEAL, responsible_user_id=dave, _embedded=of)

    def page(self, daemon: RunningDaemon) -> str:
        return f"{self.access['account']}/"

    async def calls(self, daemon: RunningDaemon) -> dict[str, Shown]:
        async with (
            aiohttp.ClientSession(self.access["account"]) as web,
            web.get("/state.json") as said,
        ):
            state = await said.json()
        names = {row["id"]: row["name"] for kind in ("contacts", "leads") for row in state[kind]}
        calls: dict[str, Shown] = {}
        for note in state["notes"]:
            params, name = note["params"], names.get(note["entity_id"], "")
            word = "contact" if note["_kind"] == "contacts" else "deal" if name == _DEAL else "lead"
            known = calls.get(params["uniq"], Shown(None))
            calls[params["uniq"]] = Shown(
                str(params.get("call_responsible")),
                (*known.entities, f"{word} {name}"),
                tuple(filter(None, [params.get("link")])),
            )
        return calls

    def person(self, extension: str | None) -> str | None:
        found = self.access["extensions"].get(extension or "")
        return None if found is None else str(found)

    async def _add(self, kind: str, **row: Any) -> int:
        """The daemon asks meanwhile, and seven requests a second are all that the account takes."""
        address = f"{self.access['account']}/api/v4/{kind}"
        headers = {"Authorization": f"Bearer {self.access['token']}"}
        async with aiohttp.ClientSession(headers=headers) as web:
            while True:
                async with web.post(address, json=[row]) as answer:
                    if answer.status != HTTPStatus.TOO_MANY_REQUESTS:
                        answer.raise_for_status()
                        made = await answer.json(content_type=None)
                        return int(made["_embedded"][kind][0]["id"])
                await asyncio.sleep(1)


_DEAL: Final = "Ten printers"
_FIRST_USER: Final = 1269  # of the portal of the tests
_SECRETS: Final = ("client_id", "client_secret", "refresh_token")
_NOTHING: Final[dict[str, list[tuple[int, int]]]] = {"bindings": []}
_STAFF: Final = {
    "101": "Alice Sales",
    "102": "Bob Sales",
    "103": "Carol Sales",
    "201": "Dave Service",
    "202": "Erin Service",
    "300": "Frank Reception",
}


@asynccontextmanager
async def builtin(folder: Path) -> AsyncIterator[DemoCrm]:
    yield Builtin(folder)


@asynccontextmanager
async def bitrix24(folder: Path) -> AsyncIterator[DemoCrm]:
    async with _beside("tests.portals.bitrix24") as access:
        yield Portal(folder, access)


@asynccontextmanager
async def amocrm(folder: Path) -> AsyncIterator[DemoCrm]:
    async with _beside("tests.portals.amocrm") as access:
        yield Account(folder, access)


@asynccontextmanager
async def _beside(module: str) -> AsyncIterator[dict[str, Any]]:
    """A CRM of the tests as a process; what it printed."""
    people = [word for one in _STAFF.items() for word in ("--extension", "=".join(one))]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module, *people),
        stdout=asyncio.subprocess.PIPE,
        process_group=0,  # Ctrl-C is for whoever started it, and ends it
    )
    assert process.stdout is not None
    try:
        yield json.loads(await process.stdout.readline())
    finally:
        process.terminate()
        await process.wait()


CRMS: Final[dict[str, Callable[[Path], AbstractAsyncContextManager[DemoCrm]]]] = {
    "builtin": builtin,
    "bitrix24": bitrix24,
    "amocrm": amocrm,
}


async def plays(address: str) -> bool:
    """Whether a player gets sound there."""
    async with aiohttp.ClientSession() as web, web.get(address) as answer:
        sound = await answer.read()
    with wave.open(BytesIO(sound)) as opened:
        return int(opened.getnframes()) > 0
