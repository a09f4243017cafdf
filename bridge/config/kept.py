"""Where everything is kept: the address of the store, the files and folders that go with it."""

from __future__ import annotations

from collections.abc import Iterator
from os.path import isdir
from pathlib import Path as File

from bridge.config.findings import Path
from bridge.config.model import Config
from bridge.storage.engine import StoreUnusable, must_be_drivable, sqlite_file, store_url
from bridge.storage.owner import is_crm, is_store

Doubt = tuple[Path, str, str]


def misplaced(config: Config) -> Iterator[Doubt]:
    """An address that is none; a file that is the store's and the built-in CRM's."""
    if config.store.url is None and {"?", "%"} & set(str(config.folder)):
        problem = "the address of the store in it would be read otherwise"
        yield ("folder",), problem, "choose a path without `?` and `%`"
        return
    try:
        store = sqlite_file(store_url(config.store_url))
    except StoreUnusable as error:
        yield _of_store(error)
        return
    if store and is_crm(store):
        advice = f"write a file of its own, as sqlite:///{config.folder}/bridge.db"
        yield ("store", "url"), f"{store} is the built-in CRM's file", advice
    yield from _crm_files(config, store)


def _crm_files(config: Config, store: File | None) -> Iterator[Doubt]:
    for place, to in enumerate(config.destinations):
        file = getattr(to.crm, "file", None) if _kind(to.crm) == "builtin" else None
        if file and (file == store or is_store(file)):
            path: Path = ("destinations", place, "crm", "file")
            advice = f"write a file of its own, as {config.folder}/crm.db"
            yield path, f"{file} is the store's file", advice


def _kind(crm: object) -> str:
    return str(getattr(crm, "kind", ""))


def undriven(config: Config) -> Iterator[Doubt]:
    """A database that this machine has no driver for: who reads no store needs none."""
    try:
        must_be_drivable(store_url(config.store_url))
    except StoreUnusable as error:
        yield _of_store(error)


def homeless(config: Config) -> Iterator[Doubt]:
    """A folder that was chosen and is not there. It is not made: for a mistyped path that would
    begin with an empty store."""
    store, advice = sqlite_file(store_url(config.store_url)), "make it, or correct the path"
    if config.has_own_folder and not isdir(config.folder):
        yield ("folder",), f"there is no folder {config.folder}", advice
    elif store and store.parent != config.folder and not isdir(store.parent):
        yield ("store", "url"), f"there is no folder {store.parent}", advice


def _of_store(error: StoreUnusable) -> Doubt:
    problem, _, advice = str(error).partition(": ")
    return ("store", "url"), problem, advice
