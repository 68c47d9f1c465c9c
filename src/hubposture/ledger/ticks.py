"""When a schedule comes round: cron's five fields in a time zone."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

_LONGEST_MINUTES = 60


def next_tick(schedule: str, zone: ZoneInfo, after: datetime) -> datetime | None:
    """The first moment after `after` (aware) at which a schedule comes round, in UTC; None for '', which is never.

    A time of day that the clocks leave out comes right after the gap, and one that they show twice comes once; what
    goes by the minute or the hour goes on through both (cron(8) of Debian). Raises ValueError for what is no schedule.
    """
    if not schedule:
        return None
    try:
        for local in CronSim(schedule, after.astimezone(zone)):
            # In an hour that comes twice the first of both may be past. Compared in UTC: within a zone Python compares
            # what the clocks show.
            tick = local.astimezone(UTC)
            if tick > after.astimezone(UTC):
                return tick
    except CronSimError as error:
        raise ValueError(f"{schedule!r} is no schedule: {error}") from error
    raise ValueError(f"{schedule!r} never comes round")


def pause(attempts: int) -> timedelta:
    """How long to wait after so many attempts failed in a row: a minute, twice as long each time, at most an hour."""
    return timedelta(minutes=min(1 << min(attempts - 1, 10), _LONGEST_MINUTES))
