"""What may be written, what it is told when it is wrong, and that secrets stay secret."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from bridge.crm.amocrm import AmoCrmSettings
from tests.crm.sample import sampled, undocumented

ACCOUNT = "https://acme.amocrm.ru/"
TOKEN: dict[str, Any] = {"account": ACCOUNT, "token": "s3cret"}
INTEGRATION: dict[str, Any] = {
    "account": ACCOUNT,
    "client_id": "5f1c",
    "client_secret": "s3cret",
    "redirect_uri": "https://pbx.example.ru/amocrm",
}


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ({"token": "x"}, "account"),
        ({"account": ACCOUNT}, "either `token`, or `client_id`"),
        ({**TOKEN, **INTEGRATION}, "either `token`, or `client_id`"),
        ({**INTEGRATION, "redirect_uri": None}, "either `token`, or `client_id`"),
        ({**TOKEN, "account": "acme.amocrm.ru"}, "the whole address"),
        ({**TOKEN, "account": f"{ACCOUNT}api/v4"}, "write https://acme.amocrm.ru alone"),
        ({**TOKEN, "account": f"{ACCOUNT}?x=1"}, "write https://acme.amocrm.ru alone"),
        ({**TOKEN, "account": "https://i:x@acme.amocrm.ru"}, "write https://acme.amocrm.ru alone"),
        ({**TOKEN, "rate": 8}, "rate"),
        ({**TOKEN, "extensions": {"Anna": 1}}, "extensions"),
        ({**TOKEN, "extensions": {101: "anna"}}, "extensions"),
        ({**TOKEN, "fields": {"contact": {"key": "KEY"}}}, "fields"),
    ],
)
def test_a_wrong_setting_is_told_with_what_to_write(written: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        AmoCrmSettings.model_validate(written)


@pytest.mark.parametrize("written", [TOKEN, INTEGRATION], ids=["token", "integration"])
def test_a_secret_is_not_shown(written: dict[str, Any]) -> None:
    assert "s3cret" not in repr(AmoCrmSettings.model_validate(written))


def test_ids_and_extensions_may_be_written_as_numbers() -> None:
    read = AmoCrmSettings.model_validate({**TOKEN, "extensions": {101: 504141}, "default_user": 7})
    assert (read.extensions, read.default_user, read.account) == (
        {"101": "504141"},
        "7",
        "https://acme.amocrm.ru",
    )


def test_each_setting_stands_in_the_example_and_in_the_documentation() -> None:
    assert undocumented(AmoCrmSettings, "amocrm") == []


def test_the_example_is_good() -> None:
    others = ("client_id", "client_secret", "redirect_uri", "refresh_token", "recordings")
    example = sampled("amocrm", *others)
    assert AmoCrmSettings.model_validate(example).fields.lead["did"] == 7006
