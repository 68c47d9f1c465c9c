"""Words that several documents say alike: ages, days, shares, resources, severities and states."""

import datetime as dt
import re

from hubposture.views.document import Text, Tone, counted

SEVERITIES = ("CRITICAL", "HIGH", "MEDIUM", "LOW", "INFORMATIONAL")
_SEVERITY_TONES = {"CRITICAL": Tone.BAD, "HIGH": Tone.WARN}
_STATUS_TONES = {"FAILED": Tone.BAD, "WARNING": Tone.WARN, "NOT_AVAILABLE": Tone.WARN, "PASSED": Tone.GOOD}
_STATUS_WORDS = {
    "FAILED": "failing", "WARNING": "warning", "NOT_AVAILABLE": "not available", "PASSED": "passed", "": "open",
}  # fmt: skip
_PRESENCE_WORDS = {"gone": "gone", "off": "control off", "lost": "lost sight", "unsure": "unsure"}
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_ARN = re.compile(r"arn:[^:]*:([^:]*):[^:]*:[^:]*:(.+)", re.DOTALL)


def age(since: dt.datetime | None, now: dt.datetime) -> str:
    """`43 days`, `5 h`, `12 min`; `-` where there is no since. Under two days it is told in hours.

    Both times are naive UTC, or both aware.
    """
    if since is None:
        return "-"
    passed = max(dt.timedelta(), now - since)
    if passed < dt.timedelta(hours=1):
        return f"{passed.seconds // 60} min"
    if passed < dt.timedelta(days=2):
        return f"{passed // dt.timedelta(hours=1)} h"
    return counted(passed.days, "day")


def day(moment: dt.date) -> str:
    """`24 Nov 2026`, whatever the language of the machine."""
    return f"{moment.day} {_MONTHS[moment.month - 1]} {moment.year}"


def last_day(until: dt.datetime, zone: dt.tzinfo = dt.UTC) -> dt.date:
    """The last whole day in a zone before a moment (naive UTC) at which something ends."""
    return (until - dt.timedelta(microseconds=1)).replace(tzinfo=dt.UTC).astimezone(zone).date()


def day_near(moment: dt.date, at: dt.date) -> str:
    """`12 Dec`, with its year where that is another than that of `at`."""
    said = day(moment)
    return said if moment.year != at.year else said.rpartition(" ")[0]


class Moment(str):
    """A time in UTC as `moment` writes it: a text as any other, which pages show in the zone of who looks."""

    __slots__ = ()


def moment(at: dt.datetime) -> Moment:
    """`2026-11-24 10:40`, UTC; what has no zone is UTC."""
    return Moment((at if at.tzinfo is None else at.astimezone(dt.UTC)).strftime("%Y-%m-%d %H:%M"))


def iso(at: dt.datetime | None) -> str | None:
    """A moment for JSON, with Z; naive is UTC."""
    if at is None:
        return None
    naive = at if at.tzinfo is None else at.astimezone(dt.UTC).replace(tzinfo=None)
    return f"{naive.isoformat()}Z"


def share(part: int, whole: int) -> str:
    """`93.4 %`, rounded down so that 100.0 % is all and 0.0 % is none; `-` of nothing."""
    if whole == 0:
        return "-"
    tenths = part * 1000 // whole
    return f"{max(tenths, 1 if part else 0) / 10:.1f} %"


def percent(part: int, whole: int) -> float | None:
    """The same as a number for JSON, not rounded down but to four digits; None of nothing."""
    return None if whole == 0 else round(100 * part / whole, 4)


def severity(label: str) -> Text:
    """A severity in its tone."""
    return Text(label, _SEVERITY_TONES.get(label, Tone.PLAIN))


def state(status: str, presence: str = "present", *, suppressed: bool = False, waived: bool = False) -> Text:
    """A subject's state in words: presence if it is not simply there, else status, with what takes it out."""
    if presence in ("gone", "off", "lost"):
        return Text(_PRESENCE_WORDS[presence], Tone.DIM)
    said = [_STATUS_WORDS.get(status, status.lower())]
    if waived and status != "PASSED":
        said.append("waived")
    elif suppressed:
        said.append("suppressed")
    if presence == "unsure":
        said.append("unsure")
    tone = Tone.DIM if len(said) > 1 and status != "PASSED" else _STATUS_TONES.get(status, Tone.WARN)
    return Text(", ".join(said), tone)


def resource_short(resource: str) -> str:
    """What tells a resource apart for a reader: an ARN without service, Region and account; the account itself."""
    if resource.startswith("AWS::::Account:"):
        return "the account"
    found = _ARN.fullmatch(resource)
    return found[2] if found else resource


def account_name(alias: str, name: str, account: str) -> str:
    """What people call an account; its number only where it has neither alias nor name."""
    return alias or name or account
