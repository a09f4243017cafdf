"""The configuration's model with every installed CRM in it."""

from __future__ import annotations

from functools import lru_cache, reduce
from operator import or_
from typing import Annotated, Any

from pydantic import BaseModel, Field, create_model

from bridge.config.model import Config, Destination
from bridge.crm.registry import usable


def with_crms(*crms: type[BaseModel]) -> type[Config]:
    """`Config` whose destinations are those of these models, told apart by their `kind`."""
    if not crms:
        return Config
    crm: Any = reduce(or_, crms)
    if len(crms) > 1:
        crm = Annotated[crm, Field(discriminator="kind")]
    destination = create_model(
        "Destination", __base__=Destination, __doc__=Destination.__doc__, crm=(crm, ...)
    )
    return create_model(
        "Config",
        __base__=Config,
        __doc__=Config.__doc__,
        destinations=(tuple[destination, ...], ()),
    )


@lru_cache(maxsize=1)
def config_model() -> type[Config]:
    """`Config` for the connectors that are installed here."""
    return with_crms(*(each.settings for each in usable()))
