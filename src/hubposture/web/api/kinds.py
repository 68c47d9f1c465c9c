"""What every answer of the API is made of: texts that are texts, times in UTC, and the version that they are of."""

import datetime as dt
import re
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

_UNSAYABLE = re.compile("[\ud800-\udfff]")


def _said(value: object) -> object:
    return _UNSAYABLE.sub("\ufffd", value) if isinstance(value, str) else value


def _in_utc(value: object) -> object:
    """Times of the lake have no zone and are UTC."""
    if isinstance(value, dt.datetime):
        return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)
    return value


Said = Annotated[str, BeforeValidator(_said)]
"""A text of ours or of others, as it was found; what no encoding holds is replaced."""
Time = Annotated[dt.datetime, BeforeValidator(_in_utc)]
"""ISO 8601 with Z."""
Whole = Annotated[int, Field(ge=0)]


class Model(BaseModel):
    """A part of an answer, made from what a verb gives by the names of its attributes."""

    model_config = ConfigDict(from_attributes=True, extra="forbid", frozen=True)


class OfVersion(Model):
    """An answer: the version of the lake that it was read from, and that version's time."""

    version: Whole
    at: Time


class Level(Model):
    """Obligations: how many there are, how many of them are met, and how many are open."""

    met: Whole
    of: Whole
    open: Whole


class Wrong(Model):
    """One thing that is wrong: where, what, and what to do about it."""

    where: Said
    what: Said
    hint: Said = ""


FILTER_FORMAT = "hubposture-filter"
"""What texts in the filter language are called in the OpenAPI document."""
CURSOR_FORMAT = "hubposture-cursor"
"""What the places where lists go on are called there."""
AsksFilter = Annotated[
    str,
    Field(
        max_length=4_000,
        description="A filter, as on the pages and the command line: severity>=HIGH account=web-prod since>30d",
        json_schema_extra={"format": FILTER_FORMAT},
    ),
]


class Asked(BaseModel):
    """What an operation may be asked with; anything else is refused."""

    model_config = ConfigDict(extra="forbid")


def by_name(model: type[Model], values: Any) -> Any:
    """Those of some named values that a model has."""
    return {name: values[name] for name in model.model_fields if name in values}
