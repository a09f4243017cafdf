"""What no single model can see: settings that contradict each other, and example passwords."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from pydantic import SecretStr

from bridge.config.findings import Path, dotted
from bridge.config.kept import homeless, misplaced, undriven
from bridge.config.model import Config
from bridge.config.passwords import example, secrets
from bridge.config.routed import meaningless
from bridge.domain.numbers import REGIONS, e164
from bridge.recordings import ffmpeg, sftp
from bridge.scripts import querying
from bridge.scripts.sense import outlasting, unasked
from bridge.scripts.settings import ASKED, DIALPLAN_WAITS
from bridge.web.certificate import Certificate, CertificateUnusable

_SHORTEST_TOKEN: Final = 16  # characters
_UPLOAD: Final = "`recordings: upload` here"

_AMI_LOGIN: Final = {
    "username": "write for example `username: bridge`",
    "secret": "write for example `secret: ${AMI_SECRET}`",
}

Doubt = tuple[Path, str, str]


def doubts(config: Config) -> Iterator[Doubt]:
    """Path, problem and advice of everything that cannot be meant."""
    if not config.pbx:
        yield ("pbx",), "there is no PBX to follow", "write `- name: office` and its keys below"
    yield from _logins(config)
    yield from _passwords(config)
    yield from _tokens(config)
    yield from _certificate(config)
    yield from _names(config)
    yield from _mobiles(config)
    yield from _endpoints(config)
    yield from _channels(config)
    yield from misplaced(config)
    yield from _links(config)
    yield from _sources(config)
    yield from _formats(config)
    yield from _scripts(config)
    yield from _regions(config)
    yield from _files(config)
    yield from meaningless(config)


def lacking(config: Config) -> Iterator[Doubt]:
    """What this machine lacks: the daemon does less than is written, or does not start."""
    yield from undriven(config)
    yield from homeless(config)
    policy = config.recordings
    if policy.needs_ffmpeg and not ffmpeg.installed():
        advice = "apt install ffmpeg, or write wav"
        yield ("recordings", "format"), "ffmpeg is missing: originals are delivered", advice


def unheard(config: Config) -> Iterator[Doubt]:
    """Scripts whose answer the dialplan may not wait for: how long it does is its own setting."""
    for place in outlasting(config.scripts):
        problem = f"the dialplan waits {DIALPLAN_WAITS:g} s unless BRIDGE_SCRIPT_WAIT says more"
        advice = f"write less than {DIALPLAN_WAITS:g}, or set BRIDGE_SCRIPT_WAIT above it"
        yield ("scripts", "items", place, "within"), problem, advice


def _links(config: Config) -> Iterator[Doubt]:
    web, keep = config.web, config.recordings.keep
    linked = [place for place, to in enumerate(config.destinations) if to.recordings == "link"]
    for place in linked:
        path: Path = ("destinations", place, "recordings")
        for key in ("public_url", "link_secret"):
            if getattr(web, key) is None:
                yield path, f"a link needs web.{key}", f"write it under web, or {_UPLOAD}"
    if linked and keep.days is not None and timedelta(days=keep.days) < web.link_lasts:
        advice = "keep copies at least as long as links to them last (web.link_lasts)"
        yield ("recordings", "keep", "days"), "links would lead to erased recordings", advice


def _formats(config: Config) -> Iterator[Doubt]:
    """A CRM that takes only some formats names them in `takes` of its settings."""
    made = str(config.recordings.format)
    for place, to in enumerate(config.destinations):
        takes = getattr(to.crm, "takes", None)
        if takes is not None and made not in takes:
            path: Path = ("destinations", place, "crm", "kind")
            advice = f"write recordings.format: {' or '.join(sorted(takes))}"
            yield path, f"{to.name} takes no recording as {made}", advice


def _regions(config: Config) -> Iterator[Doubt]:
    """A connector's own model knows two letters, but no countries."""
    for place, to in enumerate(config.destinations):
        region = getattr(to.crm, "region", None)
        if region is not None and region not in REGIONS:
            path: Path = ("destinations", place, "crm", "region")
            yield path, "this is no country's code of two letters", "write RU or GB, say, or none"


def _files(config: Config) -> Iterator[Doubt]:
    """A CRM that takes addresses of recordings alone says `links_only` in its settings."""
    for place, to in enumerate(config.destinations):
        if getattr(to.crm, "links_only", False) and to.recordings != "link":
            path: Path = ("destinations", place, "recordings")
            advice = "write `recordings: link` here, and web.public_url and web.link_secret"
            yield path, f"{to.name} takes no files, only addresses of recordings", advice


