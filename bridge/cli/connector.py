"""`asterisk-bridge connector`: hold a CRM to the contract of connectors, or begin a connector."""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final
from uuid import uuid4

import click
from pydantic import SecretStr, ValidationError
from yarl import URL

from bridge.cli.connector_new import new
from bridge.cli.from_store import cannot
from bridge.cli.lines import json_text, one_line, table
from bridge.cli.region import COUNTRY
from bridge.config.descriptions import described
from bridge.config.findings import ConfigRefused, ConfigUnreadable
from bridge.config.load import load
from bridge.crm.declarative import DeclarativeCrm, DeclarativeSettings
from bridge.crm.declarative.description import Description
from bridge.crm.phones import number
from bridge.crm.registry import capabilities, connect
from bridge.crm.suite.all import CHECKS
from bridge.crm.suite.methods import unjudged
from bridge.crm.suite.run import Result, Said, Sample, results, stand_in
from bridge.domain.ports import Capability, Crm, CrmNeedsLogin, CrmRefused, CrmUnavailable

NOT_CHECKED: Final = "not checked"
FILE: Final = click.Path(exists=True, dir_okay=False, path_type=Path)
_SILENCE: Final = b"RIFF" + (36).to_bytes(4, "little") + b"WAVEfmt " + bytes(
    [16, 0, 0, 0, 1, 0, 1, 0, 64, 31, 0, 0, 128, 62, 0, 0, 2, 0, 16, 0]
) + b"data" + bytes(4)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is checked, and what its checks may use."""

    crm: Crm
    capabilities: frozenset[Capability]
    region: str
    sample: Sample
    address: str | None
    links_only: bool = False


@click.group("connector")
def command() -> None:
    """Connectors to CRMs: test one, or begin a new one."""


command.add_command(new)


@command.command("test")
@click.argument("file", type=FILE)
@click.option("--set", "given", multiple=True, metavar="NAME=VALUE", help="A setting it asks for.")
@click.option("--destination", help="FILE is a configuration: the name of one of its CRMs.")
@click.option("--region", type=COUNTRY, help="Country that reads numbers; default: FILE's, or RU.")
@click.option("--pipeline", help="Where deals are made; default: the first.")
@click.option("--first-stage", help="The stage a deal begins in; default: the first.")
@click.option("--lost-stage", help="A stage that closes a deal.")
@click.option("--client", metavar="NUMBER", help="Of somebody who is in the CRM already.")
@click.option("--recording-url", "address", help="A recording that the CRM can fetch.")
@click.option("--only", multiple=True, metavar="METHOD", help="The checks of this method alone.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object for each check.")
def test(
    file: Path,
    given: tuple[str, ...],
    destination: str | None,
    region: str | None,
    address: str | None,
    only: tuple[str, ...],
    as_json: bool,
    **sample: str | None,
) -> None:
    """Hold the CRM that FILE describes to the contract of connectors.

    FILE is a description (docs/connectors.md), or with --destination a configuration. A setting is
    given with --set, or by the environment as CONNECTOR_NAME. What is made there is named in the
    end, and stays: use a test account. Exits 1 with a finding, 2 when the CRM cannot be asked or
    nothing was checked.
    """
    _look_at(only, address)
    if destination is not None and given:
        cannot("--set is for a description; with --destination the configuration says it")
    made = Sample(**sample)
    if destination is None:
        asked = _described(file, given, region or "RU", made, address)
    else:
        asked = _configured(file, destination, region, made, address)
    if made.client is not None and number(made.client, asked.region) is None:
        cannot(f"--client {made.client}: write a whole number, as +79161234567")
    sys.exit(_held_to_contract(asked, only, as_json))


def _look_at(only: tuple[str, ...], address: str | None) -> None:
    """Ends the program for a check that is none, or an address that is none."""
    if strangers := set(only) - {check.method for check in CHECKS}:
        known = ", ".join(dict.fromkeys(check.method for check in CHECKS))
        cannot(f"no check is about {min(strangers)}; there are: {known}")
    if address is not None and URL(address).scheme not in ("http", "https"):
        cannot(f"--recording-url {address}: write an address, as https://crm.example.org/rec.wav")


def _held_to_contract(asked: _Asked, only: tuple[str, ...], as_json: bool) -> bool:
    """Tell what was found; whether there is a finding. Ends the program where nothing could be."""
    run = f"bridge{uuid4().hex[:6]}"
    try:
        found = asyncio.run(_checked(asked, run, only))
    except (CrmUnavailable, CrmNeedsLogin, CrmRefused) as error:
        cannot(f"{asked.crm.name} cannot be asked: {error}")
    judged = {each.check.method for each in found if each.said is not Said.LEFT_OUT}
    apart = unjudged(asked.capabilities, judged, only)
    told = _lines(found, apart) if as_json else _report(found, apart, asked.capabilities, run)
    click.echo(told, nl=bool(told))
    if not judged:
        what = ", ".join(only) or "anything"
        cannot(
            f"nothing was checked: no check of {what} can be made with what {asked.crm.name} has"
        )
    return any(each.said is Said.FINDING for each in found)


def _described(
    file: Path, given: tuple[str, ...], region: str, sample: Sample, address: str | None
) -> _Asked:
    found = _description(file)
    crm = DeclarativeCrm(_settings(file, found, _given(found, given), region))
    own = found.sample
    whole = Sample(
        pipeline=sample.pipeline or own.pipeline,
        first_stage=sample.first_stage or own.first_stage,
        lost_stage=sample.lost_stage or own.lost_stage,
        client=sample.client,
    )
    return _Asked(crm, crm.capabilities, region, whole, address)


def _description(file: Path) -> Description:
    """Ends the program for a file that is none."""
    try:
        return described(file)
    except ConfigRefused as error:
        if {finding.key for finding in error.findings} & {"pbx", "destinations"}:
            cannot(f"{file} is a configuration: name one of its CRMs with --destination")
        cannot("\n".join(map(str, error.findings)))
    except (OSError, ValueError) as error:
        cannot(f"cannot read {file}: {error}")


def _settings(
    file: Path, found: Description, values: Mapping[str, str], region: str
) -> DeclarativeSettings:
    """Ends the program where they are not what the description asks for."""
    try:
        return DeclarativeSettings(
            name=re.sub(r"[^\w.-]", "-", file.stem),
            file=file,
            region=region,
            folder=Path.home() / ".cache" / "asterisk-bridge" / _account(found, values),
            settings={name: SecretStr(value) for name, value in values.items()},
            described=found,
        )
    except ValidationError as error:
        told = "; ".join(each["msg"].removeprefix("Value error, ") for each in error.errors())
        cannot(f"{told}\n(with --set NAME=VALUE, or CONNECTOR_NAME in the environment)")


def _account(found: Description, values: Mapping[str, str]) -> str:
    """One name for one login at one address: tokens of another are neither sent nor lost."""
    auth = found.auth.model_dump() if found.auth else None
    told = json.dumps([found.base, auth, dict(values)], sort_keys=True, default=str)
    return sha256(told.encode()).hexdigest()[:16]


def _given(found: Description, given: tuple[str, ...]) -> Mapping[str, str]:
    for each in given:
        if "=" not in each:
            names = ", ".join(found.settings) or "nothing"
            cannot(f"--set {each}: write --set NAME=VALUE; {found.crm} asks for: {names}")
    named = dict(each.partition("=")[::2] for each in given)
    outside = {
        name: os.environ[f"CONNECTOR_{name.upper()}"]
        for name in found.settings
        if f"CONNECTOR_{name.upper()}" in os.environ
    }
    return {**outside, **named}


def _configured(
    file: Path, name: str, region: str | None, sample: Sample, address: str | None
) -> _Asked:
    try:
        config = load(file)
    except ConfigUnreadable as error:
        cannot(str(error))
    except ConfigRefused as error:
        cannot("\n".join(map(str, error.findings)))
    to = next((each for each in config.destinations if each.name == name), None)
    if to is None:
        known = ", ".join(each.name for each in config.destinations) or "none"
        cannot(f"{file} has no destination {name!r}; it has: {known}")
    values = to.crm.model_dump()
    read = region or str(values.get("region", config.region))
    links_only = getattr(to.crm, "links_only", False)
    return _Asked(connect(values), capabilities(values), read, sample, address, links_only)


async def _checked(asked: _Asked, run: str, only: tuple[str, ...]) -> list[Result]:
    """Raises what reads of the CRM raise before or at the first check."""
    with TemporaryDirectory() as folder:
        wav = Path(folder) / "rec-1.wav"
        await asyncio.to_thread(wav.write_bytes, _SILENCE + bytes(1600))
        try:
            able = (await asked.crm.probe()).capabilities & asked.capabilities
            stand = await stand_in(
                asked.crm,
                able,
                wav,
                address=asked.address,
                sample=asked.sample,
                links_only=asked.links_only,
            )
            return [each async for each in results(stand, asked.region, run, only)]
        finally:
            await asked.crm.close()


def _lines(found: list[Result], apart: list[str]) -> str:
    """`apart`: methods that no check has judged."""
    told = [(each.check.method, each.check.name, str(each.said), each.detail) for each in found]
    told += [(method, "", NOT_CHECKED, "") for method in _unnamed(found, apart)]
    keys = ("method", "check", "result", "detail")
    return "\n".join(json_text(dict(zip(keys, row, strict=True))) for row in told)


def _report(found: list[Result], apart: list[str], able: frozenset[Capability], run: str) -> str:
    by_method: dict[str, list[Result]] = {}
    for each in found:
        by_method.setdefault(each.check.method, []).append(each)
    rows = [(method, _counted(some)) for method, some in by_method.items()]
    rows += [(method, NOT_CHECKED) for method in _unnamed(found, apart)]
    lines = [table(("method", "result"), rows)] if rows else []
    lines += [
        f"{each.said}: {each.check.method}: {each.check.name}: {one_line(each.detail)}"
        for each in found
        if each.said is not Said.PASSED
    ]
    lacking = ", ".join(sorted(set(map(str, Capability)) - set(map(str, able))))
    lines.append(f"not there: {lacking or 'nothing'}")
    if found:
        lines.append(f"what was made there has `{run}` in its name")
    return "\n".join(lines)


def _unnamed(found: list[Result], apart: list[str]) -> list[str]:
    """Those of which no result speaks."""
    named = {each.check.method for each in found}
    return [method for method in apart if method not in named]


def _counted(some: list[Result]) -> str:
    if all(each.said is Said.LEFT_OUT for each in some):
        return NOT_CHECKED
    passed = sum(each.said is Said.PASSED for each in some)
    wrong = sum(each.said is Said.FINDING for each in some)
    return f"{passed} of {len(some)}" + (f", {wrong} FINDING" if wrong else "")
