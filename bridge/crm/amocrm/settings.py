"""Settings of one amoCRM account: how to reach it, and where calls and leads are kept there."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, ClassVar, Literal, Self

from pydantic import (
    Field,
    SecretStr,
    model_validator,
)
from yarl import URL

from bridge.crm.settings import FOLDER, AsText, Name, Origin, Region, Strict, UserId
from bridge.domain.entities import EntityKind

Extension = Annotated[str, AsText, Field(pattern=r"^[0-9*#]{2,8}$")]
FieldId = Annotated[int, Field(gt=0)]


class FieldSettings(Strict):
    """Custom fields of the account: our word → the id of the field. `key`, a text field that no
    person edits, tells what was made when an answer is lost."""

    contact: dict[str, FieldId] = Field({}, description="key, comment")
    company: dict[str, FieldId] = Field({}, description="key, comment, inn, kpp, ogrn, ogrnip")
    lead: dict[str, FieldId] = Field({}, description="key, comment, did, users")

    def of(self, kind: EntityKind) -> dict[str, int]:
        found: dict[str, int] = getattr(self, place(kind))
        return found


def place(kind: EntityKind) -> str:
    """Under which key of `fields` those of this kind are named: a deal is a lead there."""
    return EntityKind.LEAD.value if kind is EntityKind.DEAL else kind.value


class LeadSettings(Strict):
    """What a call of a stranger becomes."""

    way: Literal["lead", "unsorted"] = Field(
        "lead", description="unsorted: it waits until somebody accepts it"
    )
    caller_tag: str = Field(
        "caller", min_length=1, description="of a contact that is no client yet"
    )
    repeat_tag: str = Field("repeat", min_length=1, description="of a lead of a known client")
    swap: bool = Field(False, description="unsorted: the two numbers are shown the wrong way round")


class TaskSettings(Strict):
    type: int = Field(1, gt=0, description="id of a type of the account; 1 is a follow-up")
    hours: float = Field(1.0, gt=0, description="until a task without a deadline is due")


class ClickSettings(Strict):
    """Calls that people ask for by the widget."""

    token: SecretStr | None = Field(None, description="what the widget says; none: no clicks")
    repeat: float = Field(5.0, ge=0, description="seconds: the same user and number is one click")


class AmoCrmSettings(Strict):
    """Either `token`, or `client_id`, `client_secret` and `redirect_uri` of an integration."""

    links_only: ClassVar[bool] = True  # of recordings: the account takes no files

    kind: Literal["amocrm"] = "amocrm"
    name: Name = "amocrm"
    account: Origin
    token: SecretStr | None = Field(None, description="the long-lived token of an integration")
    client_id: str | None = None
    client_secret: SecretStr | None = None
    redirect_uri: str | None = None
    refresh_token: SecretStr | None = Field(
        None, description="the first one; later ones are kept in `folder`"
    )
    folder: Path = Field(FOLDER, description="where the tokens of the integration are kept")
    region: Region = "RU"
    timeout: float = Field(10.0, gt=0, description="seconds that bound every call")
    rate: float = Field(5.0, gt=0, le=7, description="requests a second; 7 is the most")
    burst: float = Field(2.0, ge=1, description="requests at once after a pause")
    refresh: float = Field(600.0, gt=0, description="seconds that stages and fields are remembered")
    page: int = Field(250, ge=10, le=250, description="clients in one page of the index")
    default_user: UserId | None = Field(None, description="whose are calls of nobody")
    extensions: dict[Extension, UserId] = Field({}, description="the account knows none")
    source: str = Field(
        "asterisk-crm-bridge", min_length=1, description="what notes say they are of"
    )
    further: str = Field("Another recording of the call", min_length=1)
    fields: FieldSettings = FieldSettings()
    lead: LeadSettings = LeadSettings()
    task: TaskSettings = TaskSettings()
    click: ClickSettings = ClickSettings()

    @model_validator(mode="after")
    def _one_way_in(self) -> Self:
        integration = (self.client_id, self.client_secret, self.redirect_uri)
        if (self.token is None) == (None in integration):
            raise ValueError(
                "name either `token`, or `client_id`, `client_secret` and `redirect_uri`:"
                " docs/amocrm.md says which"
            )
        return self

    @property
    def file(self) -> Path:
        """Where the tokens are kept."""
        return self.folder / f"amocrm-{self.name}.json"

    @property
    def rate_file(self) -> Path:
        """Where the processes of this machine keep the rate together."""
        return self.folder / f"{URL(self.account).host}.rate"
