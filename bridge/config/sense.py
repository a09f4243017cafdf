"""What no single model can see: settings that contradict each other, and example passwords."""

from __future__ import annotations

from collections.abc import Iterator

from bridge.config.findings import Path
from bridge.config.model import Config
from bridge.config.passwords import example, secrets
from bridge.domain.numbers import e164

Doubt = tuple[Path, str, str]


def doubts(config: Config) -> Iterator[Doubt]:
    """Path, problem and advice of everything that cannot be meant."""
    if not config.pbx:
        yield ("pbx",), "there is no PBX to follow", "write `- name: office` and its keys below"
    yield from _passwords(config)
    yield from _names(config)
    yield from _mobiles(config)


def _passwords(config: Config) -> Iterator[Doubt]:
    for path, secret in secrets(config):
        if example(secret.get_secret_value()):
            yield (
                path,
                "an example password, which attackers try first",
                "make one with `openssl rand -hex 24`, set it on both sides, and write"
                " ${NAME} or file:PATH here",
            )


def _mobiles(config: Config) -> Iterator[Doubt]:
    owners: dict[str, str] = {}
    for place, agent in enumerate(config.agents):
        for index, mobile in enumerate(agent.mobiles):
            path: Path = ("agents", place, "mobiles", index)
            number = e164(mobile, config.region)
            if number is None:
                yield path, "this is no public number", "write it as +79161234567"
            elif (owner := owners.setdefault(number, agent.extension)) != agent.extension:
                yield path, f"this mobile is {owner}'s already", "whose is it? keep one"


def _names(config: Config) -> Iterator[Doubt]:
    """Names are in keys and call ids: two things of one name would be taken for one."""
    lists: dict[str, tuple[str, list[str]]] = {
        "pbx": ("name", [pbx.name for pbx in config.pbx]),
        "agents": ("extension", [agent.extension for agent in config.agents]),
        "destinations": ("crm.name", [destination.name for destination in config.destinations]),
    }
    for key, (field, names) in lists.items():
        for place, name in enumerate(names):
            if name in names[:place]:
                path: Path = (key, place, *field.split("."))
                yield path, f"{name} stands in this list twice", "give each its own"
