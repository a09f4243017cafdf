"""What the configuration says of this CRM, below `crm:` of a destination."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr


class TemplateSettings(BaseModel):
    """`timeout` in seconds bounds every call; `region` reads national phone numbers."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["template"] = "template"
    name: str = Field("template", pattern=r"^[\w.-]+$")
    url: str = Field("https://crm.example.org", examples=["https://crm.example.org"])
    token: SecretStr = SecretStr("")
    region: str = Field("RU", pattern="^[A-Z]{2}$")
    timeout: float = Field(10.0, gt=0)
