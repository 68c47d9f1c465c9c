"""In which zone somebody looks at pages: times are written in UTC once, and shown in the zone that they chose."""

import datetime as dt
import re
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from fastapi import Request

COOKIE = "hubposture_zone"
"""Holds the name of a zone; whoever has none sees times in the organization's."""
_TIME = re.compile(r'<time datetime="(\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?)Z">[^<>]{16,19} <abbr>UTC</abbr></time>')
_NAMED = '<a href="/zone">UTC</a>'
"""As the foot of pages names the zone."""


@cache
def zones() -> tuple[str, ...]:
    """The names of all zones, sorted; UTC first."""
    names = {
        name for name in available_timezones() if "/" in name and not name.startswith(("Etc/", "posix/", "right/"))
    }
    return ("UTC", *sorted(names))


def zone_asked(request: Request) -> str:
    """The zone that the viewer chose, '' where they chose none or there is no such zone."""
    name = request.cookies.get(COOKIE, "")
    return name if name in zones() else ""


def zone_of(request: Request) -> ZoneInfo:
    """The zone in which the viewer sees times."""
    chosen = zone_asked(request)
    if chosen:
        return ZoneInfo(chosen)
    found = request.app.state.desk.zone
    return found if isinstance(found, ZoneInfo) else ZoneInfo("UTC")


def seen_in(zone: ZoneInfo, text: str) -> str:
    """A page with its times in a zone. Only what our templates wrote as a time is one: texts of others are escaped."""
    if zone.key == "UTC":
        return text
    told = text.replace(_NAMED, f'<a href="/zone">{zone.key}</a>')
    return _TIME.sub(lambda found: _local(found[1], zone), told)


def _local(said: str, zone: ZoneInfo) -> str:
    at = dt.datetime.fromisoformat(said).replace(tzinfo=dt.UTC)
    form = "%Y-%m-%d %H:%M:%S" if at.second or said.count(":") > 1 else "%Y-%m-%d %H:%M"
    here = at.astimezone(zone)
    return (
        f'<time datetime="{said}Z" title="{at.strftime(form)} UTC">{here.strftime(form)} '
        f"<abbr>{here.tzname()}</abbr></time>"
    )
