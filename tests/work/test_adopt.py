"""Tickets that people made before: what is taken, and why the others are not."""

import datetime as dt
from dataclasses import replace

import pytest

from hubposture.work.adopt import Row, adopt, read_rows, rows_of_texts
from hubposture.work.policy import Policy
from hubposture.work.subject import Standing, Subject
from hubposture.work.ticket import Group, Route, Seen, State
from hubposture.work.world import World

_NOW = dt.datetime(2026, 11, 24, 9)
_ROUTE = Route("team-web", "main", "SHOP")


def _subject(number: int, *, control: str = "s3.8", owner: str = "team-web") -> Subject:
    return Subject(
        subject=f"{number:032x}",
        account="111122223333",
        account_shown="acme-web (111122223333)",
        region="eu-central-1",
        control=control,
        shown=control.upper(),
        title="Public access is blocked",
        url="",
        resource=f"arn:aws:s3:::bucket-{number}",
        resource_type="AwsS3Bucket",
        severity="HIGH",
        standing=Standing.FAILING,
        owner=owner,
        is_team=True,
        failing_since=dt.datetime(2026, 10, 1),
        last_passed_at=None,
        changed_at=dt.datetime(2026, 10, 1),
        seen_at=_NOW,
        returns=0,
    )


def _seen(shown: str, *, is_done: bool = False, title: str = "", text: str = "") -> Seen:
    return Seen(
        f"id-{shown}", shown, f"https://jira.example.com/browse/{shown}", "SHOP", (), "Open", is_done, _NOW, _NOW,
        title=title, text=text,
    )  # fmt: skip


def _world(*subjects: Subject) -> World:
    return World("acme", {one.subject: one for one in subjects}, routes={"team-web": _ROUTE})


def _row(ticket: str, resource: str = "", *, control: str = "S3.8", account: str = "111122223333") -> Row:
    return Row(ticket, control, account, "", resource, f"list.csv:{ticket}")


def test_a_row_gives_a_ticket_of_the_group_with_all_that_it_names() -> None:
    one, other = _subject(1), _subject(2)
    rows = [_row("SHOP-7", one.resource), _row("SHOP-7", other.resource)]
    found = adopt(rows, {"SHOP-7": _seen("SHOP-7")}, _world(one, other), Policy(), tracker="main", now=_NOW)
    (ticket,) = found.tickets
    assert not found.problems
    assert (ticket.id, ticket.state, ticket.is_adopted, ticket.number) == ("id-SHOP-7", State.OPEN, True, 1)
    assert [member.subject for member in ticket.members] == [one.subject, other.subject]
    assert ticket.key == Group("acme", Policy().by, "s3.8", "team-web").key(1)


def test_a_row_without_a_resource_takes_all_of_the_account() -> None:
    world = _world(_subject(1), _subject(2), _subject(3, control="s3.9"))
    found = adopt([_row("SHOP-7")], {"SHOP-7": _seen("SHOP-7")}, world, Policy(), tracker="main", now=_NOW)
    assert [len(one.members) for one in found.tickets] == [2]


def test_two_tickets_of_one_group_are_its_first_and_its_second() -> None:
    one, other = _subject(1), _subject(2)
    seen = {name: _seen(name) for name in ("SHOP-7", "SHOP-8")}
    rows = [_row("SHOP-7", one.resource), _row("SHOP-8", other.resource)]
    found = adopt(rows, seen, _world(one, other), Policy(), tracker="main", now=_NOW)
    assert [(ticket.shown, ticket.number) for ticket in found.tickets] == [("SHOP-7", 1), ("SHOP-8", 2)]


@pytest.mark.parametrize(
    ("rows", "seen", "why"),
    [
        ([_row("SHOP-9", "arn:aws:s3:::bucket-1")], {}, "main shows no such ticket"),
        ([_row("SHOP-7", "arn:aws:s3:::other")], {}, "nothing that fails is called so"),
        (
            [_row("SHOP-7", "arn:aws:s3:::bucket-1")],
            {"SHOP-7": _seen("SHOP-7", is_done=True)},
            "it is done there (Open); open it again, or leave it out",
        ),
        (
            [_row("SHOP-7", "arn:aws:s3:::bucket-1"), _row("SHOP-7", "arn:aws:s3:::bucket-3", control="S3.9")],
            {"SHOP-7": _seen("SHOP-7")},
            "it is about several things that have tickets of their own",
        ),
        (
            [_row("SHOP-7", "arn:aws:s3:::bucket-4", control="S3.10")],
            {"SHOP-7": _seen("SHOP-7")},
            "team-data gets no tickets: no tracker is set for it",
        ),
    ],
)
def test_what_cannot_be_taken_is_said_with_why(rows: list[Row], seen: dict[str, Seen], why: str) -> None:
    world = _world(_subject(1), _subject(3, control="s3.9"), _subject(4, control="s3.10", owner="team-data"))
    found = adopt(rows, seen, world, Policy(), tracker="main", now=_NOW)
    assert not found.tickets
    assert why in str(found.problems[0])


def test_nothing_is_taken_twice() -> None:
    one = _subject(1)
    row = _row("SHOP-7", one.resource)
    first = adopt([row], {"SHOP-7": _seen("SHOP-7")}, _world(one), Policy(), tracker="main", now=_NOW)
    world = replace(_world(one), tickets=first.tickets)
    again = adopt([row], {"SHOP-7": _seen("SHOP-7")}, world, Policy(), tracker="main", now=_NOW)
    assert not again.tickets
    assert "it is in SHOP-7 already" in str(again.problems[0])
    rows = [row, _row("SHOP-8", one.resource)]
    seen = {name: _seen(name) for name in ("SHOP-7", "SHOP-8")}
    both = adopt(rows, seen, _world(one), Policy(), tracker="main", now=_NOW)
    assert [ticket.shown for ticket in both.tickets] == ["SHOP-7"]
    assert "a resource has one ticket for a control" in str(both.problems[0])


def test_a_list_is_read_with_all_its_faults_at_once() -> None:
    raw = b"Key;Control;ARN\nSHOP-7;S3.8;arn:aws:s3:::bucket-1\n;S3.8;x\nSHOP-8;S3.8;\n\n"
    rows, problems = read_rows(raw, "list.csv")
    assert [(row.ticket, row.control, row.resource, row.source) for row in rows] == [
        ("SHOP-7", "S3.8", "arn:aws:s3:::bucket-1", "list.csv:2")
    ]
    assert [problem.where for problem in problems] == ["list.csv:3", "list.csv:4"]


@pytest.mark.parametrize("raw", [b"", b"\xff\xfe", b"a,b\n1,2", b'ticket,control,account\n"open', b"\0"])
def test_a_list_that_is_none_is_an_error_that_names_it(raw: bytes) -> None:
    rows, problems = read_rows(raw, "list.csv")
    assert not rows
    assert problems[0].where.startswith("list.csv")


def test_texts_name_a_control_and_a_resource_letter_by_letter() -> None:
    one, eleven = _subject(1), _subject(11)
    seen = [
        _seen("SHOP-7", title="[s3.8] bucket-1 is public"),
        _seen("SHOP-8", text=f"Please fix S3.8 on {eleven.resource}."),
        _seen("SHOP-9", title="bucket-1 and nothing else"),
        _seen("SHOP-10", title="S3.80 bucket-1"),
    ]
    rows = rows_of_texts(seen, [one, eleven])
    assert [(row.ticket, row.resource) for row in rows] == [("SHOP-7", one.resource), ("SHOP-8", eleven.resource)]
