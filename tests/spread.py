"""How `make test` spreads the tests over processes, and which begin first.

Live tests wait most of the time, for people who ring, talk and hang up, and their telephones must
not be late. So there are two processes more than cores. All but the last begin with these; the
last runs at a low priority and takes only tests that compute: it fills the pauses.
"""

from __future__ import annotations

import os
from typing import Final

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadGroupScheduling
from xdist.workermanage import WorkerController

_NICE: Final = 5  # setpriority(2): a third of the share of the others, where all have work
_USUAL: Final = 120.0  # seconds: `timeout` in pyproject.toml


def fills_pauses(worker: str, workers: int) -> bool:
    """Whether this process (`gw0`, `gw1` …) is the last, where they are more than the cores."""
    return workers > len(os.sched_getaffinity(0)) and worker == f"gw{workers - 1}"


def pytest_configure(config: pytest.Config) -> None:
    told = getattr(config, "workerinput", None)
    if told and fills_pauses(told["workerid"], told["workercount"]):
        os.nice(_NICE)


@pytest.hookimpl(trylast=True)  # after pytest has put together what shares a fixture
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What is live begins first, and of all the rest what may take longest: none of these is to be
    still going on when everything else is over."""
    items.sort(key=_place)


def _place(item: pytest.Item) -> tuple[bool, float]:
    timeout = item.get_closest_marker("timeout")
    longest = max(_USUAL, timeout.args[0]) if timeout else _USUAL
    return item.get_closest_marker("xdist_group") is None, -longest


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> PausesFilled | None:
    return PausesFilled(config, log) if config.getvalue("dist") == "loadgroup" else None


class PausesFilled(LoadGroupScheduling):  # type: ignore[misc]  # the library has no types
    """Hands out what is next, but to the process that fills pauses nothing live."""

    def _assign_work_unit(self, node: WorkerController) -> None:
        self._forget_what_is_over(node)
        if fills_pauses(node.gateway.id, self.numnodes):
            computes = next((unit for unit in self.workqueue if "::" in unit), None)
            if computes is None:
                node.shutdown()
                return
            self.workqueue.move_to_end(computes, last=False)
        super()._assign_work_unit(node)

    def _forget_what_is_over(self, node: WorkerController) -> None:
        """It would be counted again after each of ten thousand tests."""
        kept = self.assigned_work[node].items()
        self.assigned_work[node] = {unit: tests for unit, tests in kept if not all(tests.values())}
