"""Provisional waivers of suppressions that were found."""

import datetime as dt
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from hubposture.model.controls import ControlId
from hubposture.waivers.patterns import matches
from hubposture.waivers.provisional import UNOWNED, Suppressed, provisional
from hubposture.waivers.read import read_waivers
from hubposture.waivers.standing import ApprovalRules, State, standing
from hubposture.waivers.subject_file import to_text
from hubposture.waivers.waiver import SubjectName, SystemOfApproval
from hubposture.waivers.write import to_yaml

TODAY = dt.date(2026, 11, 24)
BERLIN = ZoneInfo("Europe/Berlin")
ONE, OTHER = "111122223333", "444455556666"


def group(
    control: str = "s3.8", account: str = ONE, resources: tuple[str, ...] = ("arn:aws:s3:::a",), **more: object
) -> Suppressed:
    subjects = tuple(SubjectName(account, "eu-central-1", control, resource) for resource in resources)
    return Suppressed(ControlId(control), account, subjects, **more)  # type: ignore[arg-type]


def test_a_group_becomes_a_waiver_that_says_what_is_known_of_it() -> None:
    found = group(
        who=(("arn:aws:sts::1:assumed-role/Ops/kim", 7), ("", 2)),
        oldest=dt.datetime(2024, 3, 1, 9),
        newest=dt.datetime(2026, 10, 9, 9),
        notes=("ok\nfor now", "ask lee"),
        owner="web",
    )

    ((waiver, subjects),) = ((one.waiver, one.subjects) for one in provisional([found], today=TODAY, days=90))

    assert (waiver.id, waiver.owner, waiver.requested_by) == ("P-111122223333-s3.8", "web", found.who[0][0])
    assert (waiver.valid_from, waiver.expires) == (TODAY, dt.date(2027, 2, 22))
    assert waiver.reason == (
        "Suppressed before there were waivers by arn:aws:sts::1:assumed-role/Ops/kim (7) from 2024-03-01 to 2026-10-09. "
        'Notes: "ask lee; ok for now". To be justified or fixed'
    )
    (entry,) = waiver.approvals
    assert (entry.system, entry.by, entry.subjects) == (
        SystemOfApproval.PROVISIONAL,
        "",
        "P-111122223333-s3.8.subjects",
    )
    assert subjects.subjects == found.subjects


def test_where_nothing_is_known_the_waiver_says_so_little() -> None:
    (one,) = provisional([group()], today=TODAY, days=30)

    assert one.waiver.reason == "Suppressed before there were waivers. To be justified or fixed"
    assert one.waiver.owner == UNOWNED
    assert one.waiver.requested_by


def test_it_holds_provisionally_for_so_many_days_and_no_longer() -> None:
    (one,) = provisional([group()], today=TODAY, days=90)
    sets = {one.waiver.approvals[0].subjects: one.subjects}

    def state(day: dt.date) -> State:
        return standing(one.waiver, sets, today=day, zone=BERLIN, rules=ApprovalRules()).state

    assert state(TODAY) is State.PROVISIONAL
    assert state(one.waiver.expires) is State.PROVISIONAL
    assert state(one.waiver.expires + dt.timedelta(days=1)) is State.EXPIRED


def test_groups_of_one_account_and_control_get_ids_of_their_own() -> None:
    groups = [group(owner="web"), group(owner="data", resources=("arn:aws:s3:::b",)), group(account=OTHER)]

    found = provisional(groups, today=TODAY, days=90, taken=["p-444455556666-S3.8"], shown=str.upper)

    assert [(one.waiver.id, one.waiver.owner) for one in found] == [
        ("P-111122223333-S3.8", "data"),
        ("P-111122223333-S3.8-2", "web"),
        ("P-444455556666-S3.8-2", UNOWNED),
    ]


def test_controls_come_in_the_order_of_their_numbers() -> None:
    found = provisional([group("ec2.10"), group("ec2.2")], today=TODAY, days=90)

    assert [one.waiver.id for one in found] == ["P-111122223333-ec2.2", "P-111122223333-ec2.10"]


def test_a_group_without_subjects_is_left_out() -> None:
    assert provisional([group(resources=())], today=TODAY, days=90) == ()


def test_a_resource_that_no_pattern_can_name_is_in_the_set_all_the_same() -> None:
    (one,) = provisional([group(resources=("a\0b", "c"))], today=TODAY, days=90)

    assert one.waiver.criteria.resources == ()
    assert len(one.subjects.subjects) == 2


NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=20).filter(str.strip)
GROUPS = st.builds(
    group,
    st.sampled_from(["s3.8", "ec2.10", "ec2.2"]),
    st.sampled_from([ONE, OTHER]),
    st.lists(NAMES, min_size=1, max_size=4).map(tuple),
    who=st.lists(st.tuples(NAMES | st.just(""), st.integers(1, 9)), max_size=5).map(tuple),
    notes=st.lists(NAMES, max_size=3).map(tuple),
    owner=st.sampled_from(["", "web", "data"]),
)


@settings(max_examples=40, deadline=None)
@given(st.lists(GROUPS, max_size=6), st.randoms(use_true_random=False))
def test_ids_are_distinct_whatever_the_order_and_files_are_read_back_as_they_were_made(
    groups: list[Suppressed], shuffle: object
) -> None:
    made = provisional(groups, today=TODAY, days=90)
    mixed = list(groups)
    shuffle.shuffle(mixed)  # type: ignore[attr-defined]

    assert provisional(mixed, today=TODAY, days=90) == made
    assert len({one.waiver.id.casefold() for one in made}) == len(made) == len(groups)

    files = {f"waivers/{one.waiver.id}.yaml": to_yaml(one.waiver).encode() for one in made}
    files |= {f"waivers/{one.waiver.approvals[0].subjects}": to_text(one.subjects).encode() for one in made}
    read = read_waivers(files)

    assert [str(problem) for problem in read.problems] == []
    rules = ApprovalRules()
    states = [standing(one, read.sets, today=TODAY, zone=BERLIN, rules=rules).state for one in read.waivers]
    assert states == [State.PROVISIONAL] * len(made)


@settings(max_examples=40, deadline=None)
@given(GROUPS)
def test_every_subject_of_a_group_is_matched_by_its_waiver(one: Suppressed) -> None:
    (made,) = provisional([one], today=TODAY, days=90)

    for subject in one.subjects:
        assert any(matches(pattern, subject.resource) for pattern in made.waiver.criteria.resources)
        assert subject.account in made.waiver.criteria.accounts
        assert subject.region in made.waiver.criteria.regions
