"""Tickets over time: checks, people's clicks, answers that are lost and crashes, in any order."""

import datetime as dt
from collections import Counter
from dataclasses import dataclass, field, replace

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from hubposture.work.action import Action, Kind
from hubposture.work.plan import plan_tickets
from hubposture.work.subject import Standing, Subject
from hubposture.work.ticket import Missing, Seen, State, Ticket
from hubposture.work.world import World
from work.work_world import NOW, POLICY, ROUTES, UNROUTED, WORDS, subject

NAMES = ["a", "b", "c", "d", "e"]
TEAMS = st.sampled_from(["web", "data"])
LIMITLESS = replace(POLICY, in_progress=0)
_SWEPT = dt.timedelta(hours=24)


@dataclass
class Issues:
    """A tracker of which the index lags behind; longer than two look-ups take, there may be two for a while."""

    by_id: dict[str, Seen] = field(default_factory=dict)
    deleted: set[str] = field(default_factory=set)
    touched: set[str] = field(default_factory=set)
    lag: dt.timedelta = dt.timedelta(minutes=9)

    def create(self, key: str, now: dt.datetime) -> Seen:
        id_ = f"{len(self.by_id) + 1:04}"
        self.by_id[id_] = Seen(id_, f"X-{id_}", "", "X", (key,), "To Do", False, now, now)
        return self.by_id[id_]

    def read(self, id_: str) -> Seen | Missing:
        return Missing("no such issue") if id_ in self.deleted else self.by_id[id_]

    def find(self, key: str, now: dt.datetime) -> tuple[Seen, ...]:
        return tuple(one for one in self.alive() if key in one.keys and one.created + self.lag <= now)

    def alive(self) -> list[Seen]:
        return [one for id_, one in sorted(self.by_id.items()) if id_ not in self.deleted]

    def turn(self, id_: str, now: dt.datetime, *, is_done: bool) -> None:
        if id_ not in self.deleted:
            self.by_id[id_] = replace(self.by_id[id_], is_done=is_done, done_at=now if is_done else None, updated=now)


