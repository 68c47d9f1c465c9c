"""From a request to a merged commit to what is suppressed, over an instance of ServiceNow, and back when it is taken back."""

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from holds.findings_world import Begun
from hubposture.cli.waiver_requesting import confirmed, requested
from hubposture.errors import AnswerLost, InputError, RemoteUnavailable
from hubposture.ports.waivers import RequestState
from hubposture.sandbox.remote.servicenow import Fate
from hubposture.verbs.held import Elsewhere, held
from hubposture.verbs.waiver_requests import Means
from hubposture.waivers.standing import State
from verbs.approvals_world import (
    BRANCH,
    KIM,
    LEE,
    MAX,
    TABLE,
    Approvals,
    Dying,
    Killed,
    approvals,
    commit_all,
    git,
    is_suppressed,
)


@pytest.fixture
def place(waivers_begun: Begun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Approvals]:
    with approvals(waivers_begun, tmp_path / "b", monkeypatch) as found:
        yield found


# --- the whole path ----------------------------------------------------------------------------------------------------


def test_a_request_becomes_a_record_a_commit_a_merge_and_a_suppression(place: Approvals) -> None:
    place.waive()
    asked = place.ask("W-1")
    assert (asked.is_new, asked.lost, asked.request.state) == (True, (), RequestState.ASKED)
    (record,) = place.records()
    assert (record["number"], record["correlation_id"]) == (asked.request.number, asked.request.id)
    assert place.read() == place.read()  # nothing is decided
    place.instance.approve(record["number"], LEE)
    (changed,) = place.read().changed
    assert (changed.state, changed.decided_by) == (RequestState.APPROVED, LEE)
    assert place.trailers() == [changed.id]
    assert git(place.directory, "rev-parse", BRANCH) == changed.commit
    assert git(place.directory, "status", "--porcelain") == "", "nobody's working tree is touched"
    assert place.standing().state is State.UNAPPROVED, "it counts once it is merged"
    place.merge()
    standing = place.standing()
    assert standing.state is State.HOLDING
    assert standing.approval is not None
    assert (standing.approval.by, standing.approval.number) == (LEE, record["number"])
    assert not is_suppressed(place.there)
    place.there.once("none")
    assert is_suppressed(place.there)
    assert place.read().changed == ()
    assert place.trailers() == [changed.id]


def test_asking_again_gives_the_same_record(place: Approvals) -> None:
    place.waive()
    first = place.ask("W-1")
    again = place.ask("W-1")
    assert (again.is_new, again.request.id) == (False, first.request.id)
    place.instance.approve(place.number(), LEE)
    place.read()
    assert not place.ask("W-1").is_new
    assert place.posts() == 1


def test_what_matches_nothing_is_not_asked_for(place: Approvals) -> None:
    place.waive("W-1", "arn:aws:s3:::nothing-of-this-name")
    with pytest.raises(InputError, match="matches nothing"):
        place.ask("W-1")
    assert place.posts() == 0


def test_the_commands_do_the_same_by_the_settings(place: Approvals) -> None:
    place.waive()
    (asked,), failures = requested(place.there.connection(), ["W-1"])
    assert (asked.request.state, failures) == (RequestState.ASKED, [])
    assert "public-3" in place.records()[0]["justification"], "the approver sees what it is about"
    place.instance.approve(place.number(), LEE)
    done = confirmed(place.there.connection())
    assert (done.news, done.failures) == (1, ())
    place.merge()
    assert place.standing().state is State.HOLDING


def test_while_one_process_asks_no_other_does(place: Approvals) -> None:
    place.waive()
    with (
        place.there.connection().workplace.ledger() as ledger,
        held(ledger, "approvals/acme", "somebody", what="asking"),
        pytest.raises(Elsewhere, match="another process"),
    ):
        requested(place.there.connection(), ["W-1"])
    assert place.posts() == 0


# --- a process that dies ------------------------------------------------------------------------------------------------

