"""By git alone: a review of the waiver as it stands is found and counts; what nobody else reviewed waits."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from connectors.forge_faces import Face
from holds.findings_world import Begun
from hubposture.cli.waiver_requesting import confirmed
from hubposture.sandbox.remote.forge import CHANGES_REQUESTED, COMMENTED
from hubposture.sandbox.remote.forge_world import Change
from hubposture.waivers.standing import State
from verbs.approvals_world import PUBLIC, git, is_suppressed
from verbs.reviews_world import Reviews, rename, reviews


@pytest.fixture(params=["github", pytest.param("gitlab", marks=pytest.mark.slow)])
def place(
    request: pytest.FixtureRequest, waivers_begun: Begun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Reviews]:
    face: Face = request.param
    with reviews(waivers_begun, tmp_path / "b", monkeypatch, face) as found:
        yield found


@pytest.mark.parametrize("how", ["merge", pytest.param("squash", marks=pytest.mark.slow)])
def test_a_reviewed_merge_holds_without_any_entry_in_the_file(how: str, place: Reviews) -> None:
    place.write()
    change = place.reviewed(how=how)
    assert place.standing().state is State.UNAPPROVED, "nobody has looked for the review yet"
    (found,) = place.read().found
    assert (found.waiver, found.by, found.number.lstrip("#!")) == ("W-1", "lee@example.com", str(change.number))
    standing = place.standing()
    assert standing.state is State.HOLDING
    assert standing.waiver.approvals[:-1] == ()
    assert "approvals" not in place.there.path("W-1").read_text()
    place.there.once("none")
    assert is_suppressed(place.there)
    assert "Approved by lee@example.com" in place.there.one(PUBLIC).note


def test_a_review_that_was_found_is_not_looked_for_again(place: Reviews) -> None:
    place.write()
    place.reviewed()
    place.read()
    place.forge.calls.clear()
    told = place.read()
    assert (told.found, told.without, told.failures) == ((), (), ())
    assert place.forge.calls == []


def test_the_command_finds_it_by_the_settings(place: Reviews) -> None:
    place.write()
    place.reviewed()
    done = confirmed(place.there.connection())
    assert (done.news, done.failures) == (1, ())
    assert place.standing().state is State.HOLDING


# --- what does not count ------------------------------------------------------------------------------------------------


def test_what_was_pushed_directly_waits(place: Reviews) -> None:
    place.write()
    place.push_directly()
    assert "came to the default branch without a request that was merged" in place.why()
    assert place.standing().state is State.UNAPPROVED
    place.there.once("none")
    assert not is_suppressed(place.there)


def _by_its_author(place: Reviews, change: Change) -> None:
    place.forge.review(change, "max")


def _dismissed(place: Reviews, change: Change) -> None:
    place.forge.dismiss(place.forge.review(change, "lee"))


def _of_an_earlier_push(place: Reviews, change: Change) -> None:
    place.forge.review(change, "lee")
    place.push(change, "max", "waivers/W-1.subjects", "# nothing to see here\n")


def _a_comment(place: Reviews, change: Change) -> None:
    place.forge.review(change, "lee", COMMENTED)


def _no(place: Reviews, change: Change) -> None:
    place.forge.review(change, "lee", CHANGES_REQUESTED)


def _by_a_bot(place: Reviews, change: Change) -> None:
    place.forge.review(change, "renovate")


@pytest.mark.parametrize(
    "given",
    [
        _by_its_author,
        _of_an_earlier_push,
        *(pytest.param(one, marks=pytest.mark.slow) for one in (_dismissed, _a_comment, _no, _by_a_bot)),
    ],
)
def test_an_approval_that_is_none_does_not_count(given: Callable[[Reviews, Change], None], place: Reviews) -> None:
    place.write()
    change = place.propose("max")
    given(place, change)
    place.merge(change)
    assert "has no approval of anybody but kim@example.com and its authors" in place.why()
    assert not place.standing().state.holds


@pytest.mark.slow
def test_an_approval_after_the_merge_does_not_count(place: Reviews) -> None:
    place.write()
    change = place.propose("max")
    place.merge(change)
    place.forge.review(change, "lee")
    assert "has no approval" in place.why()


@pytest.mark.parametrize("address", ["kim@example.com", ""], ids=["known", "hidden"])
def test_who_asked_for_the_waiver_cannot_approve_it_whoever_proposed_it(address: str, place: Reviews) -> None:
    place.forge.add("kim", email=address, name="Kim Park")
    place.write()
    place.reviewed(by="max", approver="kim")
    assert "has no approval of anybody but kim@example.com" in place.why()
    assert not place.standing().state.holds


@pytest.mark.slow
def test_somebody_else_with_a_hidden_address_can(place: Reviews) -> None:
    place.write()
    place.reviewed(by="kim", approver="max")
    (found,) = place.read().found
    assert found.by == "max"
    assert place.standing().state is State.HOLDING


@pytest.mark.slow
def test_what_somebody_added_while_merging_at_home_was_reviewed_by_nobody(place: Reviews) -> None:
    place.write()
    change = place.propose("max")
    place.forge.review(change, "lee")
    path = "waivers/W-1.yaml"
    place.merge(change)
    text = place.there.path("W-1").read_text().replace("public-*", "*")
    place.there.path("W-1").write_text(text)
    git(place.directory, "add", "-A")
    git(place.directory, "commit", "-q", "--amend", "--no-edit")
    made = git(place.directory, "rev-parse", "HEAD")
    commit = place.forge.commits[change.merge_commit]
    commit.files = {**commit.files, path: text}
    rename(place.forge, change.merge_commit, made)
    assert "has no approval" in place.why()
    assert not place.standing().state.holds


def test_what_is_not_committed_or_has_no_set_is_told(place: Reviews) -> None:
    place.there.waive("W-1", "arn:aws:s3:::public-*", by="")
    assert "its approved set is not in the baseline" in place.why()
    place.write_set()
    assert place.why().endswith("is not committed")
    place.reviewed()
    (found,) = place.read().found
    assert found.waiver == "W-1"


# --- what is changed later ----------------------------------------------------------------------------------------------


def test_a_set_that_was_changed_without_a_review_ends_the_waiver(place: Reviews) -> None:
    place.write()
    place.reviewed()
    place.read()
    place.there.once("none")
    file = place.directory / "waivers" / "W-1.subjects"
    file.write_text(file.read_text() + "100000000003 eu-central-1 s3.8 arn:aws:s3:::plain-0\n")
    place.push_directly()
    assert "W-1.subjects came to the default branch without a request" in place.why()
    assert place.standing().state is State.CHANGED
    place.there.once("none")
    assert not is_suppressed(place.there)


@pytest.mark.slow
def test_criteria_that_were_widened_without_a_review_end_the_waiver_and_a_review_lets_it_hold_again(
    place: Reviews,
) -> None:
    place.write()
    place.reviewed()
    place.read()
    place.write("W-1", "arn:aws:s3:::*")
    place.push_directly()
    assert "came to the default branch without a request" in place.why()
    assert place.standing().state is State.CHANGED
    file = place.there.path("W-1")
    file.write_text(file.read_text() + "# seen by lee\n")
    place.write_set()
    sets = place.directory / "waivers" / "W-1.subjects"
    sets.write_text("# seen by lee\n" + sets.read_text())
    place.reviewed()
    assert place.read().found
    assert place.standing().state is State.HOLDING


def test_an_extension_without_a_review_goes_on_to_the_old_end(place: Reviews) -> None:
    place.write(days=60)
    place.reviewed()
    place.read()
    first, later = place.there.day(60), place.there.day(120)
    file = place.there.path("W-1")
    file.write_text(file.read_text().replace(f"expires: {first}", f"expires: {later}"))
    place.push_directly()
    place.read()
    standing = place.standing()
    assert (standing.state, standing.until, standing.asked_until) == (State.HOLDING, first, later)


@pytest.mark.slow
def test_an_extension_with_a_review_holds_to_the_new_end(place: Reviews) -> None:
    place.write(days=60)
    place.reviewed()
    place.read()
    later = place.there.day(120)
    file = place.there.path("W-1")
    file.write_text(file.read_text().replace(f"expires: {place.there.day(60)}", f"expires: {later}"))
    place.reviewed()
    (found,) = place.read().found
    assert found.until == later
    assert (place.standing().until, place.standing().asked_until) == (later, None)


@pytest.mark.slow
def test_another_reason_needs_no_review(place: Reviews) -> None:
    place.write()
    place.reviewed()
    place.read()
    file = place.there.path("W-1")
    file.write_text(file.read_text().replace("Public on purpose", "Public on purpose, as the owners say"))
    place.push_directly()
    assert place.standing().state is State.HOLDING


@pytest.mark.slow
def test_a_forge_that_is_away_changes_nothing_and_is_told(place: Reviews) -> None:
    place.write()
    place.reviewed()
    place.read()
    place.write("W-2", "arn:aws:s3:::plain-*")
    place.reviewed()
    place.forge.trouble(500, times=50)
    (failure,) = place.read().failures
    assert failure.where == "W-2"
    assert (place.standing("W-1").state, place.standing("W-2").state) == (State.HOLDING, State.UNAPPROVED)
    place.forge.troubles.clear()
    (found,) = place.read().found
    assert found.waiver == "W-2"
