"""Any small world: the statements find what the reference finds, in whatever order the waivers come."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hubposture.waivers.rule import Rule
from hubposture.waivers.waiver import Effect
from waivers.match_world import DATA, EU, LONE, OUS, TREE, US, WEB, Small, beside, finding, hours, rule, subject
from waivers.reference import Row, World

RESOURCES = (
    "arn:aws:s3:::one",
    "arn:aws:s3:::one-two",
    "arn:aws:s3:::One",
    "arn:aws:s3:::[one]_%\\",
    "arn:aws:ec2:eu-central-1:111122223333:volume/vol-0abc",
    "AWS::::Account:111122223333",
    "a!b\nc",
    "caf\u00e9/\U0001f600",
)
CONTROLS = ("s3.8", "ec2.2", "iam.9")
TAGSETS = {
    "t1": {"stage": "prod", "team": "web"},
    "t2": {"stage": "prod_1", "Team": "web"},
    "t3": {"team": "[web]*?"},
}
PLACES = [(account, region) for account in (WEB, DATA, LONE, "000011112222") for region in (EU, US)]
MOMENTS = st.integers(-3, 3).map(hours)

few = settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
many = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def small() -> Iterator[Small]:
    made = Small()
    yield made
    made.connection.close()


@st.composite
def patterns(draw: st.DrawFn, texts: tuple[str, ...] = RESOURCES) -> str:
    """A text, some of its characters replaced by signs, or cut at either end; or any signs at all."""
    if draw(st.integers(0, 5)) == 0:
        return draw(st.text("*?[]_%\\!abc", min_size=1, max_size=6))
    text = draw(st.sampled_from(texts))
    start, end = sorted(draw(st.tuples(*[st.integers(0, len(text))] * 2)))
    kind = draw(st.sampled_from(["exact", "prefix", "suffix", "middle", "one", "part"]))
    return {
        "exact": text,
        "prefix": f"{text[:end]}*",
        "suffix": f"*{text[start:]}",
        "middle": f"{text[:start]}*{text[end:]}",
        "one": "".join("?" if at in (start, end) else sign for at, sign in enumerate(text)),
        "part": f"*{text[start:end]}*",
    }[kind]


@st.composite
def subjects(draw: st.DrawFn) -> list[Row]:
    places = draw(
        st.lists(
            st.tuples(st.sampled_from(PLACES), st.sampled_from(CONTROLS), st.sampled_from(RESOURCES)),
            min_size=1,
            max_size=10,
            unique=True,
        )
    )
    return [
        subject(
            resource,
            account=account,
            region=region,
            control=control,
            kind=draw(st.sampled_from(["control"] * 9 + ["other"])),
            presence=draw(st.sampled_from(["present", "present", "present", "unsure", "gone", "off", "lost"])),
            status=draw(st.sampled_from(["FAILED", "FAILED", "PASSED", "WARNING", "NOT_AVAILABLE"])),
            first_seen_at=draw(MOMENTS),
            changed_at=draw(MOMENTS),
            failing_since=draw(st.none() | MOMENTS),
            tagset=draw(st.sampled_from(["", *TAGSETS])),
        )
        for (account, region), control, resource in places
    ]


@st.composite
def findings(draw: st.DrawFn, of: list[Row]) -> list[Row]:
    """None to two of each subject, and some that speak of all subjects of one account, Region and control."""
    named = [(row, f"{number}/{row['subject']}") for row in of for number in range(draw(st.integers(0, 2)))]
    for account, region, control in draw(st.sets(st.sampled_from([place_of(row) for row in of]), max_size=2)):
        together = [row for row in of if place_of(row) == (account, region, control)]
        named += [(row, f"of many/{account}/{region}/{control}") for row in together]
    return [
        finding(
            row,
            name,
            compliance=draw(st.sampled_from(["FAILED", "PASSED", "WARNING", ""])),
            workflow=draw(st.sampled_from(["NEW", "NEW", "NOTIFIED", "SUPPRESSED", "RESOLVED"])),
            record_state=draw(st.sampled_from(["ACTIVE", "ACTIVE", "ACTIVE", "ARCHIVED"])),
            severity=draw(st.sampled_from(["LOW", "HIGH"])),
            user_fields=draw(st.sampled_from(["", "", '{"hubposture/waiver":"W-1"}', '{"team":"web"}'])),
            note=draw(st.sampled_from(["", "by hand"])),
            note_at=draw(st.none() | MOMENTS),
            updated_at=draw(MOMENTS),
        )
        for row, name in named
    ]


def place_of(row: Row) -> tuple[str, str, str]:
    return row["account"], row["region"], row["control"]


@st.composite
def worlds(draw: st.DrawFn) -> World:
    made = draw(subjects())
    limited = st.dictionaries(
        st.sampled_from([place_of(row) for row in made]), st.sampled_from([-1, 0, 30]), max_size=3
    )
    return World(made, draw(findings(made)), TREE, OUS, TAGSETS, draw(limited))


@st.composite
def rules(draw: st.DrawFn, given_: World) -> list[Rule]:
    rows = list(given_.subjects)
    some = st.lists(st.sampled_from(rows), max_size=4)
    return [
        rule(
            f"W-{number}",
            controls=draw(st.lists(st.sampled_from(CONTROLS), min_size=1, max_size=3)),
            resources=tuple(draw(st.lists(patterns(), max_size=3))),
            accounts=tuple(draw(st.just([]) | st.lists(st.sampled_from([WEB, DATA, LONE]), max_size=2))),
            ous=tuple(
                draw(
                    st.just([])
                    | st.lists(
                        st.sampled_from(
                            ["/", "/Work", "/Work/Prod", "/Work/Pro", "ou-web", "ou-work", "r-1", "ou-no", "/Lone"]
                        ),
                        max_size=2,
                    )
                )
            ),
            regions=tuple(draw(st.just([]) | st.lists(st.sampled_from([EU, US]), max_size=1))),
            tags=tuple(draw(st.just([]) | st.lists(tag_criteria(), max_size=2, unique=True))),
            known=draw(st.sampled_from([(WEB, DATA, LONE), (WEB,), ()])),
            effect=draw(st.sampled_from([Effect.SUPPRESS, Effect.SUPPRESS, Effect.VISIBLE])),
            holds=draw(st.sampled_from([True, True, True, False])),
            until=draw(st.sampled_from([hours(1000), hours(2000)])),
            approved=draw(some | st.just(rows)),
            admitted=draw(some),
            days=draw(st.sampled_from([10, 30, 31])),
            covers_new=draw(st.integers(0, 3)),
            new_since=draw(st.none() | MOMENTS),
        )
        for number in range(draw(st.integers(0, 4)))
    ]


@st.composite
def tag_criteria(draw: st.DrawFn) -> tuple[str, str]:
    name = draw(st.sampled_from(["stage", "team", "Team", "none"]))
    return name, draw(patterns(("prod", "prod_1", "web", "[web]*?")))


@st.composite
def questions(draw: st.DrawFn) -> tuple[World, list[Rule], dict[str, Any]]:
    world = draw(worlds())
    keys = st.sets(st.sampled_from([row["subject"] for row in world.subjects]), max_size=3)
    options = {"ours": draw(keys), "only": draw(st.none() | keys), "wide": draw(st.sampled_from([0, 100]))}
    return world, draw(rules(world)), options


def check(small: Small, question: tuple[World, list[Rule], dict[str, Any]]) -> None:
    world, made, options = question
    found = beside(small, world, made, **options)
    assert small.judge(made[::-1], **options) == found


@few
@given(question=questions())
def test_the_statements_find_what_the_reference_finds(
    small: Small, question: tuple[World, list[Rule], dict[str, Any]]
) -> None:
    check(small, question)


@pytest.mark.slow
@many
@given(question=questions())
def test_the_statements_find_what_the_reference_finds_in_many_worlds(
    small: Small, question: tuple[World, list[Rule], dict[str, Any]]
) -> None:
    check(small, question)
