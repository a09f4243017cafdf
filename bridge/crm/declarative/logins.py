"""How a CRM lets us in, as a description says it."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from bridge.crm.declarative.texts import Strict, TemplateText, Tree
from bridge.crm.settings import HeaderName


class Basic(Strict):
    kind: Literal["basic"]
    username: TemplateText
    password: TemplateText


class Header(Strict):
    kind: Literal["header"]
    headers: dict[HeaderName, TemplateText] = Field(min_length=1)


class Jwt(Strict):
    """A token that we sign ourselves; `lasts` in seconds."""

    kind: Literal["jwt"]
    algorithm: Literal["HS256", "RS256"] = "HS256"
    key: TemplateText
    claims: dict[str, Tree] = Field({})
    lasts: float = Field(300.0, gt=0, le=86400)


class OAuth2(Strict):
    """`refresh` needs the first refresh token; later ones are kept in the daemon's folder.
    `jwt` sends a signed assertion in its place (RFC 7523)."""

    kind: Literal["oauth2"]
    grant: Literal["client_credentials", "refresh", "jwt"]
    token_url: TemplateText
    client_id: TemplateText | None = None
    client_secret: TemplateText | None = None
    refresh_token: TemplateText | None = None
    scope: TemplateText | None = None
    assertion: Jwt | None = None
    client_in: Literal["body", "basic"] = "body"
    more: dict[str, TemplateText] = Field({}, description="other fields of the token's request")

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.grant == "refresh" and self.refresh_token is None:
            raise ValueError("the grant `refresh` needs `refresh_token`")
        if self.grant == "jwt" and self.assertion is None:
            raise ValueError("the grant `jwt` needs `assertion`")
        if self.grant != "jwt" and self.client_id is None:
            raise ValueError(f"the grant `{self.grant}` needs `client_id`")
        return self


Auth = Annotated[Basic | Header | Jwt | OAuth2, Field(discriminator="kind")]