ASKING: dict[str, Callable[[Means], Means]] = {
    "before it is written down": lambda one: replace(one, ledger=Dying(one.ledger, "put_request", "before")),
    "before it is sent": lambda one: replace(one, records=Dying(one.records, "ask", "before")),
    "before its answer is written down": lambda one: replace(one, ledger=Dying(one.ledger, "put_request", "before", 2)),
    "after its answer is written down": lambda one: replace(one, ledger=Dying(one.ledger, "put_request", "after", 2)),
}
READING: dict[str, Callable[[Means], Means]] = {
    "before it is confirmed": lambda one: replace(one, ledger=Dying(one.ledger, "put_confirmations", "before")),
    "after it is confirmed": lambda one: replace(one, ledger=Dying(one.ledger, "put_confirmations", "after")),
    "before the commit": lambda one: _repository(one, "propose", "before"),
    "after the commit": lambda one: _repository(one, "propose", "after"),
    "before the commit is written down": lambda one: replace(one, ledger=Dying(one.ledger, "put_request", "before")),
    "after the commit is written down": lambda one: replace(one, ledger=Dying(one.ledger, "put_request", "after")),
}


def _repository(means: Means, method: str, when: str) -> Means:
    commits = replace(means.commits, repository=Dying(means.commits.repository, method, when))
    return replace(means, commits=commits)


@pytest.mark.slow
@pytest.mark.parametrize("moment", ASKING)
def test_a_process_that_dies_while_it_asks_leaves_one_record_in_the_end(moment: str, place: Approvals) -> None:
    place.waive()
    with pytest.raises(Killed):
        place.ask("W-1", ASKING[moment])
    place.there.box.wait(11 * 60)
    place.ask("W-1")
    assert len(place.records()) == 1
    (request,) = place.requests()
    assert (request.state, request.number, request.detail) == (RequestState.ASKED, place.number(), "")


@pytest.mark.slow
@pytest.mark.parametrize("moment", READING)
def test_a_process_that_dies_while_it_reads_leaves_one_commit_in_the_end(moment: str, place: Approvals) -> None:
    place.waive()
    place.ask("W-1")
    place.instance.approve(place.number(), LEE)
    with pytest.raises(Killed):
        place.read(READING[moment])
    for _ in range(2):
        assert not place.read().unwritten
    (request,) = place.requests()
    assert place.trailers() == [request.id]
    assert request.commit == git(place.directory, "rev-parse", BRANCH)
    place.merge()
    assert place.standing().state is State.HOLDING


# --- answers that are lost, and an instance that is away ----------------------------------------------------------------


def test_after_a_lost_answer_nothing_is_sent_for_ten_minutes_and_the_record_is_found_when_it_appears(
    place: Approvals,
) -> None:
    place.waive()
    place.instance.lose(Fate.DONE_LATER, on="POST", rests=40)
    with pytest.raises(AnswerLost):
        place.ask("W-1")
    assert (place.records(), place.requests()[0].state) == ([], RequestState.SENDING)
    place.there.box.wait(9 * 60)
    with pytest.raises(RemoteUnavailable, match="ask again after"):
        place.ask("W-1")
    assert place.posts() == 1
    while not (found := place.read().changed):
        assert place.requests()[0].state is RequestState.SENDING
    assert [(one.state, one.number) for one in found] == [(RequestState.ASKED, place.number())]
    assert not place.ask("W-1").is_new
    assert place.posts() == 1


@pytest.mark.slow
def test_a_record_that_never_appears_is_made_after_ten_minutes(place: Approvals) -> None:
    place.waive()
    place.instance.lose(Fate.LOST_BEFORE, on="POST")
    with pytest.raises(AnswerLost):
        place.ask("W-1")
    place.there.box.wait(11 * 60)
    place.ask("W-1")
    assert (place.posts(), len(place.records())) == (2, 1)


@pytest.mark.slow
def test_an_answer_that_is_lost_after_the_record_was_made_is_no_loss(place: Approvals) -> None:
    place.waive()
    place.instance.lose(Fate.LOST_AFTER, on="POST")
    assert place.ask("W-1").request.state is RequestState.ASKED
    assert (place.posts(), len(place.records())) == (1, 1)


@pytest.mark.slow
def test_an_instance_that_is_away_before_anything_was_sent_may_be_asked_at_once_when_it_is_back(
    place: Approvals,
) -> None:
    place.waive()
    place.instance.switches.is_asleep = True
    with pytest.raises(RemoteUnavailable):
        place.ask("W-1")
    place.instance.switches.is_asleep = False
    assert place.ask("W-1").request.state is RequestState.ASKED


