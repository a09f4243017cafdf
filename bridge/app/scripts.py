"""Scripts at work: what they see of the daemon, and who does what they want."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from bridge.ami import acting as ami
from bridge.ami.link import AmiLink
from bridge.ari import acting as ari
from bridge.ari.link import AriLink
from bridge.config.model import Config
from bridge.domain.call_events import CallEvent
from bridge.domain.commands import CreateTask, Outcome, Verdict
from bridge.domain.counters import Counters
from bridge.domain.ports import Capability
from bridge.domain.routes import Asked
from bridge.observe.tasks import Tasks
from bridge.outbox.destination import Destination
from bridge.routing.case import Case
from bridge.routing.treatment import won
from bridge.rules.case import command_key
from bridge.scripts.actions import Action, Answer, MakeTask, Query, Question, Tell, Wanted
from bridge.scripts.asking import HttpAddresses
from bridge.scripts.ports import NotDone, Reach, Sight
from bridge.scripts.querying import Databases
from bridge.scripts.running import Scripts


class RunningScripts:
    """Scripts of the configuration, beside the calls that they are about."""

    def __init__(self, config: Config, sight: Sight, acting: Acting, counters: Counters) -> None:
        self._acting = acting
        self._addresses = _Outside()
        pbx = config.pbx[0].name if len(config.pbx) == 1 else ""
        self._scripts = Scripts(config.scripts, sight, acting, self._addresses, counters, pbx)
        self.reload(config)

    def start(self, tasks: Tasks) -> None:
        """After the calls in progress were told again: their moments are over."""
        tasks.keep("scripts", self._scripts.run, stop=self._scripts.stop)

    def tell(self, event: CallEvent) -> None:
        self._scripts.tell(event)

    async def answer(self, name: str, asked: Asked) -> Wanted | None:
        return await self._scripts.answer(name, asked)

    def reload(self, config: Config) -> None:
        self._scripts.settings = config.scripts
        self._acting.play_context = config.scripts.play_context
        self._addresses.reload(config)

    async def close(self) -> None:
        await self._addresses.close()


class _Outside:
    """Whatever scripts ask: addresses and databases."""

    def __init__(self) -> None:
        self._addresses = HttpAddresses(())
        self._databases = Databases()

    def reload(self, config: Config) -> None:
        said = config.scripts
        self._addresses.secrets = [one.get_secret_value() for one in said.secrets]
        self._databases.urls = {
            name: url.get_secret_value() for name, url in said.databases.items()
        }

    async def ask(self, question: Question, event: str, id: str) -> Answer:
        if isinstance(question, Query):
            return await self._databases.ask(question)
        return await self._addresses.ask(question, event, id)

    async def close(self) -> None:
        await self._addresses.close()
        await self._databases.close()


class Acting:
    """`reach` finds a call that goes on, `note` tells the live stream."""

    def __init__(
        self,
        config: Config,
        destinations: Sequence[Destination],
        reach: Callable[[str], tuple[AmiLink | AriLink, Reach] | None],
        note: Callable[[str, tuple[str, ...], str], None],
    ) -> None:
        self.play_context = config.scripts.play_context
        self._destinations = destinations
        self._reach = reach
        self._note = note

    async def do(self, call_id: str, action: Action, case: Case) -> None:
        """Once. Raises NotDone."""
        if isinstance(action, Tell):
            await self._tell(call_id, action)
        elif isinstance(action, MakeTask):
            await self._task(call_id, action, case)
        elif not isinstance(action, Question):
            there = self._reach(call_id)
            if there is None:
                raise NotDone("the call is over")
            link, reach = there
            if isinstance(link, AmiLink):
                await ami.act_on(link.action, reach, action, self.play_context)
            else:
                await ari.act_on(link.ask, link.rung, reach, action, self.play_context)

    async def _tell(self, call_id: str, action: Tell) -> None:
        """The live stream always; the CRMs that can and whose users these agents are."""
        self._note(call_id, action.agents, action.text)
        telling = [
            to.crm.notify(user, action.text)
            for to in self._destinations
            if Capability.NOTIFY in to.capabilities
            for user in dict.fromkeys(filter(None, map(to.users.get, action.agents)))
        ]
        _all_accepted(await asyncio.gather(*telling))

    async def _task(self, call_id: str, action: MakeTask, case: Case) -> None:
        able = [to for to in self._destinations if Capability.TASKS in to.capabilities]
        if not able:
            raise NotDone("no destination of ours has tasks")
        chosen = won(case)
        making = []
        for to in able:
            owner = to.users.get(action.agent) if action.agent else None
            task = CreateTask(title=action.title, owner=owner, fields=dict(action.fields))
            entity = chosen.match.entity if chosen else None
            key = command_key(to.name, call_id, "script_task", action.title)
            making.append(to.crm.create_task(task, entity, key))
        _all_accepted(await asyncio.gather(*making))


def _all_accepted(outcomes: Sequence[Outcome]) -> None:
    for said in outcomes:
        if said.verdict is not Verdict.ACCEPTED:
            raise NotDone(f"the CRM says {said.verdict}: {said.detail}")
