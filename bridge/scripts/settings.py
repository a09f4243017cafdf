"""Settings of scripts. Their templates and conditions are compiled, and tried on a sample call,
when they are read: what is wrong with one is a finding of `check`, with its line."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    SecretStr,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema
from sqlalchemy import text

from bridge.routing.prompt import Prompt
from bridge.scripts.actions import To
from bridge.scripts.sample import condition, template, url


def _postgresql(secret: SecretStr) -> SecretStr:
    if not secret.get_secret_value().startswith("postgresql://"):
        raise ValueError("write postgresql://user:password@host/database; ask others over HTTP")
    return secret


TemplateText = Annotated[str, AfterValidator(template)]
ConditionText = Annotated[str, AfterValidator(condition)]
UrlText = Annotated[str, AfterValidator(url)]
# A variable, one that is handed on (_, __), or one of the functions that are safe to set from here.
Variable = Annotated[
    str, Field(pattern=r"^_{0,2}[A-Za-z]\w*$|^(CHANNEL|CALLERID|CDR)\([a-z][a-z-]*\)$")
]
DatabaseUrl = Annotated[SecretStr, AfterValidator(_postgresql)]
Context = Annotated[str, Field(pattern=r"^[\w.-]{1,79}$")]
Moment = Literal[
    "started", "queued", "ringing", "answered", "transferred", "held", "resumed", "rated",
    "finished", "asked",
]  # fmt: skip

_NAME: Final = r"^[a-z]\w*$"
_WITHOUT_A_CHANNEL: Final = frozenset({"ask", "query", "tell", "task"})
# The dialplan asks by name for a script of this moment: AGI(agi://…/script/NAME).
ASKED: Final = "asked"
DIALPLAN_WAITS: Final = 3.0  # seconds: BRIDGE_SCRIPT_WAIT of dialplan/scripts.conf, if not set
_WITHIN_ASKED: Final = 2.5
FINISHED: Final = "finished"


class _Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Short(_Settings):
    """A step that is often written as its first key alone."""

    @model_validator(mode="before")
    @classmethod
    def _first_alone(cls, value: object) -> object:
        first = next(iter(cls.model_fields))
        return {first: value} if isinstance(value, str) else value

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """The short form is as good; a prompt may be several files."""
        short: list[JsonSchemaValue] = [{"type": "string"}, {"type": "array"}]
        return {"anyOf": [handler(core), *(short if "prompt" in cls.model_fields else short[:1])]}


class AskStep(_Short):
    """A question to an address. Without `body` it gets the call so far, as a webhook does."""

    url: UrlText = Field(examples=["https://example.org/debts"])
    name: str = Field("answer", pattern=_NAME, description="the answer is answers.<name>")
    method: Literal["POST", "GET"] = "POST"
    body: TemplateText | None = None
    timeout: float = Field(2.0, gt=0, le=30)


class QueryStep(_Settings):
    """A question to one of `databases`. `values` are for the names in `sql`, as `:phone`; they are
    text: `CAST(:id AS integer)` compares a number."""

    database: str
    sql: str = Field(examples=["SELECT sum FROM debts WHERE phone = :phone"])
    values: dict[str, TemplateText] = {}
    name: str = Field("answer", pattern=_NAME, description="the rows are answers.<name>.json")
    timeout: float = Field(2.0, gt=0, le=30)

    @model_validator(mode="after")
    def _bound(self) -> QueryStep:
        if "{{" in self.sql or "{%" in self.sql:
            raise ValueError("`sql` is no template: write :name there, and what it is in `values`")
        named = text(self.sql).compile().params.keys()
        if odd := sorted(named ^ self.values.keys()):
            raise ValueError(f"name each value both in `sql` (:{odd[0]}) and in `values`")
        return self


class PlayStep(_Short):
    prompt: Prompt
    to: To = To.CLIENT

    @model_validator(mode="before")
    @classmethod
    def _several(cls, value: object) -> object:
        return {"prompt": value} if isinstance(value, list) else value


class TransferStep(_Settings):
    context: Context
    extension: TemplateText = "s"


class TellStep(_Short):
    """`agents` are templates of extensions; default: whom the moment is about."""

    text: TemplateText
    agents: tuple[TemplateText, ...] = ()


class TaskStep(_Short):
    """`agent` is a template of the extension whose task it is."""

    title: TemplateText
    agent: TemplateText | None = None
    fields: dict[str, TemplateText] = {}


class Step(_Settings):
    """One action, and when it is done. What fails costs itself alone: the next step follows."""

    when: ConditionText | None = None
    ask: AskStep | None = None
    query: QueryStep | None = None
    play: PlayStep | None = None
    transfer: TransferStep | None = None
    set: dict[Variable, TemplateText] | None = Field(None, min_length=1)
    tell: TellStep | None = None
    label: TemplateText | None = None
    task: TaskStep | None = None
    hang_up: Literal[True] | None = None

    @model_validator(mode="before")
    @classmethod
    def _yes(cls, value: object) -> object:
        if isinstance(value, dict) and value.get("hang_up") in ("true", "yes"):
            return {**value, "hang_up": True}
        return value

    @model_validator(mode="after")
    def _one(self) -> Step:
        if len(self.model_fields_set - {"when"}) != 1:
            known = ", ".join(name for name in Step.model_fields if name != "when")
            raise ValueError(f"a step is one of: {known}; put each into a step of its own")
        return self

    @property
    def question(self) -> AskStep | QueryStep | None:
        """What it asks, if that is what it does."""
        return self.ask or self.query

    @property
    def action(self) -> str:
        """Which of them it is."""
        (name,) = self.model_fields_set - {"when"}
        return name


class Script(_Settings):
    """`on`: the moment it runs at, `after` so many seconds later if the call still goes on."""

    name: str = Field(pattern=r"^[\w -]{1,40}$", examples=["debtor"])
    on: Moment
    after: float = Field(0.0, ge=0, le=3600)
    when: ConditionText | None = None
    do: tuple[Step, ...] = Field(min_length=1, max_length=20)
    times: int = Field(1, ge=1, le=20, description="at most so often in one call")
    within: float = Field(
        5.0,
        gt=0,
        le=60,
        description="seconds for all its steps; what is left then is dropped; `on: asked`: 2.5",
    )

    @model_validator(mode="before")
    @classmethod
    def _sooner_than_the_dialplan(cls, value: object) -> object:
        if isinstance(value, dict) and value.get("on") == ASKED and value.get("within") is None:
            return {**value, "within": _WITHIN_ASKED}
        return value

    @model_validator(mode="after")
    def _at_a_moment(self) -> Script:
        if self.after and self.on in (ASKED, FINISHED):
            raise ValueError(f"`after` means nothing with `on: {self.on}`; leave it out")
        gone = {step.action for step in self.do} - _WITHOUT_A_CHANNEL
        if self.on == FINISHED and gone:
            raise ValueError(
                f"`{min(gone)}` needs a call that goes on; `on: finished` can"
                f" {', '.join(sorted(_WITHOUT_A_CHANNEL))}"
            )
        return self


class ScriptSettings(_Settings):
    """`secrets` sign what is sent to addresses: two while one is changed for the other."""

    items: tuple[Script, ...] = ()
    secrets: tuple[SecretStr, ...] = Field((), max_length=2)
    databases: dict[str, DatabaseUrl] = Field(
        {}, description="name to postgresql://user:password@host/database; nothing is written there"
    )
    most_actions: int = Field(30, ge=1, le=1000, description="of all scripts together, in one call")
    play_context: Context = Field(
        "bridge-play", description="of dialplan/scripts.conf: plays into a conversation"
    )

    @model_validator(mode="after")
    def _names(self) -> ScriptSettings:
        names = [script.name for script in self.items]
        if twice := next((name for name in names if names.count(name) > 1), None):
            raise ValueError(f"two scripts are named {twice}; give each its own name")
        return self

    @model_validator(mode="after")
    def _databases(self) -> ScriptSettings:
        steps = (step for script in self.items for step in script.do)
        asked = {step.query.database for step in steps if step.query}
        if unknown := min(asked - self.databases.keys(), default=None):
            raise ValueError(f"`{unknown}` is none of `scripts.databases`; write its address there")
        return self
