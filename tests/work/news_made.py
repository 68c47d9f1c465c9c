"""News for the tests of messages: subjects, owners, and strategies of them."""

import datetime as dt
from typing import Any

from hypothesis import strategies as st

from hubposture.work.news import (
    AccountDigest,
    Coming,
    Escalated,
    News,
    OwnerDigest,
    OwnerNews,
    Receiver,
    Rules,
    TicketLink,
    WaiverNotice,
)
from hubposture.work.subject import Standing, Subject
from render.bodies import TEXTS

TODAY = dt.date(2026, 11, 24)  # a Tuesday
NOW = dt.datetime(2026, 11, 24, 9)
ALL = Rules(digest_day=1)


def failing(name: str, control: str = "s3.8", **more: Any) -> Subject:
    """A resource of team web that fails since three days."""
    given: dict[str, Any] = {
        "subject": name, "account": "111122223333", "account_shown": "acme-web-prod (111122223333)", "region": "eu-central-1",
        "control": control, "shown": control.upper(), "title": "Buckets should block public access",
        "url": f"https://docs.example/{control}", "resource": f"arn:aws:s3:::{name}", "resource_type": "AwsS3Bucket",
        "severity": "HIGH", "standing": Standing.FAILING, "owner": "web", "is_team": True,
        "failing_since": NOW - dt.timedelta(days=3), "last_passed_at": None, "changed_at": NOW, "seen_at": NOW, "returns": 0,
        "due_days": 30,
    }  # fmt: skip
    return Subject(**given | more)


def some(number: int, control: str = "s3.8", **more: Any) -> tuple[Subject, ...]:
    """So many of them."""
    return tuple(failing(f"{control}-{at:04d}", control, **more) for at in range(number))


def news(**more: Any) -> News:
    """News of acme, of which web hears in both ways."""
    receivers = more.pop("receivers", (Receiver("web", "#team-web", "web@example.com"),))
    return News("acme", TODAY, receivers, **more)


def criticals(number: int) -> tuple[Subject, ...]:
    return some(number, "ec2.19", severity="CRITICAL")


def notice(waiver: str = "W-1", kind: str = "expires-7", **more: Any) -> WaiverNotice:
    given: dict[str, Any] = {
        "team": "web",
        "until": dt.date(2026, 12, 1),
        "at": NOW,
        "controls": ("S3.8",),
        "within": 3,
        "failing": 2,
    }
    return WaiverNotice(**given | {"waiver": waiver, "kind": kind} | more)


def coming(control: str = "s3.8", days: int = 10, **more: Any) -> Coming:
    begins = TODAY + dt.timedelta(days=days)
    given: dict[str, Any] = {
        "team": "web", "control": control, "shown": control.upper(), "title": "Buckets should block public access",
        "severity": "HIGH", "begins": begins, "counts_from": begins + dt.timedelta(days=7), "places": (("acme-web-prod", 3),),
    }  # fmt: skip
    return Coming(**given | more)


_MOMENTS = st.integers(0, 500).map(lambda hours: NOW - dt.timedelta(hours=hours))
_NAMES = st.one_of(st.sampled_from(["web", "data", "a/b", ""]), TEXTS)
SUBJECTS = st.builds(
    failing,
    st.text("abcdef0123456789", min_size=4, max_size=4),
    st.sampled_from(["s3.8", "ec2.19", "iam.3"]),
    title=TEXTS, resource=TEXTS, account_shown=TEXTS, region=TEXTS, owner=_NAMES, url=TEXTS,
    severity=st.sampled_from(["CRITICAL", "HIGH", "MEDIUM", "LOW", "INFORMATIONAL", ""]),
    failing_since=st.none() | _MOMENTS, due_days=st.integers(-1, 60),
)  # fmt: skip
_SOME = st.lists(SUBJECTS, max_size=12, unique_by=lambda one: one.subject).map(tuple)
_TICKETS = st.dictionaries(
    st.text("abcdef0123456789", min_size=4, max_size=4), st.builds(TicketLink, TEXTS, TEXTS), max_size=3
)
_COUNTS = st.integers(0, 3)


def _owner(
    team: str, found: tuple[Subject, ...], counts: tuple[int, int, int], tickets: dict[str, TicketLink]
) -> OwnerNews:
    new = frozenset(one.subject for one in found[::2])
    grave = tuple(one for one in found if one.severity == "CRITICAL")
    return OwnerNews(team, found, new, grave, *counts, tickets=tickets)


_OWNERS = st.builds(_owner, _NAMES, _SOME, st.tuples(_COUNTS, _COUNTS, _COUNTS), _TICKETS)
_DAYS = st.integers(0, 40).map(lambda days: TODAY + dt.timedelta(days=days))
_NOTICES = st.builds(
    WaiverNotice, team=_NAMES, waiver=TEXTS, until=_DAYS, at=_MOMENTS, controls=st.lists(TEXTS, max_size=5), surplus=_COUNTS,
    kind=st.sampled_from(["expires-30", "expires-7", "expires-1", "expired", "surplus", "unneeded", "revoked", "new kind"]),
)  # fmt: skip
_COMING = st.builds(
    Coming, team=_NAMES, control=TEXTS, shown=TEXTS, title=TEXTS, severity=TEXTS, begins=_DAYS, counts_from=_DAYS, url=TEXTS,
    places=st.lists(st.tuples(TEXTS, st.integers(0, 9)), max_size=8),
)  # fmt: skip
_ESCALATED = st.builds(
    Escalated, key=TEXTS, ticket=st.builds(TicketLink, TEXTS, TEXTS), team=_NAMES, control=TEXTS, title=TEXTS,
    step=st.integers(1, 3), after_days=st.integers(0, 30), failing=_COUNTS, due=st.none() | _DAYS, since=_MOMENTS,
    slack=st.sampled_from(["", "#leads"]), mail=st.sampled_from(["", "leads@example.com"]),
)  # fmt: skip


def _by_team(one: Any) -> Any:
    return one.team


NEWS = st.builds(
    News,
    organization=st.sampled_from(["acme", "a/b"]),
    day=_DAYS,
    receivers=st.lists(
        st.builds(Receiver, _NAMES, st.sampled_from(["", "#web"]), st.sampled_from(["", "web@example.com"]), st.booleans()),
        max_size=4, unique_by=_by_team,
    ),
    owners=st.lists(_OWNERS, max_size=3, unique_by=_by_team),
    notices=st.lists(_NOTICES, max_size=5),
    accounts=st.lists(
        st.builds(AccountDigest, _NAMES, st.sampled_from(["1", "2"]), TEXTS, _COUNTS, _COUNTS, _SOME, _TICKETS),
        max_size=2, unique_by=lambda one: one.account,
    ),
    weeks=st.lists(st.builds(OwnerDigest, _NAMES, _COUNTS, _COUNTS, _SOME, _TICKETS), max_size=3, unique_by=_by_team),
    coming=st.lists(_COMING, max_size=4),
    escalated=st.lists(_ESCALATED, max_size=3),
)  # fmt: skip
RULES = st.builds(
    Rules, urgent=st.booleans(), urgent_most=st.integers(1, 4), top=st.integers(1, 5), announce_days=st.integers(0, 30),
    digest_day=st.integers(0, 6), attach_page=st.booleans(), link=st.sampled_from(["", "https://hub.example"]),
)  # fmt: skip
