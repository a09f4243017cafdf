"""A configuration as a test writes it: a few lines in place of a file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bridge.config.findings import ConfigRefused, Finding
from bridge.config.load import parse
from bridge.config.model import Config

ENVIRONMENT = {
    "REDIS_PASSWORD": "8c0e1f7a92d4",
    "AMI_SECRET": "4f1c0d9e77ab",
    "ARI_PASSWORD": "9b7d1e5502c4",
    "AMI_PORT": "5039",
    "LINK_SECRET": "9b1e5a0c77",
    "SCRIPT_SECRET": "5d0c1f9a2b",
    "ERP_PASSWORD": "5d0c1f9a2c",
    "WEB_TOKEN": "f1d2c3b4a5968778",
    "SITE_TOKEN": "0f6d1c2b3a49588e",
    "EMPTY": "",
    "HOOK_SECRET": "aa10b2c3d4e5",
    "ZAMMAD_ENDPOINT": "https://help.example.org/api/v1/cti/PhXp3ZG63Qy",
    "SMTP_PASSWORD": "c2d4e6f80a1b",
    "TELEGRAM_TOKEN": "123456:AAH4f1c0d9e",
    "ALERT_SECRET": "77ab21c04f1c",
}
GOOD_PBX = """pbx:
  - name: office
    username: bridge
    secret: ${AMI_SECRET}
"""

Read = Callable[[str], Config]
Refused = Callable[[str], tuple[Finding, ...]]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def reading(text: str) -> Config:
        return parse(text, "bridge.yml", ENVIRONMENT, tmp_path)

    return reading


@pytest.fixture
def refused(read: Read) -> Refused:
    """What is found in a text that must not be accepted."""

    def reading(text: str) -> tuple[Finding, ...]:
        with pytest.raises(ConfigRefused) as caught:
            read(text)
        return caught.value.findings

    return reading
