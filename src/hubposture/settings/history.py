"""The past of resources, from AWS Config and CloudTrail; and writes to Security Hub that are not hubposture's."""

import re
from enum import StrEnum
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from hubposture.settings.fields import Name, Region
from hubposture.settings.part import Count, Part, Seconds

_STORE = re.compile(
    r"(arn:aws[a-z-]*:cloudtrail:[a-z0-9-]+:\d{12}:eventdatastore/)?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII
)
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}", re.ASCII)


def _store(text: str) -> str:
    if text and _STORE.fullmatch(text) is None:
        raise ValueError("an event data store's ARN or its id, like 0a1b2c3d-1234-1234-1234-0123456789ab")
    return text


def _word(text: str) -> str:
    if text and _WORD.fullmatch(text) is None:
        raise ValueError("a name of letters, digits and underscores")
    return text


Store = Annotated[str, AfterValidator(_store)]
Word = Annotated[str, AfterValidator(_word)]


class WritesFrom(StrEnum):
    """Where writes are read from."""

    LOOKUP = "lookup"
    LAKE = "lake"
    ATHENA = "athena"


class AthenaSettings(Part):
    """CloudTrail's log files as a table in Athena, read with the administrator's reader role."""

    database: Word = Field(default="", description="The database in the Data Catalog.")
    table: Word = Field(default="", description="The table, with the columns that AWS documents for CloudTrail logs.")
    workgroup: Name = Field(default="primary", description="The workgroup; it must say where results go.")
    day_column: Word = Field(
        default="",
        description="The partition column with the day (`2026/11/24`), so that only the days asked for are read; empty "
        "for a table without one.",
    )


class HistorySettings(Part):
    """What is asked of AWS Config and CloudTrail when somebody wants a resource's past."""

    source: WritesFrom = Field(
        default=WritesFrom.LOOKUP,
        description="Where writes come from: `lookup` is CloudTrail's event history, which every account has for 90 "
        "days; `lake` an event data store of CloudTrail Lake; `athena` a table over CloudTrail's log files.",
    )
    days: Annotated[int, Field(ge=1, le=2557)] = Field(
        default=90, description="How far back is asked; `lookup` has no more than 90 days."
    )
    again_minutes: Annotated[int, Field(ge=0, le=1440)] = Field(
        default=5,
        description="For how long an answer is new enough: whoever asks again within that time gets the same.",
    )
    keep: Count = Field(default=2_000, description="Of how many resources the last answer is kept.")
    pages: Annotated[int, Field(ge=1, le=50)] = Field(
        default=5, description="Pages of 50 events that are read for each name of a resource, at most."
    )
    seconds: Seconds = Field(default=30, description="How long a call is tried again, or a query waited for.")
    event_data_store: Store = Field(default="", description="For `lake`: the event data store, by ARN or id.")
    region: Region | None = Field(
        default=None, description="For `lake` and `athena`: the Region that they are in; the home Region without it."
    )
    athena: AthenaSettings = Field(default_factory=AthenaSettings, description="Athena.")

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if self.source is WritesFrom.LAKE and not self.event_data_store:
            raise ValueError("source = lake needs event_data_store")
        if self.source is WritesFrom.ATHENA and not (self.athena.database and self.athena.table):
            raise ValueError("source = athena needs athena.database and athena.table")
        return self


class OutsideSettings(Part):
    """How writes to Security Hub that did not come from hubposture are found, in CloudTrail's event history."""

    in_run: bool = Field(default=False, description="Whether `hubposture run` looks for them too.")
    ours: tuple[Name, ...] = Field(
        default=(),
        description="Patterns (`*`, `?`) of further ARNs that are hubposture: where it runs as the administrator's role "
        'itself, like `"arn:aws:sts::*:assumed-role/hubposture-service/*"`. The roles of the settings always are.',
    )
    imports: bool = Field(
        default=False, description="Whether imports of findings (BatchImportFindings) by other tools are listed too."
    )
    first_days: Annotated[int, Field(ge=1, le=90)] = Field(
        default=14, description="How far back the first look into an account and Region goes."
    )
    keep_days: Annotated[int, Field(ge=1, le=3650)] = Field(default=400, description="For how long they stay listed.")
    calls: Annotated[int, Field(ge=1, le=1_000)] = Field(
        default=40,
        description="Calls to CloudTrail (50 events each, two a second) in an account and Region each time; what is left "
        "is read the next time.",
    )
