"""Every scenario, played by real phones on a real Asterisk.

That its phones do and hear what it says, and that its records say so; see tests/lab/README.md.
"""

import warnings
from pathlib import Path

import pytest

from tests.calls.judge import judge
from tests.lab.freepbx import FreePbx
from tests.lab.office import Office
from tests.lab.offices import Offices
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
async def test_on_22(
    scenario: Scenario, office_22: Office, offices: Offices, tmp_path: Path
) -> None:
    await _plays_and_agrees(scenario, office_22, offices, tmp_path / "capture.ami")


@pytest.mark.asterisk16
@pytest.mark.parametrize("scenario", chosen(EVERY), ids=lambda one: one.name)
async def test_on_16(
    scenario: Scenario, office_16: Office, offices: Offices, tmp_path: Path
) -> None:
    await _plays_and_agrees(scenario, office_16, offices, tmp_path / "capture.ami")


@pytest.mark.parametrize("scenario", FREEPBX, ids=lambda one: one.name)
async def test_freepbx_on_22(
    scenario: Scenario, freepbx_22: FreePbx, offices: Offices, tmp_path: Path
) -> None:
    await _plays_and_agrees(scenario, freepbx_22, offices, tmp_path / "capture.ami")


@pytest.mark.asterisk16
@pytest.mark.parametrize("scenario", chosen(FREEPBX), ids=lambda one: one.name)
async def test_freepbx_on_16(
    scenario: Scenario, freepbx_16: FreePbx, offices: Offices, tmp_path: Path
) -> None:
    await _plays_and_agrees(scenario, freepbx_16, offices, tmp_path / "capture.ami")


async def _plays_and_agrees(
    scenario: Scenario, at: Office, offices: Offices, capture: Path
) -> None:
    """A phone that was not heard in time on a busy machine, was too late for a call that rings for
    two seconds, or whose process ended (or Asterisk's), says nothing of the tracker: the
    conversation is played once more, and the summary of the run tells so. In a new office, for
    Asterisk may hold a telephone for busy that rang for a moment (its 16 told of RINGING after
    NOT_INUSE), and the queue then passes it over for good."""
    try:
        said = await scenario.play(at, capture)
    except (NotInTime, PhoneBroke) as error:
        warnings.warn(f"{scenario.name} is played again: {error}", stacklevel=1)
        at = await offices.anew(at)
        said = await scenario.play(at, capture)
    assert judge(said, scenario.truth(at)) == []
