"""Settings of Zammad, and of whatever else listens in its way."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, SecretStr, field_validator

from bridge.crm.settings import Name, Strict


class ZammadSettings(Strict):
    """`endpoint` is the address that Zammad shows under Integrations, CTI (generic); it holds the
    token. `names`: the real name of an extension, as Zammad shows it beside the call."""

    kind: Literal["zammad"] = "zammad"
    name: Name = "zammad"
    endpoint: SecretStr = Field(examples=["${ZAMMAD_ENDPOINT}"])
    encoding: Literal["json", "form"] = "json"
    names: dict[str, str] = Field({})
    timeout: float = Field(5.0, gt=0, le=50)

    @field_validator("endpoint")
    @classmethod
    def _address(cls, endpoint: SecretStr) -> SecretStr:
        if not endpoint.get_secret_value().startswith(("https://", "http://")):
            raise ValueError("write the whole address, as https://help.example.org/api/v1/cti/…")
        return endpoint
