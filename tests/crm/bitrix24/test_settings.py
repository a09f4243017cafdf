"""What may be written, what it is told when it is wrong, and that secrets stay secret."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml
from pydantic import BaseModel, ValidationError

from bridge.crm.bitrix24 import Bitrix24Settings

ROOT = Path(__file__).parents[3]
EXAMPLE = "config/asterisk-bridge.yml"

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


def names(model: type[BaseModel]) -> Iterator[str]:
    for name, field in model.model_fields.items():
        yield name
        for part in (field.annotation, *get_args(field.annotation)):
            if isinstance(part, type) and issubclass(part, BaseModel):
                yield from names(part)


def test_each_setting_stands_in_the_example_and_in_the_documentation() -> None:
    example = re.findall(r"(?m)^# #(?:   )?  (.*)$", (ROOT / EXAMPLE).read_text("utf-8"))
    documented = (ROOT / "docs" / "bitrix24.md").read_text("utf-8")
    missing = [
        name
        for name in names(Bitrix24Settings)
        if f"{name}:" not in " ".join(example) or not re.search(rf"[`.]{name}[`.]", documented)
    ]
    assert missing == []


def test_the_example_is_good() -> None:
    lines = re.findall(r"(?m)^# #     (?:# )?(.*)$", (ROOT / EXAMPLE).read_text("utf-8"))
    given = yaml.safe_load("\n".join(line for line in lines if not line.startswith("webhook")))
    given["lead"]["sources"] = {"+74951234501": "ADVERTISING"}
    read = {
        name: str(value) if isinstance(value, int) and name == "default_user" else value
        for name, value in given.items()
    }
    assert Bitrix24Settings.model_validate(read).lead.source == "CALL"