@pytest.mark.slow
def test_while_the_instance_is_away_nothing_changes_and_that_is_told(place: Approvals) -> None:
    place.approved()
    before = place.requests()
    troubles: list[Callable[[], None]] = [
        lambda: place.instance.fail(500, times=9),
        lambda: place.instance.lose(Fate.LOST_BEFORE, times=9),
    ]
    for trouble in troubles:
        trouble()
        (failure,) = place.read().failures
        assert failure.where == f"W-1 ({before[0].number})"
        place.instance.troubles.clear()
    place.instance.switches.forbidden_tables.add(TABLE)
    assert len(place.read().failures) == 1
    place.instance.switches.forbidden_tables.clear()
    place.instance.switches.hidden_tables.add(TABLE)
    assert len(place.read().failures) == 1, "a table of which nothing can be seen proves nothing"
    assert place.requests() == before
    assert place.standing().state is State.HOLDING
    place.there.once("none")
    assert is_suppressed(place.there)


# --- decisions ---------------------------------------------------------------------------------------------------------


def test_a_rejection_is_kept_with_its_words(place: Approvals) -> None:
    place.waive()
    place.ask("W-1")
    place.instance.reject(place.number(), LEE, "Not in production")
    (changed,) = place.read().changed
    assert (changed.state, changed.detail, changed.decided_by) == (RequestState.REJECTED, "Not in production", LEE)
    assert place.trailers() == []
    assert not place.ask("W-1").is_new, "no is not asked again"
    assert place.read().changed == ()


@pytest.mark.slow
def test_what_was_sent_back_may_still_be_approved(place: Approvals) -> None:
    place.waive()
    place.ask("W-1")
    place.instance.change(place.number(), state="11")
    (changed,) = place.read().changed
    assert changed.state is RequestState.CHANGES_REQUESTED
    place.instance.change(place.number(), state="2")
    (changed,) = place.read().changed
    assert changed.state is RequestState.ASKED
    place.instance.approve(place.number(), LEE)
    (changed,) = place.read().changed
    assert changed.state is RequestState.APPROVED
    assert place.trailers() == [changed.id]


def test_who_asked_cannot_approve(place: Approvals) -> None:
    place.waive()
    place.ask("W-1")
    place.instance.flow.ask(TABLE, place.instance.find(place.number())[1], KIM)
    place.instance.approve(place.number(), KIM)
    told = place.read()
    assert [one.what for one in told.unwritten] == [f"approved by {KIM}, who asked for it; somebody else must approve"]
    assert place.trailers() == []
    assert not place.standing().state.holds
    assert place.read().unwritten == told.unwritten, "somebody must see to it"


def test_what_was_changed_after_it_was_asked_for_is_not_written(place: Approvals) -> None:
    place.waive()
    place.ask("W-1")
    place.waive("W-1", "arn:aws:s3:::*")
    place.instance.approve(place.number(), LEE)
    (failure,) = place.read().unwritten
    assert "changed in the baseline after it was asked for" in failure.what
    assert place.trailers() == []
    place.there.box.wait(60)
    place.ask("W-1")
    assert place.posts() == 2
    assert place.read().unwritten == (), "a newer request is under way"
    place.instance.approve(place.number(), MAX)
    place.read()
    place.merge()
    assert place.standing().state is State.HOLDING


@pytest.mark.slow
def test_a_waiver_that_is_gone_is_told_once(place: Approvals) -> None:
    place.waive()
    place.ask("W-1")
    place.there.path("W-1").unlink()
    commit_all(place.directory, "W-1 is not needed")
    place.instance.approve(place.number(), LEE)
    assert [one.what for one in place.read().unwritten] == ["approved, but the waiver is not in the baseline"]
    assert place.read().unwritten == ()


