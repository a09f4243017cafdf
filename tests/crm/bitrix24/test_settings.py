"""What may be written, what it is told when it is wrong, and that secrets stay secret."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from bridge.crm.bitrix24 import Bitrix24Settings
from tests.crm.sample import sampled, undocumented

WEBHOOK = "https://acme.bitrix24.ru/rest/1/s3cretcode/"
APP: dict[str, Any] = {
    "portal": "https://acme.bitrix24.ru/",
    "client_id": "local.1",
    "client_secret": "s3cret",
}


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({}, "either `webhook` or `portal`"),
        ({"webhook": WEBHOOK, **APP}, "either `webhook` or `portal`"),
        ({"webhook": "https://acme.bitrix24.ru/rest/1/"}, "copy it whole"),
        ({"webhook": "/rest/1/s3cretcode/"}, "copy it whole"),
        ({"portal": "acme.bitrix24.ru"}, "the whole address"),
        ({**APP, "client_secret": None}, "client_id` and `client_secret"),
        ({**APP, "default_user": "anna"}, "default_user"),
        ({**APP, "name": "a/b"}, "name"),
        ({**APP, "rate": 0}, "rate"),
    ],
)
def test_a_wrong_setting_is_told_with_what_to_write(given: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        Bitrix24Settings.model_validate(given)


@pytest.mark.parametrize("given", [{"webhook": WEBHOOK}, APP], ids=["webhook", "application"])
def test_a_secret_is_not_shown(given: dict[str, Any]) -> None:
    assert "s3cret" not in repr(Bitrix24Settings.model_validate(given))


def test_each_setting_stands_in_the_example_and_in_the_documentation() -> None:
    assert undocumented(Bitrix24Settings, "bitrix24") == []


def test_the_example_is_good() -> None:
    given = sampled("bitrix24", "webhook")
    given["lead"]["sources"] = {"+74951234501": "ADVERTISING"}
    given["default_user"] = str(given["default_user"])
    assert Bitrix24Settings.model_validate(given).lead.source == "CALL"
