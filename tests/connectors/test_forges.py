"""Whose approval counts, on GitHub and on GitLab alike."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.forge_faces import FACES, FILE, NAMES, Face, Seen, seen_as
from hubposture.connectors.forges import Person, authors, co_authors
from hubposture.errors import InputError, RemoteRefused, RemoteUnavailable
from hubposture.ports.approvals import Forge, Review
from hubposture.sandbox.remote.forge import CHANGES_REQUESTED, COMMENTED
from hubposture.sandbox.remote.forge_world import Change

HOWS = ("merge", "squash", "rebase")


def asked(seen: Seen, **how: str) -> Change:
    return seen.forge.open("kim", {FILE: "waiver"}, **how)  # type: ignore[arg-type]


def approved(seen: Seen, **how: str) -> Change:
    """A request of kim that lee approved."""
    change = asked(seen, **how)
    seen.forge.review(change, "lee")
    return change


def test_it_is_what_the_port_asks_for(seen: Seen) -> None:
    port: Forge = seen.client
    assert port.reviews(seen.forge.branches["main"]) == ()


# What brought a commit


@pytest.mark.parametrize("how", HOWS)
def test_a_reviewed_merge_is_found_by_what_it_became_however_it_was_merged(seen: Seen, how: str) -> None:
    change = approved(seen)
    commit = seen.forge.merge(change, "max", how=how)
    sign, words = ("#", "pull") if seen.face == "github" else ("!", "-/merge_requests")
    assert seen.client.reviews(commit, FILE) == (
        Review(
            number=f"{sign}1",
            author="kim",
            approvers=("lee",),
            merged_at=dt.datetime(2026, 11, 2, 9, 3),
            commit=commit,
            url=f"https://{seen.face}.example/{NAMES[seen.face]}/{words}/1",
        ),
    )


def test_it_is_found_by_a_commit_of_the_branch_too(seen: Seen) -> None:
    change = approved(seen)
    seen.forge.merge(change, "max", how="merge")
    assert seen.approvers(change.head, FILE) == ("lee",)


def test_every_rebased_commit_leads_to_its_request(seen: Seen) -> None:
    change = asked(seen)
    seen.forge.push(change, {"other": "x"}, by="kim")
    seen.forge.review(change, "lee")
    seen.forge.merge(change, "max", how="rebase")
    assert [seen.approvers(one, FILE) for one in change.rebased] == [("lee",), ("lee",)]


def test_what_was_pushed_directly_has_no_review(seen: Seen) -> None:
    assert seen.client.reviews(seen.forge.commit("main", {FILE: "waiver"}, by="kim")) == ()


def test_a_commit_that_the_forge_does_not_have_has_no_review(seen: Seen) -> None:
    assert seen.client.reviews("0" * 40) == ()


def test_a_request_that_is_open_is_no_review(seen: Seen) -> None:
    assert seen.client.reviews(approved(seen).head) == ()


def test_a_merge_into_another_branch_is_no_review(seen: Seen) -> None:
    seen.forge.branches["staging"] = seen.forge.branches["main"]
    change = approved(seen, base="staging")
    commit = seen.forge.merge(change, "max")
    assert seen.client.reviews(commit) == ()


def test_several_requests_of_a_commit_are_told_in_the_order_of_their_merges(seen: Seen) -> None:
    first = approved(seen)
    second = seen.forge.open("max", {"other": "x"}, author="max")
    seen.forge.branches[second.branch] = first.head
    seen.forge.push(second, {"other": "y"}, by="max")
    seen.forge.review(second, "lee")
    seen.forge.merge(second, "max", how="squash")
    seen.forge.merge(first, "max", how="merge")
    found = seen.client.reviews(first.head)
    assert [one.author for one in found] == ["max", "kim"]


# Which approvals count


def test_without_approval_a_merge_has_no_approver(seen: Seen) -> None:
    change = asked(seen)
    seen.forge.review(change, "lee", COMMENTED)
    assert seen.approvers(seen.forge.merge(change, "max"), FILE) == ()


def test_all_who_approved_are_named_sorted(seen: Seen) -> None:
    change = asked(seen)
    for one in ("max", "lee"):
        seen.forge.review(change, one)
    assert seen.approvers(seen.forge.merge(change, "max"), FILE) == ("lee", "max")


def test_a_push_after_the_approval_voids_it(seen: Seen) -> None:
    change = approved(seen)
    seen.forge.push(change, {FILE: "another"}, by="kim")
    assert seen.approvers(seen.forge.merge(change, "max"), FILE) == ()


def test_approved_again_after_the_push_it_counts(seen: Seen) -> None:
    change = approved(seen)
    seen.forge.push(change, {FILE: "another"}, by="kim")
    seen.forge.review(change, "lee")
    assert seen.approvers(seen.forge.merge(change, "max"), FILE) == ("lee",)


def test_the_main_branch_merged_into_the_request_voids_it_too(seen: Seen) -> None:
    change = approved(seen)
    seen.forge.commit("main", {"other": "x"}, by="max")
    seen.forge.update(change, "max")
    assert seen.approvers(seen.forge.merge(change, "max"), FILE) == ()


def test_changes_asked_for_later_take_the_approval_back_and_a_comment_does_not(seen: Seen) -> None:
    for state, expected in ((CHANGES_REQUESTED, ()), (COMMENTED, ("lee",))):
        change = seen.forge.open("kim", {f"{FILE}-{state}": "x"})
        seen.forge.review(change, "lee")
        seen.forge.review(change, "lee", state)
        assert seen.approvers(seen.forge.merge(change, "max")) == expected


def test_changes_that_were_asked_for_and_then_approved_count(seen: Seen) -> None:
    change = asked(seen)
    seen.forge.review(change, "lee", CHANGES_REQUESTED)
    seen.forge.review(change, "lee")
    assert seen.approvers(seen.forge.merge(change, "max")) == ("lee",)


def test_changes_asked_for_by_somebody_else_leave_an_approval_standing(seen: Seen) -> None:
    change = approved(seen)
    seen.forge.review(change, "max", CHANGES_REQUESTED)
    assert seen.approvers(seen.forge.merge(change, "max")) == ("lee",)


def test_an_approval_that_was_dismissed_is_none_before_the_merge_and_after_it(seen: Seen) -> None:
    change = asked(seen)
    review = seen.forge.review(change, "lee")
    commit = seen.forge.merge(change, "max")
    assert seen.approvers(commit) == ("lee",)
    seen.forge.dismiss(review)
    assert seen.approvers(commit) == ()


def test_an_approval_after_one_that_was_dismissed_counts(seen: Seen) -> None:
    change = asked(seen)
    seen.forge.dismiss(seen.forge.review(change, "lee"))
    seen.forge.review(change, "lee")
    assert seen.approvers(seen.forge.merge(change, "max")) == ("lee",)


def test_an_approval_after_the_merge_is_none(seen: Seen) -> None:
    change = asked(seen)
    commit = seen.forge.merge(change, "max")
    seen.forge.review(change, "lee")
    assert seen.approvers(commit) == ()


def test_an_approval_before_the_request_was_pointed_at_main_is_none(seen: Seen) -> None:
    seen.forge.branches["staging"] = seen.forge.branches["main"]
    change = approved(seen, base="staging")
    seen.forge.retarget(change, "main")
    commit = seen.forge.merge(change, "max")
    assert seen.approvers(commit) == ()
    again = seen.forge.open("kim", {"other": "x"}, base="staging")
    seen.forge.retarget(again, "main")
    seen.forge.review(again, "lee")
    assert seen.approvers(seen.forge.merge(again, "max")) == ("lee",)


def test_a_person_who_approved_twice_and_lost_the_second_one_does_not_stand_on_the_first(seen: Seen) -> None:
    change = approved(seen)
    seen.forge.dismiss(seen.forge.review(change, "lee"))
    assert seen.approvers(seen.forge.merge(change, "max")) == ()


# Whose approval counts


def test_who_proposed_it_does_not_approve_it(seen: Seen) -> None:
    change = asked(seen, author="max")
    seen.forge.review(change, "kim")
    assert seen.approvers(seen.forge.merge(change, "max")) == ()


def test_who_has_a_commit_in_it_does_not_approve_it(seen: Seen) -> None:
    change = asked(seen)
    seen.forge.push(change, {FILE: "helped"}, by="lee")
    seen.forge.push(change, {FILE: "again"}, by="kim")
    seen.forge.review(change, "lee")
    assert seen.approvers(seen.forge.merge(change, "max")) == ()


def test_whose_commit_somebody_else_carried_over_does_not_approve_it(seen: Seen) -> None:
    change = asked(seen)
    seen.forge.push(change, {FILE: "carried over"}, by="lee", committer="kim")
    seen.forge.review(change, "lee")
    assert seen.approvers(seen.forge.merge(change, "max")) == ()


def test_who_committed_it_for_somebody_else_does_not_approve_it(seen: Seen) -> None:
    change = asked(seen)
    seen.forge.push(change, {FILE: "carried over"}, by="kim", committer="lee")
    seen.forge.review(change, "lee")
    assert seen.approvers(seen.forge.merge(change, "max")) == ()


@pytest.mark.parametrize(
    "trailer",
    [
        "Co-authored-by: Lee <lee@example.com>",
        "co-authored-by:LEE RAY<somewhere@example.org>",
        "Co-Authored-By: x <1001+lee@users.noreply.github.com>",
        "Co-authored-by: x <lee@users.noreply.forge.example.com>",
        "Some text\n\n  Co-authored-by: Max <max@x>\n  Co-authored-by: Lee <LEE@example.com>\n\nand more text",
    ],
)
def test_a_co_author_does_not_approve_it_wherever_the_trailer_stands(seen: Seen, trailer: str) -> None:
    change = approved(seen, message=f"Change\n\n{trailer}")
    assert seen.approvers(seen.forge.merge(change, "max", how="squash")) == ()


def test_a_trailer_never_grants(seen: Seen) -> None:
    message = "Change\n\nCo-authored-by: Max <max@x>\nReviewed-by: Lee <lee@example.com>\nApproved-by: lee"
    change = asked(seen, message=message)
    assert seen.approvers(seen.forge.merge(change, "max")) == ()


@pytest.mark.parametrize("unlinked", [("Somebody", "LEE@example.com"), ("lee ray", "private@home.example")])
def test_who_committed_under_no_account_is_known_by_address_and_by_name(seen: Seen, unlinked: tuple[str, str]) -> None:
    change = seen.forge.open("kim", {FILE: "waiver"}, unlinked=unlinked)
    for one in ("lee", "max"):
        seen.forge.review(change, one)
    assert seen.approvers(seen.forge.merge(change, "max")) == ("max",)


def test_bots_do_not_approve(seen: Seen) -> None:
    change = asked(seen)
    seen.forge.review(change, "renovate")
    assert seen.approvers(seen.forge.merge(change, "max")) == ()


def test_an_account_that_is_gone_does_not_approve(seen: Seen) -> None:
    commit = seen.forge.merge(approved(seen), "max")
    del seen.forge.people["lee"]
    assert seen.approvers(commit) == ()


# What was approved


def test_a_file_that_was_merged_with_more_than_was_reviewed_is_not_approved(seen: Seen) -> None:
    commit = seen.forge.push_merge(approved(seen), "kim", {FILE: "waiver for everything"})
    assert seen.approvers(commit) == ("lee",)
    assert seen.approvers(commit, FILE) == ()


def test_a_file_that_nobody_finds_is_not_approved(seen: Seen) -> None:
    commit = seen.forge.merge(approved(seen), "max")
    assert seen.approvers(commit, "security/waivers/W-2.yaml") == ()


def test_paths_with_blanks_and_signs_are_found(seen: Seen) -> None:
    path = "a b/W#1?x=100%\u00e4.yaml"
    change = seen.forge.open("kim", {path: "waiver"})
    seen.forge.review(change, "lee")
    assert seen.approvers(seen.forge.merge(change, "max", how="squash"), path) == ("lee",)


# Reading all of it, or saying so


def test_short_pages_hide_nothing(seen: Seen) -> None:
    seen.forge.page_size = 2
    change = asked(seen)
    for number in range(5):
        seen.forge.push(change, {FILE: str(number)}, by="kim", message=f"{number}")
    seen.forge.push(change, {FILE: "lee's"}, by="lee")
    for _ in range(4):
        seen.forge.push(change, {FILE: "last"}, by="kim")
        seen.forge.review(change, "lee", COMMENTED)
    for one in ("lee", "max"):
        seen.forge.review(change, one)
    assert seen.approvers(seen.forge.merge(change, "max", how="squash"), FILE) == ("max",)


def test_changes_asked_for_on_the_last_page_are_seen(seen: Seen) -> None:
    seen.forge.page_size = 1
    change = approved(seen)
    seen.forge.review(change, "max", COMMENTED)
    seen.forge.review(change, "lee", CHANGES_REQUESTED)
    assert seen.approvers(seen.forge.merge(change, "max")) == ()


@pytest.mark.parametrize("status", [500, 502, 503, 429])
def test_a_forge_that_fails_once_is_asked_again(seen: Seen, status: int) -> None:
    commit = seen.forge.merge(approved(seen), "max")
    seen.forge.trouble(status)
    assert seen.approvers(commit, FILE) == ("lee",)
    assert len(seen.slept) == 1


def test_a_limit_is_waited_out_as_long_as_it_says(seen: Seen) -> None:
    commit = seen.forge.merge(approved(seen), "max")
    seen.forge.trouble(429, times=2, headers={"retry-after": "7"})
    assert seen.approvers(commit) == ("lee",)
    assert seen.slept == [7.0, 7.0]


def test_a_forge_that_goes_away_at_any_moment_is_an_error_and_never_an_answer(seen: Seen) -> None:
    commit = seen.forge.merge(approved(seen), "max")
    seen.another().reviews(commit, FILE)
    needed, answer, left = len(seen.forge.calls), seen.server.answer, [0]

    def counting(*asked: str) -> object:
        if left[0] == 0:
            seen.forge.trouble(503, times=3)
        left[0] -= 1
        return answer(*asked)

    seen.server.answer = counting  # type: ignore[method-assign, assignment]
    for stays in range(needed):
        left[0] = stays
        with pytest.raises(RemoteUnavailable, match="503"):
            seen.another().reviews(commit, FILE)
    assert seen.another().reviews(commit, FILE)[0].approvers == ("lee",)
    assert needed > 8


@pytest.mark.parametrize("face", FACES)
def test_wrong_credentials_and_names_are_errors_that_say_no_secret(face: Face) -> None:
    with seen_as(face, token="geheim-geheim") as seen, pytest.raises(RemoteRefused, match="credentials") as caught:
        seen.client.reviews("0" * 40)
    assert "geheim" not in str(caught.value)
    with seen_as(face, name="acme/nothing") as seen, pytest.raises(RemoteRefused, match="404"):
        seen.client.reviews("0" * 40)


@pytest.mark.parametrize(
    ("face", "name"), [("github", "acme"), ("github", "a/b/c"), ("github", "/x"), ("gitlab", ""), ("gitlab", "/")]
)
def test_a_name_that_can_be_none_is_an_error_of_the_settings(face: Face, name: str) -> None:
    from hubposture.connectors.github import GitHub
    from hubposture.connectors.gitlab import GitLab

    with pytest.raises(InputError, match=r"waivers\.forge\.repository"):
        (GitHub if face == "github" else GitLab)(None, name)  # type: ignore[arg-type]


# Addresses


def test_an_address_is_told_where_it_is_shown(seen: Seen) -> None:
    assert seen.client.email_of("lee") == "lee@example.com"
    assert seen.client.email_of("LEE") == "lee@example.com"
    assert seen.client.email_of("max") == ""
    assert seen.client.email_of("nobody") == ""


NAME = st.text(st.characters(blacklist_characters="<>\r\n", blacklist_categories=("Cs", "Cc", "Zl", "Zp")), max_size=12)
EMAIL = st.from_regex(r"[a-z0-9.+-]{1,10}@[a-z]{1,8}\.example", fullmatch=True)


@given(st.lists(st.tuples(NAME, EMAIL), max_size=4), NAME)
def test_every_co_author_is_found_and_excluded_whatever_the_case(people: list[tuple[str, str]], text: str) -> None:
    message = "\n".join([text, "", *(f"Co-authored-by: {name} <{email}>" for name, email in people)])
    assert {email for _, email in co_authors(message)} >= {email for _, email in people}
    found = authors([], [], [message.upper()])
    assert all(found.has(Person("x", "", email)) for _, email in people)


def test_what_nobody_shows_makes_nobody_an_author() -> None:
    found = authors(["kim", ""], [("", ""), (" ", "")], ["Co-authored-by: <>"])
    assert not found.has(Person("lee"))
    assert found.has(Person("KIM"))
