import datetime as dt
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from hubposture.access.actions import Action
from hubposture.access.decision import NotAllowed
from hubposture.errors import InputError, InputErrors, Refusal
from hubposture.ports.asking import What
from hubposture.ports.waivers import Request, RequestState
from hubposture.verbs.waiver_ask import SomebodyWasFaster, ask, ask_again, edit, look_at
from hubposture.verbs.waiver_end import revoke, suppress_for_now, why_not_suppress
from hubposture.verbs.waiver_review import NotAsShown, approve, decide, recheck, review
from hubposture.waivers.standing import State
from hubposture.waivers.waiver import SystemOfApproval
from lake.lake_world import T0
from web.asking_world import (
    ANA,
    BRANCH,
    KIM,
    LEE,
    OLA,
    RED,
    SITE,
    World,
    answers,
    asking,
    bucket,
    key,
    shipped_with,
    subject,
)
from web.web_world import FIRST, NAME, SECOND


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with asking(tmp_path) as found:
        yield found


def asked(world: World, who: str = KIM, **more: str) -> Request:
    with world.means(who) as means:
        return ask(means, answers(**more))


def approved(world: World, request: Request, who: str = LEE, **more: object) -> tuple[Request, str]:
    with world.means(who) as means:
        shown = review(means, request.id)
        return approve(means, request.id, revision=shown.draft.revision, digest=shown.digest, **more)  # type: ignore[arg-type]


def test_a_look_counts_what_is_covered_and_says_all_that_is_wrong_at_once(world: World) -> None:
    with world.means(KIM) as means:
        looked = look_at(means, answers(resources=f"{SITE}*", accounts=""))
        assert looked.scope is not None
        assert (len(looked.scope.allowed), looked.scope.of, dict(looked.scope.failing)) == (8, 8, {"HIGH": 8})
        assert any("8 of the 8" in one for one in looked.scope.cautions)
        assert not looked.problems
        wrong = look_at(means, answers(controls="Z9.1", expires="2020-01-01", accounts="999999999999", reason=""))
        assert set(wrong.problems) == {"controls", "reason", "expires", "accounts", ""}
        assert "matches nothing" in wrong.problems[""][0]
        assert set(look_at(means, answers(resources="*", accounts="", ous="x", type="")).problems) == {"ous", "type"}
        assert look_at(means, answers(expires="2099-01-01")).problems["expires"]
        without = look_at(means, answers(reason="", owner=""))
        assert without.scope is not None
        assert len(without.scope.allowed) == 3


def test_a_request_becomes_a_file_on_a_branch_and_nothing_else(world: World) -> None:
    request = asked(world)
    assert (request.waiver, request.state, request.system) == ("W-2026-001", RequestState.ASKED, "hubposture")
    assert world.git("status", "--porcelain") == ""
    text = world.git("show", f"{BRANCH}-W-2026-001:waivers/W-2026-001.yaml")
    assert "requested_by: kim@example.com" in text
    assert "approvals" not in text
    assert len(world.git("show", f"{BRANCH}-W-2026-001:waivers/W-2026-001.subjects").splitlines()) == 3
    assert world.git("log", "-1", "--format=%an <%ae>", f"{BRANCH}-W-2026-001") == f"{KIM} <{KIM}>"
    assert [(one.what, one.who) for one in world.store.ledger.said_of(request.id)] == [(What.ASKED, KIM)]
    assert [one.entry.after for one in world.store.ledger.trail()] == ["asked for"]


