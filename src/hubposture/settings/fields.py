"""Kinds of values that settings hold, each with its own sentence for what is wrong."""

import datetime as dt
import re
from pathlib import PurePosixPath
from typing import Annotated
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError
from pydantic import AfterValidator

from hubposture.settings.secrets import FORMS, parse_reference

_ACCOUNT = re.compile(r"\d{12}", re.ASCII)
_REGION = re.compile(r"[a-z]{2,3}(-[a-z]+)+-\d{1,2}", re.ASCII)
_ROLE = re.compile(r"([\w+=,.@-]+/)*[\w+=,.@-]{1,64}", re.ASCII)
_HOURS = re.compile(r"([01]\d|2[0-4]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)", re.ASCII)
_LOOPBACK = re.compile(r"http://(127\.0\.0\.1|localhost|\[::1\])(:|/|$)")
_INSTANCE = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")


def _account(text: str) -> str:
    if _ACCOUNT.fullmatch(text) is None:
        raise ValueError("an account is 12 digits in quotes")
    return text


def _region(text: str) -> str:
    if _REGION.fullmatch(text) is None:
        raise ValueError("a Region is written like eu-central-1")
    return text


def _region_or_all(text: str) -> str:
    return text if text == "*" else _region(text)


def _role(text: str) -> str:
    if _ROLE.fullmatch(text) is None:
        raise ValueError(
            "a role is given by name, with its path if it has one (security/hubposture-reader), not by ARN"
        )
    return text


def _role_or_none(text: str) -> str:
    return _role(text) if text else text


def _instance(text: str) -> str:
    if _INSTANCE.fullmatch(text) is None:
        raise ValueError("an instance id is 1 to 32 lower-case letters, digits and hyphens")
    return text


def _zone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError("no such time zone; use a name of the IANA database such as Europe/Berlin") from error
    return text


def _secret(text: str) -> str:
    if parse_reference(text) is None:
        raise ValueError(f"secrets do not belong into this file; write where it is kept: {FORMS}")
    return text


def _database(text: str) -> str:
    if parse_reference(text) is not None:
        return text
    kind, colon, _ = text.partition("://")
    if not colon or kind.partition("+")[0] not in ("sqlite", "postgresql"):
        raise ValueError(f"write sqlite:///PATH, postgresql://HOST/NAME, or where the URL is kept: {FORMS}")
    parts = urlsplit(text)
    if parts.password is not None or "password=" in parts.query.casefold():
        raise ValueError(f"the URL holds a password, and secrets do not belong into this file; write {FORMS}")
    return text


def _file(text: str) -> str:
    path = PurePosixPath(text)
    if not text or path.is_absolute() or ".." in path.parts or "\\" in text or str(path) == ".":
        raise ValueError("a file of the baseline is given relative to it, with /, and lies within it")
    return str(path)


def _queue(text: str) -> str:
    if text and re.fullmatch(r"https?://[^\s/]+/\d{12}/[\w-]{1,80}(\.fifo)?", text, re.ASCII) is None:
        raise ValueError("a queue's URL is written like https://sqs.eu-central-1.amazonaws.com/111122223333/NAME")
    return text


def _hours(text: str) -> str:
    if _HOURS.fullmatch(text) is None or text[:5] >= text[6:] or text[6:] > "24:00":
        raise ValueError("hours are written like 09:00-17:00, within one day; 00:00-24:00 is all of it")
    return text


def _url(text: str) -> str:
    if text and re.fullmatch(r"https?://[^\s/@?#]+(/[^\s?#]*)?", text) is None:
        raise ValueError("write https://HOST, without a user or a question mark")
    if text.startswith("http://") and _LOOPBACK.match(text) is None:
        raise ValueError("write https://; without it only this machine is reached")
    return text.rstrip("/")


def _schedule(text: str) -> str:
    try:
        if text:
            next(CronSim(text, dt.datetime(2026, 1, 1, tzinfo=dt.UTC)))
    except (CronSimError, StopIteration) as error:
        raise ValueError(f"{error}; five fields as cron takes them (*/15 * * * *), or empty for never") from error
    return text


def _name(text: str) -> str:
    if not text.strip() or text != text.strip():
        raise ValueError("must not be empty, and no blanks around it")
    return text


AccountId = Annotated[str, AfterValidator(_account)]
Region = Annotated[str, AfterValidator(_region)]
RegionOrAll = Annotated[str, AfterValidator(_region_or_all)]
RoleName = Annotated[str, AfterValidator(_role)]
RoleNameOrNone = Annotated[str, AfterValidator(_role_or_none)]
InstanceId = Annotated[str, AfterValidator(_instance)]
Zone = Annotated[str, AfterValidator(_zone)]
Secret = Annotated[str, AfterValidator(_secret)]
DatabaseUrl = Annotated[str, AfterValidator(_database)]
File = Annotated[str, AfterValidator(_file)]
Name = Annotated[str, AfterValidator(_name)]
QueueUrl = Annotated[str, AfterValidator(_queue)]
Hours = Annotated[str, AfterValidator(_hours)]
Url = Annotated[str, AfterValidator(_url)]
Schedule = Annotated[str, AfterValidator(_schedule)]

SHOWN: dict[object, str] = {
    AccountId: "account",
    Region: "Region",
    RegionOrAll: "Region or *",
    RoleName: "role name",
    RoleNameOrNone: "role name or empty",
    InstanceId: "id",
    Zone: "time zone",
    Secret: "secret reference",
    DatabaseUrl: "database URL or secret reference",
    File: "path in the baseline",
    Name: "text",
    QueueUrl: "queue URL or empty",
    Hours: "hours",
    Url: "URL",
    Schedule: "schedule",
}
"""What the documentation calls each kind."""

SECRET_KINDS = (Secret, DatabaseUrl)
"""Kinds that the environment may hold plainly: the setting then becomes a reference to that variable."""
