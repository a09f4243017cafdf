"""A prompt: which sound files a client hears, by language."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, GetJsonSchemaHandler, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

OTHERS: Final = "default"

# As Playback names a file: without its ending, from the folder of sounds or from the root.
Sound = Annotated[
    str,
    Field(
        pattern=r"^[a-zA-Z0-9_-]+([./][a-zA-Z0-9_-]+){0,9}$|^(/[a-zA-Z0-9_-]+){1,9}$",
        max_length=80,
    ),
]
Sounds = Annotated[tuple[Sound, ...], Field(min_length=1, max_length=10)]


class Prompt(BaseModel):
    """Written as one file, as a list of files played in order, or as one of these by language,
    `default` for every other one. A language that is not there hears the first that is written."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    by_language: dict[str, Sounds] = Field(min_length=1)

    @model_validator(mode="before")
    @classmethod
    def _short(cls, value: object) -> object:
        if isinstance(value, str | list | tuple):
            value = {OTHERS: value}
        if isinstance(value, dict) and set(value) != {"by_language"}:
            return {"by_language": {key: _list(said) for key, said in value.items()}}
        return value

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """The short forms are as good."""
        sounds: JsonSchemaValue = {"anyOf": [{"type": "string"}, {"type": "array"}]}
        return {"anyOf": [*sounds["anyOf"], {"type": "object", "additionalProperties": sounds}]}

    def sounds(self, language: str | None) -> tuple[str, ...]:
        """What somebody of this language hears."""
        found = self.by_language.get(language or OTHERS) or self.by_language.get(OTHERS)
        return found or next(iter(self.by_language.values()))


def _list(said: object) -> object:
    return [said] if isinstance(said, str) else said
