"""Requests of a description: what is sent, how its answer is read, and what a failure means."""

from __future__ import annotations

from typing import Final, Literal, Self

from pydantic import Field, model_validator

from bridge.crm.declarative.texts import (
    PathText,
    Status,
    Strict,
    TemplateText,
    Tree,
    ValueText,
)
from bridge.crm.settings import HeaderName
from bridge.domain.commands import Verdict

METHODS: Final = ("get", "post", "put", "patch", "delete")


class ErrorRule(Strict):
    """The first rule that fits an answer decides. `path` or `header` is what is compared: with
    `is`, word for word, or by a part, `contains`. `advice` may name the `method` that was asked
    and the parts of its `path`."""

    status: tuple[Status, ...] = ()
    path: PathText | None = None
    header: str | None = None
    is_: tuple[str, ...] = Field((), alias="is")
    contains: str | None = None
    verdict: Verdict
    advice: TemplateText = Field("", description="what to do, for whoever reads the failure")
    retry_after: float | None = Field(None, gt=0, description="seconds")

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not (self.status or self.path or self.header):
            raise ValueError("say `status`, `path` or `header`: which answers is this about?")
        return self


class Paging(Strict):
    """`offset` and `page` end at a page that is not full; `cursor` and `link` where none follows.
    `most` pages are read."""

    kind: Literal["offset", "page", "cursor", "link"]
    query: str | None = None
    size: int = Field(100, ge=1, le=5000)
    size_query: str | None = None
    first: int = 0
    next: PathText | None = Field(None, description="of an answer; links may come in `Link` too")
    most: int = Field(20, ge=1, le=1000)

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.kind != "link" and self.query is None:
            raise ValueError(f"`{self.kind}` needs `query`: the parameter that names the place")
        if self.kind == "cursor" and self.next is None:
            raise ValueError("`cursor` needs `next`: where an answer tells it")
        return self


class Request(Strict):
    """One request: a method with its path below `base`, and what is sent."""

    get: TemplateText | None = None
    post: TemplateText | None = None
    put: TemplateText | None = None
    patch: TemplateText | None = None
    delete: TemplateText | None = None
    query: dict[str, Tree] = Field({})
    headers: dict[HeaderName, TemplateText] = Field({})
    body: Tree | None = Field(None, description="JSON")
    form: dict[str, Tree] | None = Field(None, description="as a form of a web page is sent")
    file: Literal["body"] | None = Field(None, description="the recording is the whole body")
    multipart: dict[str, Tree] | None = Field(
        None, description="fields; the recording stands where `{{ file }}` is"
    )
    when: TemplateText | None = Field(None, description="`{{ … }}`; not sent unless it is true")
    each: TemplateText | None = Field(None, description="`{{ a list }}`: sent for each `item`")

    @model_validator(mode="after")
    def _one(self) -> Self:
        written = [name for name in METHODS if getattr(self, name) is not None]
        if len(written) != 1:
            raise ValueError("write one of get, post, put, patch, delete, with a path")
        bodies = (self.body, self.form, self.file, self.multipart)
        if sum(each is not None for each in bodies) > 1:
            raise ValueError("write one of body, form, file, multipart")
        return self

    @property
    def method(self) -> str:
        return next(name for name in METHODS if getattr(self, name) is not None)

    @property
    def path(self) -> str:
        return str(getattr(self, self.method))


class Listing(Request):
    """A request whose answer holds rows. `missing`: statuses that mean there are none."""

    rows: PathText = "$"
    detail: TemplateText | None = Field(
        None, description="path of one `row`, where the list leaves out what is read"
    )
    paging: Paging | None = None
    missing: tuple[Status, ...] = ("404",)


class Finding(Request):
    """A request whose answer names one thing that was made before, or nothing."""

    id: ValueText = Field(examples=['"$.items[0].id"'])
    missing: tuple[Status, ...] = ("404",)


class Step(Request):
    """A request beside the write itself; what it answers is called `name` from then on. It may be
    repeated at will."""

    name: str | None = Field(None, pattern=r"^[a-z_]+$")
    take: dict[str, ValueText] = Field({})


class Write(Request):
    """What makes or changes something. `first` and `then` are sent before and after it. `unless`
    finds what was made before; then only `then` is sent."""

    first: tuple[Step, ...] = ()
    then: tuple[Step, ...] = ()
    unless: Finding | None = None
    id: ValueText | None = Field(None, description="of the answer; none: the id that was asked")
    checks: tuple[Literal["entities", "call", "user"], ...] = Field(
        (), description="what is looked up first, because the CRM takes ids that are not there"
    )
