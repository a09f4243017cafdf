"""The checks of a CRM that people work in: what they may use there, and what came of each."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Collection, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Final

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from bridge.crm.suite.all import CHECKS
from bridge.crm.suite.checks import Check, Finding
from bridge.crm.suite.stand import LeftOut, NotMade, Stand
from bridge.domain.entities import User
from bridge.domain.ports import Capability, Crm, CrmNeedsLogin, CrmRefused, CrmUnavailable

_LONGEST: Final = 120.0  # seconds of one check
_TRIES: Final = 20  # of a number that nobody in the CRM has
_INN_WEIGHTS: Final = (2, 4, 10, 3, 5, 9, 4, 6, 8)

CrmSays = (CrmUnavailable, CrmNeedsLogin, CrmRefused)


class Said(StrEnum):
    PASSED = "passed"
    FINDING = "finding"
    LEFT_OUT = "left out"


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    check: Check
    said: Said
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What a person names of the CRM, where it cannot be found out."""

    pipeline: str | None = None
    first_stage: str | None = None
    lost_stage: str | None = None
    client: str | None = None


async def stand_in(
    crm: Crm,
    capabilities: frozenset[Capability],
    wav: Path,
    *,
    address: str | None = None,
    sample: Sample | None = None,
    links_only: bool = False,
) -> Stand:
    """What checks may use in this CRM. Raises what reads of the CRM raise, and CrmRefused for a
    pipeline or a stage that it does not have."""
    users = await crm.users() if Capability.TASKS in capabilities else []
    sample = sample or Sample()
    pipeline, first = sample.pipeline or "", sample.first_stage or ""
    if Capability.DEALS in capabilities:
        lists = await crm.dictionaries()
        pipeline = pipeline or next(iter(lists.pipelines), "")
        stages = lists.stages.get(pipeline, {})
        first = first or next(iter(stages), "")
        _there("pipeline", pipeline, lists.pipelines)
        for stage in (first, sample.lost_stage):
            _there(f"stage of {pipeline}", stage, stages)
    return Stand(
        crm=crm,
        capabilities=capabilities,
        users=_two(users),
        pipeline=pipeline,
        stages=(first, sample.lost_stage or ""),
        wav=wav,
        known=sample.client,
        address=address,
        links_only=links_only,
    )


def _there(what: str, named: str | None, known: Mapping[str, str]) -> None:
    if named and known and named not in known:
        raise CrmRefused(f"there is no {what} {named!r}; there is: {', '.join(known)}")


async def results(
    stand: Stand, region: str, run: str, only: Collection[str] = ()
) -> AsyncIterator[Result]:
    """What comes of each check that this CRM has the capabilities for, of `only` these methods
    where any are named. Everything that is made has `run` in its name. Raises what reads of the CRM
    raise where it cannot even begin."""
    chance = random.Random(run)
    able = [each for each in CHECKS if each.needs <= stand.capabilities]
    for place, check in enumerate(each for each in able if not only or each.method in only):
        try:
            fresh = await _fresh(stand, region, f"{run}{place:02}", chance)
        except (*CrmSays, LeftOut) as error:
            if place == 0 and not isinstance(error, LeftOut):
                raise
            yield Result(check=check, said=Said.FINDING, detail=f"cannot begin: {error}")
        else:
            yield await _result(check, fresh)


async def _result(check: Check, stand: Stand) -> Result:
    try:
        async with asyncio.timeout(_LONGEST):
            await check.run(stand)
    except LeftOut as why:
        return Result(check=check, said=Said.LEFT_OUT, detail=str(why))
    except TimeoutError:
        return Result(check=check, said=Said.FINDING, detail=f"no end in {_LONGEST:g} s")
    except (Finding, NotMade) as error:
        return Result(check=check, said=Said.FINDING, detail=str(error))
    except CrmSays as error:
        return Result(check=check, said=Said.FINDING, detail=f"a read failed: {error}")
    except Exception as error:  # the connector's own mistake
        detail = f"the connector raised {type(error).__name__}: {error}"
        return Result(check=check, said=Said.FINDING, detail=detail)
    return Result(check=check, said=Said.PASSED)


async def _fresh(stand: Stand, region: str, mark: str, chance: random.Random) -> Stand:
    """With numbers that nobody in the CRM has. Raises what reads raise, and LeftOut."""
    client = await _number(stand, region, PhoneNumberType.MOBILE, chance)
    stranger = await _number(stand, region, PhoneNumberType.MOBILE, chance)
    office = await _number(stand, region, PhoneNumberType.FIXED_LINE, chance)
    return replace(
        stand,
        mark=mark,
        client=client,
        stranger=stranger,
        office=office,
        inn=_inn(chance),
        kpp=f"7707{chance.randrange(10**5):05}",
    )


async def _number(stand: Stand, region: str, kind: int, chance: random.Random) -> str:
    example = phonenumbers.example_number_for_type(region, kind)
    example = example or phonenumbers.example_number(region)
    if example is None:
        raise LeftOut(f"no number of {region} is known")
    written = phonenumbers.format_number(example, PhoneNumberFormat.E164)
    for _ in range(_TRIES):
        tried = f"{written[:-5]}{chance.randrange(10**5):05}"
        valid = phonenumbers.is_valid_number(phonenumbers.parse(tried))
        if valid and await _nobodys(stand, tried):
            return tried
    raise LeftOut(f"no number of {region} was found that nobody has")


async def _nobodys(stand: Stand, number: str) -> bool:
    if Capability.LOOKUP not in stand.capabilities:
        return True
    return not await stand.crm.lookup(number)


def _inn(chance: random.Random) -> str:
    """Ten digits with a right control digit."""
    digits = [chance.randrange(1, 10) for _ in _INN_WEIGHTS]
    control = sum(d * w for d, w in zip(digits, _INN_WEIGHTS, strict=True)) % 11 % 10
    return "".join(map(str, [*digits, control]))


def _two(users: list[User]) -> Mapping[str, tuple[str, ...]]:
    able = [user for user in users if user.active and user.extensions]
    return {user.id: user.extensions for user in able[:2]}