def _sources(config: Config) -> Iterator[Doubt]:
    for place, pbx in enumerate(config.pbx):
        source = pbx.recordings.source
        path: Path = ("pbx", place, "recordings", "source")
        if source and source.kind == "sftp" and not sftp.installed():
            yield path, "SFTP needs asyncssh", "pip install 'asterisk-crm-bridge[sftp]'"
        if source and pbx.recordings.here:
            yield path, "the folder is `here` already", "keep one of the two"


def _logins(config: Config) -> Iterator[Doubt]:
    """AMI's user is needed where AMI tells of calls, ARI's where ARI does."""
    for place, pbx in enumerate(config.pbx):
        login = {"username": pbx.username, "secret": pbx.secret.get_secret_value()}
        for key, advice in _AMI_LOGIN.items():
            if pbx.events == "ami" and not login[key]:
                yield ("pbx", place, key), "this key is missing", advice
        if pbx.events == "ari" and pbx.ari is None:
            advice = "write `ari: {username: bridge, password: '${ARI_PASSWORD}'}`"
            yield ("pbx", place, "events"), "events: ari needs pbx[].ari", advice


def _passwords(config: Config) -> Iterator[Doubt]:
    for path, secret in secrets(config):
        if path[0] == "pbx" and path[2:] == ("secret",) and not secret.get_secret_value():
            continue  # AMI's: see _logins
        if example(secret.get_secret_value()):
            yield (
                path,
                "an example password, which attackers try first",
                "make one with `openssl rand -hex 24`, set it on both sides, and write"
                " ${NAME} or file:PATH here",
            )


def _tokens(config: Config) -> Iterator[Doubt]:
    """Whose token is it, and can it be guessed."""
    seen: dict[str, Path] = {}
    for path, token in _all_tokens(config):
        secret = token.get_secret_value()
        if len(secret) < _SHORTEST_TOKEN:
            advice = f"write {_SHORTEST_TOKEN} characters or more: `openssl rand -hex 24` makes 48"
            yield path, "this token could be guessed", advice
        if (other := seen.setdefault(secret, path)) != path:
            problem = f"this is the token of {dotted(other[:3])}"
            yield path, problem, "give each its own, to tell them apart"


def _all_tokens(config: Config) -> Iterator[tuple[Path, SecretStr]]:
    if config.web.token:
        yield ("web", "token"), config.web.token
    for name, other in config.web.tokens.items():
        yield ("web", "tokens", name, "token"), other.token


def _certificate(config: Config) -> Iterator[Doubt]:
    if config.web.tls is not None:
        try:
            Certificate(config.web.tls)
        except CertificateUnusable as error:
            advice = "give PEM files that the daemon's user may read, the key without a password"
            yield ("web", "tls"), str(error), advice


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


def _endpoints(config: Config) -> Iterator[Doubt]:
    """Of two people at one phone the first would get the calls of both."""
    owners: dict[str, str] = {}
    for place, agent in enumerate(config.agents):
        for index, endpoint in enumerate(agent.endpoints):
            if (owner := owners.setdefault(endpoint, agent.extension)) != agent.extension:
                path: Path = ("agents", place, "endpoints", index)
                yield path, f"this phone is {owner}'s already", "whose is it? keep one"


def _channels(config: Config) -> Iterator[Doubt]:
    """A glob that no channel's name fits would be silent: nobody's calls, or no clients at all."""
    globs: list[tuple[Path, str]] = [
        (("pbx", place, "trunks", index), glob)
        for place, pbx in enumerate(config.pbx)
        for index, glob in enumerate(pbx.trunks)
    ]
    globs += [
        (("agents", place, "endpoints", index), glob)
        for place, agent in enumerate(config.agents)
        for index, glob in enumerate(agent.endpoints)
    ]
    for path, glob in globs:
        if not set("/*?[") & set(glob):
            yield path, "no channel is called so", f"write for example PJSIP/{glob}"


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


def _scripts(config: Config) -> Iterator[Doubt]:
    if config.scripts.databases and not querying.installed():
        advice = "pip install 'asterisk-crm-bridge[postgres]'"
        yield ("scripts", "databases"), "a database needs asyncpg", advice
    for place, script in enumerate(config.scripts.items):
        path: Path = ("scripts", "items", place)
        if script.on == ASKED and config.agi is None:
            yield (*path, "on"), "the dialplan has nobody to ask", "write `agi: {}`"
        for step, name in unasked(script):
            advice = f"write a step `ask` or `query` with `name: {name}` before it"
            yield (*path, "do", step), f"no step before asks for answers.{name}", advice
