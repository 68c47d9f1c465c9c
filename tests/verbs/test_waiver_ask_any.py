"""Whatever people do with requests for waivers, in any order: what holds was approved as it is, by somebody else who may."""

import datetime as dt
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from subprocess import CalledProcessError

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hubposture.access.actions import Action
from hubposture.errors import HubpostureError
from hubposture.ports.asking import What
from hubposture.verbs.waiver_ask import ask, ask_again, edit
from hubposture.verbs.waiver_end import revoke
from hubposture.verbs.waiver_review import approve, decide, recheck, review
from hubposture.waivers.digest import digest
from hubposture.waivers.standing import State
from hubposture.waivers.subject_file import to_text
from lake.lake_world import T0
from web.asking_world import ANA, KIM, LEE, OLA, RED, SITE, World, answers, asking, bucket, key
from web.web_world import NAME

ADA = "ada@example.com"
Step = Callable[[World, str, int], None]


def _newest(world: World, number: int) -> str:
    """One of the requests that there are; '' for none."""
    found = world.store.ledger.asked(NAME)
    return found[number % len(found)][0].id if found else ""


def _ask(world: World, who: str, number: int) -> None:
    with world.means(who) as means:
        ask(means, answers(resources=f"{SITE}{number % 4}"))


def _edit(world: World, who: str, number: int) -> None:
    id_ = _newest(world, number)
    with world.means(who) as means:
        edit(
            means,
            id_,
            review(means, id_).draft.revision,
            answers(resources=f"{SITE}{number % 5}", reason=f"No. {number}"),
        )


def _approve(world: World, who: str, number: int) -> None:
    id_ = _newest(world, number)
    with world.means(who) as means:
        shown = review(means, id_)
    if number % 3 == 0:  # somebody else is faster, or the world moves
        world.fold(bucket(60 + number % 5))
    with world.means(who) as means:
        approve(means, id_, revision=shown.draft.revision, digest=shown.digest)


def _decide(world: World, who: str, number: int) -> None:
    id_ = _newest(world, number)
    what = (What.REJECTED, What.WITHDRAWN, What.CHANGES_REQUESTED, What.COMMENTED)[number % 4]
    with world.means(who) as means:
        decide(means, id_, what, revision=review(means, id_).draft.revision, comment="so")


def _merge(world: World, who: str, number: int) -> None:
    del who, number
    world.merge()


def _extend(world: World, who: str, number: int) -> None:
    with world.means(who) as means:
        ask_again(means, f"W-2026-00{1 + number % 3}", until=T0.date() + dt.timedelta(days=120 + number % 9))


def _revoke(world: World, who: str, number: int) -> None:
    with world.means(who) as means:
        revoke(means, f"W-2026-00{1 + number % 3}", reason="over")


STEPS: dict[str, Step] = {
    "ask": _ask, "edit": _edit, "approve": _approve, "decide": _decide, "merge": _merge, "extend": _extend, "revoke": _revoke,
}  # fmt: skip


def _holds_rightly(world: World) -> None:
    """Every waiver that holds is approved as it stands, by nobody who asked for it or edited it, who may approve all of it."""
    for one in world.book().standings:
        if one.state is not State.HOLDING or one.approval is None:
            continue
        requests = {request.id: draft for request, draft in world.store.ledger.asked(NAME)}
        assert one.approval.number in requests, "nothing but a decision makes one hold"
        assert one.approval.digest == digest(one.waiver, one.waiver.expires, to_text(one.subjects))
        hands = {
            said.who
            for said in world.store.ledger.said_of(one.approval.number)
            if said.what in (What.ASKED, What.EDITED)
        }
        assert one.approval.by not in hands | {one.waiver.requested_by}
        keys = [key(int(subject.resource.removeprefix(SITE))) for subject in one.subjects.subjects]
        with world.means(one.approval.by) as means:
            means.rights.demand(Action.APPROVE_WAIVER, keys, waiver=one.waiver.id, requested_by=tuple(hands))


@pytest.mark.slow
@settings(max_examples=5)
@given(
    st.lists(
        st.tuples(st.sampled_from(list(STEPS)), st.sampled_from([KIM, LEE, OLA, ANA, RED, ADA]), st.integers(0, 30)),
        min_size=4,
        max_size=9,
    )
)
def test_no_order_of_steps_makes_a_waiver_hold_that_somebody_else_did_not_approve_as_it_is(
    steps: list[tuple[str, str, int]],
) -> None:
    with tempfile.TemporaryDirectory() as name, asking(Path(name), record="hubposture") as world:
        for what, who, number in [("ask", KIM, 1), ("approve", LEE, 1), *steps, ("merge", KIM, 0)]:
            with suppress(HubpostureError, CalledProcessError):
                STEPS[what](world, who, number)
        with world.means(LEE) as means:
            recheck(means)
        _holds_rightly(world)


def test_the_shortest_way_makes_one_hold(tmp_path: Path) -> None:
    with asking(tmp_path, record="hubposture") as world:
        for what, who in (("ask", KIM), ("approve", LEE), ("merge", KIM)):
            STEPS[what](world, who, 1)
        with world.means(LEE) as means:
            recheck(means)
        assert world.standing("W-2026-001").state is State.HOLDING
        _holds_rightly(world)
