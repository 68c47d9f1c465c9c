"""Which days a trend is made of."""

import datetime as dt

from hubposture.verbs.trend import chosen

END = dt.date(2026, 11, 24)


def ago(*days: int) -> list[dt.date]:
    return [END - dt.timedelta(days=one) for one in days]


def test_with_a_version_every_day_it_is_every_seventh_one_back_from_the_newest() -> None:
    assert chosen(ago(*range(30, -1, -1)), 3) == ago(21, 14, 7, 0)


def test_a_week_without_a_version_at_its_end_takes_the_one_before_and_none_twice() -> None:
    assert chosen(ago(16, 9, 0), 2) == ago(16, 9, 0)
    assert chosen(ago(20, 0), 2) == ago(20, 0)
    assert chosen(ago(3, 0), 8) == ago(0)


def test_without_a_version_there_is_no_day() -> None:
    assert chosen([], 4) == []
