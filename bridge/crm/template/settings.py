"""What the configuration says of this CRM, below `crm:` of a destination."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, SecretStr

from bridge.crm.settings import Name, Region, Strict


class TemplateSettings(Strict):
    """`timeout` in seconds bounds every call; `region` reads national phone numbers."""

    kind: Literal["template"] = "template"
    name: Name = "template"
    url: str = Field("https://crm.example.org", examples=["https://crm.example.org"])
    token: SecretStr = SecretStr("")
    region: Region = "RU"
    timeout: float = Field(10.0, gt=0)
