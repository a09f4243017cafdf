"""What may be written, what it is told when it is wrong, and that secrets stay secret."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from bridge.crm.odoo import OdooSettings
from tests.crm.sample import sampled, undocumented

GIVEN: dict[str, Any] = {
    "url": "https://acme.example/",
    "database": "acme",
    "login": "bridge",
    "password": "s3cret",
}


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"url": "acme.example"}, "the whole address"),
        ({"url": "https://acme.example/odoo"}, "write https://acme.example alone"),
        ({"database": ""}, "database"),
        ({"password": None}, "password"),
        ({"default_user": "anna"}, "default_user"),
        ({"extension_field": "Asterisk ext"}, "extension_field"),
        ({"requisites": {"kpp": "КПП"}}, "requisites.kpp"),
        ({"calls": {"language": "de"}}, "calls.language"),
        ({"rate": 0}, "rate"),
    ],
)
def test_a_wrong_setting_is_told_by_its_name(given: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        OdooSettings.model_validate(GIVEN | given)


def test_a_secret_is_not_shown() -> None:
    assert "s3cret" not in repr(OdooSettings.model_validate(GIVEN))


def test_each_setting_stands_in_the_example_and_in_the_documentation() -> None:
    assert undocumented(OdooSettings, "odoo") == []


def test_the_example_is_good() -> None:
    given = sampled("odoo")
    given["lead"]["sources"] = {"+74951234501": "3"}
    given["default_user"] = str(given["default_user"])
    assert OdooSettings.model_validate(given).requisites["kpp"] == "x_kpp"