@pytest.mark.slow
def test_several_waivers_of_one_list_keep_each_others_approvals(
    waivers_begun: Begun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with approvals(waivers_begun, tmp_path / "b", monkeypatch) as place:
        settings = place.directory / "hubposture.toml"
        settings.write_text(settings.read_text() + '\n[files]\nwaivers = "waivers.yaml"\n')
        texts = []
        for number, name in enumerate(("public-0", "public-1"), start=1):
            place.there.waive(f"W-{number}", f"arn:aws:s3:::{name}", by="")
            lines = place.there.path(f"W-{number}").read_text().splitlines()
            texts.append("\n".join(f"{'- ' if at == 0 else '  '}{line}" for at, line in enumerate(lines)))
            place.there.path(f"W-{number}").unlink()
        (place.directory / "waivers.yaml").write_text("\n".join(texts) + "\n")
        commit_all(place.directory, "Two waivers in a list")
        for number in (1, 2):
            place.ask(f"W-{number}")
            place.instance.approve(place.number(), LEE)
            assert not place.read().unwritten
        place.merge()
        assert [one.state for one in place.standings()] == [State.HOLDING, State.HOLDING]


# --- afterwards --------------------------------------------------------------------------------------------------------


def notices(place: Approvals) -> list[str]:
    """What people were to hear."""
    with place.there.connection().workplace.ledger() as ledger:
        return [one.kind for one in ledger.notices("acme")]


def _withdrawn(place: Approvals) -> None:
    place.instance.withdraw(place.number(), "We moved the site")


def _deleted(place: Approvals) -> None:
    place.instance.tables.insert(TABLE, {"short_description": "somebody else's"})
    place.instance.delete(place.requests()[0].number)


def _rejected(place: Approvals) -> None:
    place.instance.change(place.number(), state="7", approval="rejected")


def _reopened(place: Approvals) -> None:
    place.instance.change(place.number(), state="6", approval="requested")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("act", "state", "notice"),
    [
        (_withdrawn, State.WITHDRAWN, ["withdrawn"]),
        (_deleted, State.WITHDRAWN, ["withdrawn"]),
        (_reopened, State.WITHDRAWN, ["withdrawn"]),
        (_rejected, State.REJECTED, []),
    ],
    ids=["withdrawn", "deleted", "waits again", "rejected"],
)
def test_an_approval_that_was_taken_back_ends_the_waiver_and_what_it_excused_is_open_again(
    act: Callable[[Approvals], None], state: State, notice: list[str], place: Approvals
) -> None:
    place.approved()
    act(place)
    (changed,) = place.read().changed
    assert changed.commit, "the commit stays what it is"
    assert place.standing().state is state
    done = place.there.once("none")
    assert {str(one.decision.verb) for one in done.written.sent} == {"release"}
    assert not is_suppressed(place.there)
    assert notices(place) == notice
    assert place.read().changed == ()


@pytest.mark.slow
def test_what_was_taken_back_and_approved_again_holds_again_without_another_commit(place: Approvals) -> None:
    before = place.approved()
    _reopened(place)
    (changed,) = place.read().changed
    assert (changed.state, changed.detail) == (
        RequestState.ASKED,
        "its approval was taken back; it waits to be approved again",
    )
    place.instance.approve(place.number(), MAX)
    (changed,) = place.read().changed
    assert (changed.state, changed.commit) == (RequestState.APPROVED, before.commit)
    standing = place.standing()
    assert standing.state is State.HOLDING
    assert standing.approval is not None
    assert standing.approval.by == MAX
    assert place.trailers() == [before.id]


@pytest.mark.slow
def test_what_was_withdrawn_can_be_asked_for_anew(place: Approvals) -> None:
    first = place.approved()
    _withdrawn(place)
    place.read()
    second = place.ask("W-1")
    assert second.is_new
    assert second.request.id != first.id
    place.read()
    assert place.standing().state is State.WITHDRAWN
    place.instance.approve(place.number(), MAX)
    place.read()
    assert place.standing().state is State.HOLDING, "the old record's word counts no more"
    place.read()
    assert place.standing().state is State.HOLDING


@pytest.mark.slow
@pytest.mark.parametrize("state", ["99", ""])
def test_a_state_that_means_nothing_leaves_the_approval_as_it_was_and_is_told(state: str, place: Approvals) -> None:
    before = place.approved()
    place.instance.change(place.number(), state=state)
    told = place.read()
    assert told.changed == ()
    (failure,) = told.failures
    assert "which the settings give no meaning to" in failure.what
    assert place.requests() == [before]
    assert place.standing().state is State.HOLDING


def test_an_approval_without_a_person_is_told_and_waits(place: Approvals) -> None:
    place.waive()
    place.ask("W-1")
    place.instance.change(place.number(), state="8")
    told = place.read()
    assert [one.what for one in told.failures] == [
        "approved, but no row of an approver says by whom; name a field with the approver if there is one"
    ]
    assert place.requests()[0].state is RequestState.ASKED
    assert place.trailers() == []


@pytest.mark.slow
def test_an_end_that_was_shortened_counts_and_one_that_was_restored_too(place: Approvals) -> None:
    request = place.approved()
    day = place.there.day(5)
    place.instance.shorten(place.number(), day.isoformat())
    (changed,) = place.read().changed
    assert (changed.state, changed.detail) == (RequestState.APPROVED, f"it ends on {day} now")
    assert place.standing().until == day
    assert place.read().changed == ()
    place.there.once("none")
    assert notices(place) == ["shortened"]
    place.instance.shorten(place.number(), request.until.isoformat())
    (changed,) = place.read().changed
    assert changed.detail == ""
    assert place.standing().until == request.until


