"""Settings of one Bitrix24 portal: how to reach it, and how calls and leads are written there."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, ClassVar, Literal, Self

from pydantic import AfterValidator, Field, SecretStr, model_validator
from yarl import URL

from bridge.crm.settings import FOLDER, Name, Origin, Region, Strict, UserId


def _webhook(secret: SecretStr) -> SecretStr:
    address = URL(secret.get_secret_value())
    parts = address.path.strip("/").split("/")
    whole = address.scheme in ("https", "http") and bool(address.host)
    if not whole or len(parts) != 3 or parts[0] != "rest" or not parts[1].isdecimal():
        raise ValueError("copy it whole, like https://acme.bitrix24.ru/rest/1/abcdef/")
    return secret


Webhook = Annotated[SecretStr, AfterValidator(_webhook)]


class LeadSettings(Strict):
    """Where a lead keeps what Bitrix24 has no field for."""

    did_field: str = Field("SOURCE_DESCRIPTION", description="or a field of yours, UF_CRM_…")
    pipeline_field: str | None = Field(None, description="a field of yours; leads have no pipeline")
    sources: dict[str, str] = Field({}, description="company number → id of a source")
    source: str = Field("CALL", description="id of the source for every other number")


class CostSettings(Strict):
    """What an outbound minute costs; begun minutes count."""

    per_minute: float = Field(gt=0)
    currency: str = "RUB"


class FurtherSettings(Strict):
    """Every recording of a call but the first: a comment with the file, on the call's client."""

    words: str = Field("Another recording of the call", min_length=1)
    megabytes: float = Field(25.0, gt=0, description="a larger file stays in our own list")


class ClickSettings(Strict):
    """Calls that people ask for in the portal; all in seconds."""

    poll: float = Field(10.0, gt=0, description="how often the portal's queue is read")
    within: float = Field(15.0, gt=0, description="an older click is not called")
    repeat: float = Field(5.0, ge=0, description="the same user and number again is one click")
    address: str | None = Field(None, description="our public https address; without it, polling")


class Bitrix24Settings(Strict):
    """Either `webhook`, or `portal` with the `client_id` and `client_secret` of a local app."""

    takes: ClassVar[frozenset[str]] = frozenset({"wav", "mp3"})  # formats of recordings

    kind: Literal["bitrix24"] = "bitrix24"
    name: Name = "bitrix24"
    webhook: Webhook | None = None
    portal: Origin | None = None
    client_id: str | None = None
    client_secret: SecretStr | None = None
    refresh_token: SecretStr | None = Field(
        None, description="of the installation; later ones are kept in `folder`"
    )
    application_token: SecretStr | None = Field(
        None, description="proves that an event is the portal's; an installation brings it"
    )
    member_id: str | None = None
    auth: Origin = "https://oauth.bitrix.info"
    folder: Path = Field(FOLDER, description="where the tokens of the application are kept")
    region: Region = "RU"
    timeout: float = Field(10.0, gt=0, description="seconds that bound every call")
    upload_timeout: float = Field(50.0, gt=0, le=55, description="seconds for a recording")
    rate: float = Field(2.0, gt=0, description="requests a second; Enterprise allows 5")
    burst: float = Field(10.0, ge=1, description="requests at once after a pause")
    refresh: float = Field(600.0, gt=0, description="seconds that stages and fields are remembered")
    default_user: UserId | None = Field(
        None, description="whose are calls of nobody; default: the user who authorised"
    )
    chat: bool = Field(False, description="tell of each call in the portal's chat")
    cost: CostSettings | None = None
    lead: LeadSettings = LeadSettings()
    further: FurtherSettings = FurtherSettings()
    path: str | None = Field(
        "Path of the call",
        min_length=1,
        description="words before the labels of a call; null: none",
    )
    rated: str = Field(
        "The client rated the call", min_length=1, description="words before a later rating"
    )
    click: ClickSettings = ClickSettings()

    @model_validator(mode="after")
    def _one_way_in(self) -> Self:
        if (self.webhook is None) == (self.portal is None):
            raise ValueError("name either `webhook` or `portal`: docs/bitrix24.md says which")
        if self.portal and not (self.client_id and self.client_secret):
            raise ValueError("`portal` needs the `client_id` and `client_secret` of its local app")
        return self

    @property
    def file(self) -> Path:
        """Where tokens and the portal's present address are kept."""
        return self.folder / f"bitrix24-{self.name}.json"

    @property
    def rate_file(self) -> Path:
        """Where the processes of this machine share what the portal allows it."""
        address = self.webhook.get_secret_value() if self.webhook else self.portal
        return self.folder / f"{URL(str(address)).host}.rate"
