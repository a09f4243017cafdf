"""A connector is found by its kind, and its settings are checked by its own model."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from bridge.config.connectors import config_model
from bridge.config.findings import ConfigRefused
from bridge.config.load import parse
from bridge.crm.builtin import BuiltinCrm
from bridge.crm.registry import GROUP, UnknownCrm, connect, kinds, settings
from tests.config.conftest import GOOD_PBX

ENVIRON = {"AMI_SECRET": "4f1c0d9e77ab"}


@pytest.mark.proves("S0-05")
def test_the_builtin_crm_is_installed() -> None:
    assert "builtin" in kinds()


def test_a_connector_is_made_from_settings_without_touching_the_crm(tmp_path: Path) -> None:
    crm = connect({"kind": "builtin", "name": "office", "file": str(tmp_path / "crm.sqlite")})
    assert isinstance(crm, BuiltinCrm)
    assert (crm.name, list(tmp_path.iterdir())) == ("office", [])


def test_an_unknown_kind_is_answered_with_the_known_ones() -> None:
    with pytest.raises(UnknownCrm, match="builtin"):
        settings({"kind": "bitrix42"})


PACKAGES = {
    "gone": (None, "No module named 'gone'"),
    "wrong": ("connector = 1 +", "SyntaxError: invalid syntax"),
    "empty": ("", "AttributeError"),
    "other": ("connector = 7", "other:connector is no Connector"),
}


def install(kind: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As pip installs a package of somebody's."""
    code, _ = PACKAGES[kind]
    if code is not None:
        (folder / f"{kind}.py").write_text(code, "utf-8")
    about = folder / f"{kind}-1.dist-info"
    about.mkdir()
    (about / "METADATA").write_text(f"Name: {kind}\nVersion: 1\n", "utf-8")
    (about / "entry_points.txt").write_text(f"[{GROUP}]\n{kind} = {kind}:connector\n", "utf-8")
    monkeypatch.syspath_prepend(folder)


@pytest.mark.parametrize("kind", PACKAGES)
def test_a_connector_that_cannot_be_loaded_is_told_with_the_reason_where_it_is_named(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(kind, tmp_path, monkeypatch)
    text = GOOD_PBX + "destinations:\n  - crm: {kind: KIND, name: own}\n"
    with pytest.raises(ConfigRefused) as raised:
        parse(text.replace("KIND", kind), "b.yml", ENVIRON, tmp_path)
    [found] = map(str, raised.value.findings)
    assert "destinations[0].crm.kind: the connector" in found
    assert PACKAGES[kind][1] in found


@pytest.mark.parametrize("kind", PACKAGES)
def test_a_connector_that_cannot_be_loaded_harms_nobody_else(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(kind, tmp_path, monkeypatch)
    config_model.cache_clear()
    text = GOOD_PBX + "destinations:\n  - crm: {kind: builtin, name: own, file: crm.db}\n"
    assert [to.name for to in parse(text, "b.yml", ENVIRON, tmp_path).destinations] == ["own"]


def test_a_misspelt_setting_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="fiel"):
        settings({"kind": "builtin", "file": str(tmp_path / "x"), "fiel": "y"})
