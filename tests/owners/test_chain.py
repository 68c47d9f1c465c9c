from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from hubposture.owners.chain import Chain, Facts, Link, Owner, Unit
from hubposture.owners.team import Teams
from owners import reference
from owners.owners_world import DATA, RESOURCE_TAGS, TWO, WEB, facts, read, teams

CHAIN = Chain(read(TWO).teams, resource_tags=("owner", "team"))
ROOT = Unit("/", "r-ab12")
SITE = "arn:aws:s3:::site"


def team(name: str, link: Link) -> Owner:
    return Owner(name, is_team=True, link=link)


def test_every_link_decides_where_those_before_it_say_nothing() -> None:
    everything = Facts("web", (("owner", "platform"),), WEB, "platform", (ROOT,), SITE)
    assert CHAIN.owner(everything) == team("team-web", Link.ROW)
    assert CHAIN.owner(replace(everything, row="", resource=SITE)) == team("team-web", Link.RESOURCE)
    assert CHAIN.owner(Facts("", (("owner", "platform"),), WEB, "web", (ROOT,))) == team("platform", Link.RESOURCE_TAG)
    assert CHAIN.owner(Facts("", (("app", "Shop"),), DATA)) == team("team-web", Link.RESOURCE_TAG)
    assert CHAIN.owner(Facts("", (), WEB, "platform")) == team("team-web", Link.ACCOUNT)
    assert CHAIN.owner(Facts("", (), DATA, "web", (ROOT,))) == team("team-web", Link.ACCOUNT_TAG)
    assert CHAIN.owner(Facts("", (), DATA, "", (ROOT,))) == team("platform", Link.OU)
    assert CHAIN.owner(Facts("", (), DATA)) == team("platform", Link.FALLBACK)
    assert Chain().owner(Facts("", (), DATA)) == Owner("", is_team=False, link=Link.NONE)


def test_names_and_aliases_are_found_whatever_their_case_and_blanks() -> None:
    assert {CHAIN.owner(Facts(row)).name for row in ("TEAM-WEB", "Web", " web  TEAM ")} == {"team-web"}


def test_a_name_that_no_team_has_decides_and_is_shown_as_it_stands() -> None:
    found = CHAIN.owner(Facts("", (("Owner", " Kim  Lee"),), WEB, "web", (ROOT,)))
    assert found == Owner("Kim Lee", is_team=False, link=Link.RESOURCE_TAG)
    assert not found.is_owned
    assert not found.link.is_unowned


def test_what_only_the_fallback_gets_has_no_owner() -> None:
    assert not CHAIN.owner(Facts("", (), DATA)).is_owned
    assert Link.FALLBACK.is_unowned
    assert Link.NONE.is_unowned


def test_the_nearest_ou_decides_by_path_or_id() -> None:
    found = Chain(read("teams: {a: {ous: [/Work]}, b: {ous: [ou-ab12-22222222]}}").teams)
    units = (ROOT, Unit("/Work", "ou-ab12-11111111"), Unit("/Work/Web", "ou-ab12-22222222"))
    assert found.owner(Facts("", (), DATA, "", units)).name == "b"
    assert found.owner(Facts("", (), DATA, "", units[:2])).name == "a"


def test_tags_are_tried_in_the_order_of_the_setting_and_empty_ones_are_no_owner() -> None:
    assert CHAIN.owner(Facts("", (("team", "platform"), ("owner", "web")))).name == "team-web"
    assert CHAIN.owner(Facts("", (("team", "platform"), ("owner", " ")))).name == "platform"
    assert CHAIN.owner(Facts("", (("Owner", "platform"), ("owner", "web")))).name == "team-web"


def test_of_several_entries_that_speak_of_a_resource_its_own_id_decides_then_the_closest_pattern() -> None:
    said = f"a: {{resources: ['arn:aws:s3:::*', '*site']}}, b: {{resources: ['arn:*:s3:::si*']}}, c: {{resources: ['{SITE}']}}"
    found = Chain(read(f"teams: {{{said}}}").teams)
    assert found.of_resource(SITE) == (SITE, team("c", Link.RESOURCE))
    assert found.of_resource(f"{SITE}s") == ("arn:aws:s3:::*", team("a", Link.RESOURCE))
    assert found.of_resource("arn:aws-cn:s3:::site") == ("arn:*:s3:::si*", team("b", Link.RESOURCE))
    assert found.of_resource("ARN:AWS:S3:::DATA") is None
    assert found.resources == (SITE, "arn:aws:s3:::*", "arn:*:s3:::si*", "*site")


def test_the_steps_say_what_every_link_found_and_which_one_decided() -> None:
    steps = CHAIN.steps(Facts("", (("owner", "kim"),), WEB, "web", (ROOT,)))
    assert [(step.link, step.found, step.decides) for step in steps] == [
        (Link.ROW, "", False),
        (Link.RESOURCE, "", False),
        (Link.RESOURCE_TAG, "owner=kim", True),
        (Link.ACCOUNT, WEB, False),
        (Link.ACCOUNT_TAG, "web", False),
        (Link.OU, "/", False),
        (Link.FALLBACK, "platform", False),
    ]
    assert [step.owner.name for step in steps if step.owner] == ["kim", "team-web", "team-web", "platform", "platform"]


@given(teams(), RESOURCE_TAGS, facts())
def test_the_owner_is_whom_the_plain_reference_names(of: Teams, tags: list[str], known: Facts) -> None:
    found = Chain(of, resource_tags=tags).owner(known)
    assert (found.name, found.is_team, str(found.link)) == reference.owner(of, tags, known)


@given(teams(), RESOURCE_TAGS, facts())
def test_exactly_one_step_decides_and_it_is_the_first_that_names_anybody(
    of: Teams, tags: list[str], known: Facts
) -> None:
    chain = Chain(of, resource_tags=tags)
    steps = chain.steps(known)
    assert [step.owner for step in steps if step.decides] == [chain.owner(known)]
    assert [step.decides for step in steps].index(True) == [step.owner is not None for step in steps].index(True)


@given(teams(), RESOURCE_TAGS, facts(), st.randoms())
def test_no_order_of_tags_or_ous_changes_the_owner(of: Teams, tags: list[str], known: Facts, random: object) -> None:
    shuffle = random.shuffle  # type: ignore[attr-defined]  # Hypothesis gives a Random
    pairs, units = list(known.tags), list(known.units)
    shuffle(pairs)
    shuffle(units)
    chain = Chain(of, resource_tags=tags)
    other = replace(known, tags=pairs, units=units)
    assert chain.owner(other) == chain.owner(known)


@given(teams(), RESOURCE_TAGS, facts())
def test_whose_an_account_is_is_whose_what_has_no_row_and_no_tags_in_it_is(
    of: Teams, tags: list[str], known: Facts
) -> None:
    chain = Chain(of, resource_tags=tags)
    bare = Facts("", (), known.account, known.account_owner, known.units)
    assert chain.of_account(known) == chain.owner(bare)
