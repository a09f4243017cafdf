"""Every scenario, played by real phones on a real Asterisk.

That its phones do and hear what it says, and that its records say so; see tests/lab/README.md.
"""

import warnings
from pathlib import Path

import pytest

from tests.calls.judge import judge
from tests.lab.freepbx import FreePbx
from tests.lab.office import Office
from tests.lab.phones import PhoneBroke
from tests.lab.scenario import Scenario, load
from tests.lab.wait import NotInTime

EVERY = [one for one in load().values() if one.wing == Office.wing]
FREEPBX = [one for one in load().values() if one.wing == FreePbx.wing]
pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="session")]


def chosen(scenarios: list[Scenario]) -> list[Scenario]:
    """Those that are played on Asterisk 16, too."""
    return [one for one in scenarios if one.on_16]


@pytest.mark.parametrize("scenario", EVERY, ids=lambda one: one.name)
async def test_on_22(scenario: Scenario, office_22: Office, tmp_path: Path) -> None:
    await _plays_and_agrees(scenario, office_22, tmp_path / "capture.ami")


@pytest.mark.asterisk16
@pytest.mark.parametrize("scenario", chosen(EVERY), ids=lambda one: one.name)
async def test_on_16(scenario: Scenario, office_16: Office, tmp_path: Path) -> None:
    await _plays_and_agrees(scenario, office_16, tmp_path / "capture.ami")


@pytest.mark.parametrize("scenario", FREEPBX, ids=lambda one: one.name)
async def test_freepbx_on_22(scenario: Scenario, freepbx_22: FreePbx, tmp_path: Path) -> None:
    await _plays_and_agrees(scenario, freepbx_22, tmp_path / "capture.ami")


@pytest.mark.asterisk16
@pytest.mark.parametrize("scenario", chosen(FREEPBX), ids=lambda one: one.name)
async def test_freepbx_on_16(scenario: Scenario, freepbx_16: FreePbx, tmp_path: Path) -> None:
    await _plays_and_agrees(scenario, freepbx_16, tmp_path / "capture.ami")


async def _plays_and_agrees(scenario: Scenario, at: Office, capture: Path) -> None:
    assert judge(await _played(scenario, at, capture), scenario.truth(at)) == []


async def _played(scenario: Scenario, at: Office, capture: Path) -> bytes:
    """What Asterisk said. A phone that was not heard in time on a busy machine, or was too late for
    a call that rings for two seconds, says nothing of the tracker: the conversation is played once
    more, and the summary of the run tells so."""
    try:
        return await scenario.play(at, capture)
    except (NotInTime, PhoneBroke) as error:
        warnings.warn(f"{scenario.name} is played again: {error}", stacklevel=2)
        return await scenario.play(at, capture)