@pytest.mark.slow
def test_an_end_that_was_shortened_to_the_past_ends_it(place: Approvals) -> None:
    place.approved()
    place.instance.shorten(place.number(), place.there.day(-1).isoformat())
    place.read()
    assert place.standing().state is State.EXPIRED
    place.there.once("none")
    assert not is_suppressed(place.there)
    assert notices(place) == ["expired"]


@pytest.mark.slow
def test_an_approver_may_grant_less_than_was_asked_for(place: Approvals) -> None:
    place.waive()
    place.ask("W-1")
    day = place.there.day(20)
    place.instance.shorten(place.number(), day.isoformat())
    place.instance.approve(place.number(), LEE)
    (changed,) = place.read().changed
    assert changed.until == day
    place.merge()
    standing = place.standing()
    assert (standing.state, standing.until) == (State.HOLDING, day)


@pytest.mark.slow
def test_an_extension_goes_on_to_its_old_end_until_it_is_approved_itself(place: Approvals) -> None:
    first = place.approved(days=60)
    later = place.there.day(120)
    raw = place.there.path("W-1").read_text()
    place.there.path("W-1").write_text(raw.replace(f"expires: {first.until}", f"expires: {later}"))
    commit_all(place.directory, "W-1 is to go on")
    standing = place.standing()
    assert (standing.state, standing.until, standing.asked_until) == (State.HOLDING, first.until, later)
    place.ask("W-1")
    place.read()
    assert place.standing().until == first.until
    place.instance.approve(place.number(), MAX)
    place.read()
    place.merge()
    standing = place.standing()
    assert (standing.state, standing.until) == (State.HOLDING, later)
    assert len(place.trailers()) == 2


@pytest.mark.slow
def test_a_request_whose_time_is_over_is_not_read_any_more(place: Approvals) -> None:
    place.approved(days=3)
    place.there.box.wait(dt.timedelta(days=5).total_seconds())
    place.instance.calls.clear()
    place.read()
    assert place.instance.calls == []


# --- the remote --------------------------------------------------------------------------------------------------------


@pytest.fixture
def pushed(waivers_begun: Begun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Approvals]:
    """A baseline whose branch is pushed to a repository without a working tree."""
    git(tmp_path, "init", "-q", "--bare", "-b", "main", "origin.git")
    with approvals(waivers_begun, tmp_path / "b", monkeypatch, more='remote = "origin"') as found:
        git(found.directory, "remote", "add", "origin", str(tmp_path / "origin.git"))
        git(found.directory, "push", "-q", "origin", "main")
        yield found


def tip(place: Approvals) -> str:
    """The branch as the remote has it; ''."""
    return git(place.directory, "ls-remote", "--heads", "origin", BRANCH).partition("\t")[0]


@pytest.mark.slow
def test_the_commit_is_pushed(pushed: Approvals) -> None:
    pushed.waive()
    pushed.ask("W-1")
    pushed.instance.approve(pushed.number(), LEE)
    (changed,) = pushed.read().changed
    assert tip(pushed) == changed.commit


@pytest.mark.slow
def test_a_push_that_fails_is_told_and_made_by_the_next_run(
    pushed: Approvals, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pushed.waive()
    pushed.ask("W-1")
    pushed.instance.approve(pushed.number(), LEE)
    hook = tmp_path / "origin.git" / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    (failure,) = pushed.read().unwritten
    assert "but not pushed" in failure.what
    hook.unlink()
    assert not pushed.read().unwritten
    assert tip(pushed) == pushed.requests()[0].commit
    assert len(pushed.trailers()) == 1


@pytest.mark.slow
def test_a_fresh_clone_finds_the_commit_of_another_process_at_the_remote(pushed: Approvals) -> None:
    pushed.waive()
    pushed.ask("W-1")
    pushed.instance.approve(pushed.number(), LEE)
    with pytest.raises(Killed):
        pushed.read(lambda one: replace(one, ledger=Dying(one.ledger, "put_request", "before")))
    before = tip(pushed)
    assert before, "it was pushed, and nobody has written that down"
    git(pushed.directory, "branch", "-D", BRANCH)
    (changed,) = pushed.read().changed
    assert changed.commit == tip(pushed) == before
