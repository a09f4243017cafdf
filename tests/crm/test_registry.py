"""A connector is found by its kind, and its settings are checked by its own model."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from bridge.crm.builtin import BuiltinCrm
from bridge.crm.registry import UnknownCrm, connect, kinds, settings


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


def test_a_misspelt_setting_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="fiel"):
        settings({"kind": "builtin", "file": str(tmp_path / "x"), "fiel": "y"})