class Story(RuleBasedStateMachine):
    """Whatever happens, no work is doubled, lost or closed wrongly once things calm down."""

    def __init__(self) -> None:
        super().__init__()
        self.now = NOW
        self.subjects: dict[str, Subject] = {}
        self.ledger: dict[str, Ticket] = {}
        self.issues = Issues()

    @initialize(minutes=st.sampled_from([9, 15, 45]))
    def begin(self, minutes: int) -> None:
        self.issues.lag = dt.timedelta(minutes=minutes)
        self.subjects = {name: subject(name, seen_at=self.now) for name in NAMES}

    # What happens

    @rule(name=st.sampled_from(NAMES), standing=st.sampled_from(Standing), owner=TEAMS)
    def check(self, name: str, standing: Standing, owner: str) -> None:
        before = self.subjects[name]
        since = (before.failing_since or self.now) if standing is Standing.FAILING else None
        self.subjects[name] = replace(
            before, standing=standing, owner=owner, failing_since=since, changed_at=self.now, seen_at=self.now
        )

    @rule()
    def look_again(self) -> None:
        self.subjects = {name: replace(one, seen_at=self.now) for name, one in self.subjects.items()}

    @rule(minutes=st.sampled_from([7, 15, 600, 1500, 60_000]))
    def wait(self, minutes: int) -> None:
        self.now += dt.timedelta(minutes=minutes)

    @rule(number=st.integers(0, 9), is_done=st.booleans())
    def click(self, number: int, is_done: bool) -> None:
        if alive := self.issues.alive():
            one = alive[number % len(alive)]
            self.issues.touched.add(one.keys[0])
            self.issues.turn(one.id, self.now, is_done=is_done)

    @rule(number=st.integers(0, 9))
    def delete(self, number: int) -> None:
        if alive := self.issues.alive():
            self.issues.deleted.add(alive[number % len(alive)].id)

    @rule(
        crashes_at=st.none() | st.integers(0, 5),
        is_lost=st.booleans(),
        reads=st.sampled_from(["all", "all", "nothing", "no look-ups"]),
    )
    def run(self, crashes_at: int | None, is_lost: bool, reads: str) -> None:
        """A run that may end before its nth action is written down, with that one done there or not."""
        plan = plan_tickets(self._world(reads), LIMITLESS, WORDS, now=self.now)
        for number, action in enumerate(plan.actions):
            if action.kind is Kind.CLOSE:
                assert not self._fails(action)
            if number == crashes_at:
                self._crash(action, is_lost=is_lost)
                return
            self._do(action)

    # How it is done

    def _world(self, reads: str) -> World:
        tickets = list(self.ledger.values())
        seen = {one.key: self.issues.read(one.id) for one in tickets if one.id}
        asked = [one for one in tickets if one.sent_at is not None and self._is_looked_for(one)]
        found = {one.key: self.issues.find(one.key, self.now) for one in asked}
        return World(
            organization="acme",
            subjects=self.subjects,
            tickets=tickets,
            routes=ROUTES,
            unrouted=UNROUTED,
            seen=seen if reads != "nothing" else {},
            found=found if reads == "all" else {},
        )

    def _is_looked_for(self, one: Ticket) -> bool:
        assert one.sent_at is not None
        if one.state is State.SENDING:
            return self.now - (one.looked_at or one.sent_at) >= dt.timedelta(minutes=10)
        return one.state is State.OPEN and self.now - one.sent_at <= _SWEPT

    def _fails(self, action: Action) -> bool:
        """Whether something in a ticket that is closed fails and is its team's, or is unknown."""
        assert action.before is not None
        some = [self.subjects[member.subject] for member in action.before.members]
        team = action.before.group.owner
        return any(
            one.standing is Standing.UNKNOWN or (one.standing is Standing.FAILING and one.owner == team) for one in some
        )

    def _crash(self, action: Action, *, is_lost: bool) -> None:
        """Written down as being sent where it is a new ticket; done there or not; the answer never comes."""
        if action.kind is Kind.CREATE:
            self.ledger[action.after.key] = replace(
                action.after, state=State.SENDING, id="", written="", sent_at=self.now, looked_at=None, lookups=0
            )
        if is_lost:
            self._there(action)

    def _do(self, action: Action) -> None:
        after = action.after
        made = self._there(action)
        if made is not None:
            after = replace(after, id=made.id, shown=made.shown, sent_at=self.now)
        self.ledger[after.key] = after

    def _there(self, action: Action) -> Seen | None:
        match action.kind:
            case Kind.CREATE:
                return self.issues.create(action.after.key, self.now)
            case Kind.LINK:
                self.issues.turn(action.other, self.now, is_done=True)
            case Kind.CLOSE if action.outcome is not None:
                self.issues.turn(action.after.id, self.now, is_done=True)
            case Kind.REOPEN:
                self.issues.turn(action.after.id, self.now, is_done=False)
        return None

    # What holds

    def teardown(self) -> None:
        """Once nothing happens any more, it comes to rest with everything in its place."""
        self._rest()
        self._nothing_is_doubled()
        self._nothing_is_lost()
        self.now += dt.timedelta(hours=LIMITLESS.refresh_hours)
        self.look_again()
        self._rest()
        self._nothing_is_done_there_while_it_fails()

    def _rest(self) -> None:
        for _ in range(12):
            self.now += dt.timedelta(minutes=20)
            self.run(crashes_at=None, is_lost=False, reads="all")
        assert plan_tickets(self._world("all"), LIMITLESS, WORDS, now=self.now).actions == ()
        self._nothing_is_shared()

    def _nothing_is_shared(self) -> None:
        live = [one for one in self.ledger.values() if one.state.is_live]
        counts = Counter(member.subject for one in live for member in one.members)
        assert max(counts.values(), default=0) <= 1

    def _nothing_is_done_there_while_it_fails(self) -> None:
        for one in self.ledger.values():
            shown = self.issues.by_id.get(one.id)
            fails = any(self.subjects[member.subject].standing is Standing.FAILING for member in one.members)
            if one.state is State.OPEN and fails:
                assert shown is not None
                assert not shown.is_done

    def _nothing_is_doubled(self) -> None:
        working = Counter(one.keys[0] for one in self.issues.alive() if not one.is_done)
        for key, number in working.items():
            assert number == 1 or key in self.issues.touched
            assert self.ledger[key].state is State.OPEN or key in self.issues.touched

    def _nothing_is_lost(self) -> None:
        homes = {member.subject for one in self.ledger.values() if one.state.is_live for member in one.members}
        settled = self.now - dt.timedelta(hours=LIMITLESS.settle_hours)
        for one in self.subjects.values():
            if one.standing is Standing.FAILING and one.failing_since is not None and one.failing_since <= settled:
                assert one.subject in homes


Story.TestCase.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
test_no_work_is_doubled_lost_or_closed_wrongly_whatever_happens = Story.TestCase


def lost_answer(lag_minutes: int) -> Story:
    """A story in which the answer to the first ticket is lost, told until it comes to rest."""
    story = Story()
    story.begin(minutes=lag_minutes)
    story.subjects = {"a": story.subjects["a"]}
    story.run(crashes_at=0, is_lost=True, reads="all")
    story.teardown()
    return story


def test_a_lost_answer_makes_no_second_ticket_while_the_index_lags_less_than_two_look_ups() -> None:
    story = lost_answer(15)

    assert [one.is_done for one in story.issues.by_id.values()] == [False]
    assert [one.id for one in story.ledger.values()] == ["0001"]


def test_where_the_index_lags_longer_the_older_of_two_stays_and_the_younger_is_closed() -> None:
    story = lost_answer(45)

    assert [one.is_done for one in story.issues.by_id.values()] == [False, True]
    assert [one.id for one in story.ledger.values()] == ["0001"]