def test_two_who_ask_at_once_get_two_ids(world: World) -> None:
    made: list[str] = []
    threads = [threading.Thread(target=lambda: made.append(asked(world).waiver)) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(made) == [f"W-2026-00{n}" for n in range(1, 5)]


def test_nobody_asks_for_what_is_not_theirs(world: World) -> None:
    with world.means(KIM) as means, pytest.raises(NotAllowed, match=r"2 resources of .* that they may not see"):
        ask(means, answers(resources=f"{SITE}*", accounts=""))
    with world.means(RED) as means, pytest.raises(NotAllowed, match=r"red@example.com may not request-waiver"):
        ask(means, answers())
    assert world.store.ledger.asked(NAME) == ()


def test_an_approval_is_committed_in_the_name_of_who_gave_it_and_holds_after_the_merge(world: World) -> None:
    request, why = approved(world, asked(world), comment="fine")
    assert (request.state, why, request.decided_by) == (RequestState.APPROVED, "", LEE)
    assert world.git("log", "-1", "--format=%an <%ae> %s", BRANCH) == (
        f"{LEE} <{LEE}> Waiver W-2026-001: approved by {LEE} until {request.until}"
    )
    assert world.book().standings == ()
    world.merge()
    standing = world.standing("W-2026-001")
    assert standing.state is State.HOLDING
    assert standing.approval is not None
    assert (standing.approval.system, standing.approval.number) == (SystemOfApproval.HUBPOSTURE, request.id)
    assert standing.subjects.subjects == tuple(subject(number) for number in range(3))
    assert standing.asked_until is None


@pytest.mark.parametrize("who", [KIM, OLA, ANA, RED])
def test_who_asked_and_who_lacks_authority_do_not_approve(world: World, who: str) -> None:
    request = asked(world)
    with pytest.raises(NotAllowed) as refused:
        approved(world, request, who)
    wanted = "somebody else must decide" if who == KIM else "severe-needs-risk-approver"
    assert wanted in str(refused.value)
    with world.means(who) as means, pytest.raises(NotAllowed):
        decide(means, request.id, What.REJECTED, revision=2, comment="no")
    assert world.store.ledger.asked_by_id(request.id)[0].state is RequestState.ASKED  # type: ignore[index]


def test_an_approver_who_edited_it_last_does_not_approve_it(tmp_path: Path) -> None:
    with asking(tmp_path, rules=_PERMIT_ALL) as world:
        request = asked(world)
        with world.means(LEE) as means:
            edit(means, request.id, 2, answers(reason="Better said"))
        with pytest.raises(NotAllowed, match="edited it"):
            approved(world, request, LEE)
        assert approved(world, request, OLA)[0].decided_by == OLA


_PERMIT_ALL = "permit (principal, action, resource);\n"


def test_what_matches_anew_since_the_page_was_loaded_is_not_approved_by_accident(world: World) -> None:
    request = asked(world, resources=f"{SITE}*")
    with world.means(LEE) as means:
        shown = review(means, request.id)
    world.fold(bucket(7))
    with world.means(LEE) as means:
        with pytest.raises(NotAsShown, match=r"1 more than was asked for: arn:aws:s3:::site-7"):
            approve(means, request.id, revision=shown.draft.revision, digest=shown.digest)
        again = review(means, request.id)
        assert [one.resource for one in again.added] == [f"{SITE}7"]
        approve(means, request.id, revision=again.draft.revision, digest=again.digest)
    world.merge()
    assert len(world.standing("W-2026-001").subjects.subjects) == 7


def test_a_request_that_was_edited_meanwhile_is_not_approved_as_it_was(world: World) -> None:
    request = asked(world)
    with world.means(LEE) as means:
        shown = review(means, request.id)
    with world.means(KIM) as means:
        edit(means, request.id, shown.draft.revision, answers(resources=f"{SITE}0"))
        with pytest.raises(SomebodyWasFaster):
            edit(means, request.id, shown.draft.revision, answers())
    with world.means(LEE) as means, pytest.raises(NotAsShown, match="edited by kim"):
        approve(means, request.id, revision=shown.draft.revision, digest=shown.digest)


def test_of_two_who_approve_at_once_one_is_told_so(world: World) -> None:
    request = asked(world)
    approved(world, request)
    with pytest.raises(SomebodyWasFaster, match=r"approved by lee@example.com already"):
        approved(world, request)
    assert world.git("rev-list", "--count", f"main..{BRANCH}") == "1"


def test_changes_are_asked_for_made_and_approved_with_an_earlier_end(world: World) -> None:
    request = asked(world)
    with world.means(LEE) as means:
        with pytest.raises(InputErrors, match="say why"):
            decide(means, request.id, What.CHANGES_REQUESTED, revision=2)
        decide(means, request.id, What.CHANGES_REQUESTED, revision=2, comment="only the first")
        with pytest.raises(SomebodyWasFaster, match="changes requested"):
            approve(means, request.id, revision=3, digest="")
    with world.means(KIM) as means:
        edit(means, request.id, 3, answers(resources=f"{SITE}0", comment="done"))
    soon = T0.date() + dt.timedelta(days=30)
    approved(world, request, until=soon)
    world.merge()
    standing = world.standing("W-2026-001")
    assert (standing.state, standing.until, standing.asked_until) == (State.HOLDING, soon, None)
    assert [one.what for one in world.store.ledger.said_of(request.id)] == [
        What.ASKED, What.CHANGES_REQUESTED, What.EDITED, What.APPROVED, What.WROTE,
    ]  # fmt: skip


def test_what_is_rejected_or_withdrawn_is_approved_by_nobody(world: World) -> None:
    first, second = asked(world), asked(world)
    with world.means(LEE) as means:
        decide(means, first.id, What.REJECTED, revision=2, comment="no")
        with pytest.raises(NotAllowed, match="only kim"):
            decide(means, second.id, What.WITHDRAWN, revision=2)
    with world.means(KIM) as means:
        decide(means, second.id, What.WITHDRAWN, revision=2)
    for one in (first, second):
        with pytest.raises(SomebodyWasFaster):
            approved(world, one)


def test_a_waiver_is_extended_by_a_new_approval_and_holds_as_it_did_until_then(world: World) -> None:
    approved(world, asked(world))
    world.merge()
    later = T0.date() + dt.timedelta(days=200)
    with world.means(KIM) as means:
        with pytest.raises(InputError, match="nothing to ask for"):
            ask_again(means, "W-2026-001", until=world.standing("W-2026-001").until)
        request = ask_again(means, "W-2026-001", until=later, comment="the rebuild is late")
        with pytest.raises(Refusal, match="being asked for already"):
            ask_again(means, "W-2026-001", until=later)
    assert world.standing("W-2026-001").until == T0.date() + dt.timedelta(days=90)
    approved(world, request)
    world.merge()
    standing = world.standing("W-2026-001")
    assert (standing.state, standing.until) == (State.HOLDING, later)
    assert len(standing.waiver.approvals) == 2


def test_a_revoked_waiver_excuses_nothing_after_the_merge(world: World) -> None:
    approved(world, asked(world))
    world.merge()
    with world.means(KIM) as means, pytest.raises(NotAllowed, match="revoke-waiver"):
        revoke(means, "W-2026-001", "no more")
    with world.means(LEE) as means:
        with pytest.raises(InputErrors, match="say why"):
            revoke(means, "W-2026-001", " ")
        revoke(means, "W-2026-001", "no more")
    world.merge()
    assert world.standing("W-2026-001").state is State.REVOKED
    assert "revoked from" in world.standing("W-2026-001").why or "no more" in world.standing("W-2026-001").why


def test_by_our_own_word_an_approval_counts_and_one_of_its_requester_is_taken_back(tmp_path: Path) -> None:
    with asking(tmp_path, record="hubposture") as world:
        request, _ = approved(world, asked(world))
        world.merge()
        assert world.standing("W-2026-001").state is State.HOLDING
        with world.means(LEE) as means:
            assert (recheck(means).confirmed, recheck(means).taken_back) == (1, 0)
        now, draft = world.store.ledger.asked_by_id(request.id)  # type: ignore[misc]
        world.store.ledger.move_ask(
            now, type(draft)(**{name: getattr(draft, name) for name in draft.__slots__} | {"people": (LEE,)})
        )
        with world.means(LEE) as means:
            assert recheck(means).taken_back == 1
        assert world.standing("W-2026-001").state is State.WITHDRAWN


def test_an_entry_in_the_file_alone_counts_for_nothing_where_our_word_is_the_approval(tmp_path: Path) -> None:
    with asking(tmp_path, record="hubposture") as world:
        approved(world, asked(world))
        world.merge()
        file = world.base / "waivers" / "W-2026-001.yaml"
        text = file.read_text()
        file.write_text(text.replace("W-2026-001", "W-2026-777"))
        assert world.standing("W-2026-777").state is not State.HOLDING


def test_what_could_not_be_committed_is_committed_the_next_night(world: World) -> None:
    request = asked(world)
    world.git("checkout", "-q", "-b", BRANCH)
    kept, why = approved(world, request)
    assert "checked out" in why
    assert (kept.state, kept.commit) == (RequestState.APPROVED, "")
    world.git("checkout", "-q", "main")
    with world.means(LEE) as means:
        done = recheck(means)
    assert [one.waiver for one in done.written] == ["W-2026-001"]
    world.merge()
    assert world.standing("W-2026-001").state is State.HOLDING


def test_a_list_of_waivers_gets_the_new_ones_behind_its_others(tmp_path: Path) -> None:
    with asking(tmp_path, more='[files]\nwaivers = "waivers.yaml"') as world:
        one, two = asked(world), asked(world, resources=f"{SITE}3")
        approved(world, one)
        approved(world, two)
        world.merge()
        assert [(each.waiver.id, each.state) for each in world.book().standings] == [
            ("W-2026-001", State.HOLDING), ("W-2026-002", State.HOLDING),
        ]  # fmt: skip


SANDBOX = """
@id("analyst-sandbox")
@reason("analysts suppress in Sandbox, S3 buckets excepted")
permit (
  principal in Group::"analyst",
  action == Action::"suppress",
  resource is Subject in Unit::"/Workloads"
)
unless { resource.resourceType == "AwsS3Bucket" };
"""


def test_an_analyst_suppresses_for_now_except_buckets_and_only_in_one_ou(tmp_path: Path) -> None:
    with asking(tmp_path, rules=shipped_with(SANDBOX, instead_of="analyst-suppresses-minor")) as world:
        user = bucket(50, resource_type="AwsIamUser")
        elsewhere = bucket(51, account=SECOND, resource_type="AwsIamUser")
        world.fold(user, elsewhere)
        with world.means(ANA) as means:
            for refused in (key(0), key(51, account=SECOND)):
                with pytest.raises(NotAllowed, match="no rule permits it"):
                    suppress_for_now(means, refused, days=3, reason="testing")
            assert why_not_suppress(means, key(50)) == ()
            with pytest.raises(InputErrors) as wrong:
                suppress_for_now(means, key(50), days=99, reason="")
            assert len(wrong.value.problems) == 2
            done = suppress_for_now(means, key(50), days=3, reason="testing")
        assert done.waiver == f"P-{FIRST}-S3.8"
        world.merge()
        standing = world.standing(done.waiver)
        assert (standing.state, standing.until) == (State.PROVISIONAL, T0.date() + dt.timedelta(days=3))
        assert standing.subjects.subjects == (subject(50),)
        world.now.append(world.now[-1] + dt.timedelta(days=10))
        with world.means(ANA) as means:
            assert "ask for a waiver" in why_not_suppress(means, key(50))[0]


def test_a_token_for_reading_takes_nothing_back_and_says_nothing_in_its_persons_name(world: World) -> None:
    request = asked(world)
    with world.means(KIM) as means:
        reading = replace(means, rights=replace(means.rights, is_for=lambda action: action is Action.VIEW))
        for what in (What.WITHDRAWN, What.COMMENTED):
            with pytest.raises(NotAllowed, match="this token is for none of request-waiver"):
                decide(reading, request.id, what, revision=1, comment="so")
        assert [one.what for one in world.store.ledger.said_of(request.id)] == [What.ASKED]
        assert decide(means, request.id, What.WITHDRAWN, revision=1).state is RequestState.WITHDRAWN
