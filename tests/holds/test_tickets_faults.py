"""Every kind of request of a sync meets every kind of fault: once it is over the world is that of an unharmed one."""

import datetime as dt
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from holds.ticket_sites import KINDS, JiraSite, site
from holds.tickets_holds import after_a_run, nothing_lost, nothing_twice
from holds.tickets_world import DAY, HOUR, MINUTE, TicketsWorld
from hubposture.sandbox.remote.jira import Jira
from hubposture.sandbox.remote.jira_seed import IMPACT
from hubposture.verbs.tickets import Synced
from hubposture.work.action import Kind
from hubposture.work.policy import Policy
from hubposture.work.subject import Standing
from hubposture.work.ticket import State

pytestmark = pytest.mark.slow

JIRAS = ("cloud", "data-center")
FAULTS = {
    "429": ("fail", 429),
    "500": ("fail", 500),
    "503": ("fail", 503),
    "cut before": ("cut_before", 0),
    "answer lost": ("cut_after", 0),
    "a page for people": ("html", 0),
    "done later": ("later", 0),
}
PLAIN = Policy(batch=3, in_progress=0, labels=("security-hub",), settle_hours=2)


@contextmanager
def world(kind: str, *, policy: Policy = PLAIN, skew: dt.timedelta = dt.timedelta()) -> Iterator[TicketsWorld]:
    """A world in which seven subjects of three teams fail, and none has a ticket yet."""
    with tempfile.TemporaryDirectory() as name, site(kind, skew=skew) as where:
        found = TicketsWorld(Path(name), where, policy=policy)
        for number in range(7):
            found.checks.subject(number, sorted(where.routes)[number % 3], found.now)
        found.advance(3 * HOUR)
        with closing(found):
            yield found


def run(here: TicketsWorld) -> Synced:
    done = here.sync()
    assert done is not None
    after_a_run(here, done)
    return done


def settle(here: TicketsWorld) -> Synced:
    """Nothing fails any more, and some runs follow; gives the last, which has nothing to do."""
    here.site.mend()
    for _ in range(4):
        here.advance(11 * MINUTE)
        done = run(here)
    assert not done.failures
    assert not done.outlook.plan.actions
    nothing_twice(here)
    nothing_lost(here)
    return done


def shown(here: TicketsWorld, owner: str = "team-web") -> str:
    """A ticket of a team, as people call it."""
    return min(one.shown for one in here.tickets() if one.group.owner == owner and one.state is State.OPEN)


def ends(here: TicketsWorld) -> dict[str, list[tuple[bool, int]]]:
    """Whether the tickets of each key are open, and how many comments they have."""
    found = defaultdict(list)
    for one in here.site.issues().values():
        found[one.key].append((one.is_open, len(here.site.comments(one.id))))
    return {key: sorted(some) for key, some in sorted(found.items())}


# What a sync has to do, by the request that is to fail


def _nothing(_: TicketsWorld) -> None:
    """Tickets are to be made."""


def _grown(here: TicketsWorld) -> None:
    run(here)
    for number in (7, 10):
        here.checks.subject(number, sorted(here.site.routes)[number % 3], here.now)
    here.advance(3 * HOUR)


def _fixed(here: TicketsWorld) -> None:
    run(here)
    for name in here.checks.subjects:
        here.checks.turn(name, Standing.PASSED, here.now)
    here.advance(HOUR)


def _back(here: TicketsWorld) -> None:
    _fixed(here)
    run(here)
    for name in here.checks.subjects:
        here.checks.turn(name, Standing.FAILING, here.now)
    here.advance(3 * HOUR)


def _by_hand(here: TicketsWorld) -> None:
    run(here)
    here.site.click("close", shown(here))
    here.advance(DAY + HOUR)


def _doubled(here: TicketsWorld) -> None:
    run(here)
    here.site.double(shown(here))
    here.advance(11 * MINUTE)


@dataclass(frozen=True)
class Case:
    """What goes before, the kind of request that fails, and what the sync does."""

    before: Callable[[TicketsWorld], None]
    request: str
    does: Kind | None = None


CASES = {
    "create": Case(_nothing, "create", Kind.CREATE),
    "read back": Case(_nothing, "read", Kind.CREATE),
    "setup": Case(_nothing, "setup", Kind.CREATE),
    "update": Case(_grown, "update", Kind.UPDATE),
    "comment": Case(_fixed, "comment", Kind.CLOSE),
    "close": Case(_fixed, "walk", Kind.CLOSE),
    "ways": Case(_fixed, "ways", Kind.CLOSE),
    "reopen": Case(_back, "walk", Kind.REOPEN),
    "say why it is opened again": Case(_back, "comment", Kind.REOPEN),
    "open what was closed by hand": Case(_by_hand, "walk", Kind.REOPEN),
    "say why it is open again after all": Case(_by_hand, "comment", Kind.REOPEN),
    "link": Case(_doubled, "link", Kind.LINK),
    "close a double": Case(_doubled, "walk", Kind.LINK),
    "read": Case(_grown, "read", Kind.UPDATE),
    "find": Case(_doubled, "find", Kind.LINK),
}


@pytest.fixture(scope="module")
def unharmed() -> Callable[[str, str], dict[str, list[tuple[bool, int]]]]:
    """How a case ends where nothing fails."""
    known: dict[tuple[str, str], dict[str, list[tuple[bool, int]]]] = {}

    def of(kind: str, case: str) -> dict[str, list[tuple[bool, int]]]:
        if (kind, case) not in known:
            with world(kind) as here:
                CASES[case].before(here)
                done = run(here)
                assert CASES[case].does in {one.kind for one in done.written.done}
                settle(here)
                known[kind, case] = ends(here)
        return known[kind, case]

    return of


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("kind", KINDS)
def test_once_a_fault_is_over_the_world_is_that_of_an_unharmed_one(
    kind: str, case: str, fault: str, unharmed: Callable[[str, str], dict[str, list[tuple[bool, int]]]]
) -> None:
    wanted = unharmed(kind, case)
    what, status = FAULTS[fault]
    for times, skip in ((1, 1), (9, 0)):
        with world(kind) as here:
            CASES[case].before(here)
            here.site.breaks(what, CASES[case].request, times=times, skip=skip, status=status)
            run(here)
            here.advance(MINUTE)
            run(here)
            settle(here)
            assert ends(here) == wanted, (times, skip)


# What people and administrators do


def jira_of(here: TicketsWorld) -> Jira:
    """The site of a world that has one."""
    assert isinstance(here.site, JiraSite)
    return here.site.jira


def places(here: TicketsWorld) -> list[str]:
    """In which projects the open tickets are."""
    return sorted({one.place for one in here.site.issues().values() if one.is_open})


def one_each(here: TicketsWorld) -> None:
    """No key has two tickets."""
    assert all(len(some) == 1 for some in ends(here).values()), ends(here)


@pytest.mark.parametrize("kind", JIRAS)
def test_of_a_bulk_that_is_taken_in_part_the_rest_is_made_once_it_can_be(kind: str) -> None:
    with world(kind) as here:
        jira = jira_of(here)
        here.routes["team-data"] = replace(here.routes["team-data"], place="SEC")
        done = run(here)
        (failure,) = done.failures
        assert failure.where == "main SEC"
        assert IMPACT in failure.what
        assert places(here) == ["PLAT", "SHOP"]
        task = replace(jira.projects["SEC"].types[0], required=())
        jira.projects["SEC"] = replace(jira.projects["SEC"], types=(task, *jira.projects["SEC"].types[1:]))
        settle(here)
        assert places(here) == ["PLAT", "SEC", "SHOP"]
        one_each(here)


@pytest.mark.parametrize("which", range(7))
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("before", [_nothing, _grown, _fixed, _back, _by_hand])
def test_a_right_that_is_taken_away_is_told_and_given_back_all_goes_on(
    before: Callable[[TicketsWorld], None], kind: str, which: int
) -> None:
    with world(kind) as calm:
        before(calm)
        run(calm)
        settle(calm)
        wanted = ends(calm)
    with world(kind) as here:
        before(here)
        here.site.take_away(here.site.routes["team-web"].place, which)
        for _ in range(3):
            done = run(here)
            assert len({one.where for one in done.failures}) == len(done.failures), "a place is told of once"
            here.advance(11 * MINUTE)
        settle(here)
        if kind == "servicenow" and which % 3 == 2 and before in (_back, _by_hand):
            # Whether only what is closed may not be written, or nothing at all, it does not say: a successor is made.
            assert sum(some in ([(True, 0)], [(True, 1)]) for some in ends(here).values()) == len(wanted)
            return
        assert ends(here) == wanted


@pytest.mark.parametrize("kind", JIRAS)
def test_a_project_that_is_deleted_is_told_once_and_the_others_go_on(kind: str) -> None:
    with world(kind) as here:
        run(here)
        jira_of(here).delete_project("DATA")
        for number in range(7, 13):
            here.checks.subject(number, sorted(here.routes)[number % 3], here.now)
        here.advance(3 * HOUR)
        for _ in range(3):
            done = run(here)
            assert [one.where for one in done.failures] == ["main DATA"], done.failures
            here.advance(HOUR)
        homes = {one.subject for ticket in here.tickets() if ticket.state is State.OPEN for one in ticket.members}
        others = {name for name, one in here.checks.subjects.items() if one.owner != "team-data"}
        assert others <= homes
        one_each(here)
        here.routes["team-data"] = replace(here.routes["team-data"], place="SHOP")
        for _ in range(3):
            here.advance(DAY)
            run(here)
        one_each(here)


@pytest.mark.parametrize("kind", KINDS)
def test_a_ticket_that_is_deleted_gets_one_successor_with_all_that_fails(kind: str) -> None:
    with world(kind) as here:
        run(here)
        here.site.click("delete", shown(here))
        settle(here)
        assert sorted(one.state for one in here.tickets() if one.group.owner == "team-web") == [State.LOST, State.OPEN]


@pytest.mark.parametrize("kind", JIRAS)
def test_a_ticket_that_is_moved_stays_the_one_and_ends_as_others_do(kind: str) -> None:
    with world(kind) as here:
        run(here)
        here.site.click("move", shown(here), to="PLAT")
        settle(here)
        one_each(here)
        assert any("somebody moved it" in one.hint for one in here.verify().disagreements)
        for name in here.checks.subjects:
            here.checks.turn(name, Standing.PASSED, here.now)
        settle(here)
        assert not any(one.is_open for one in here.site.issues().values())


@pytest.mark.parametrize("kind", KINDS)
def test_a_user_that_left_keeps_no_ticket_from_being_made(kind: str) -> None:
    with world(kind) as here:
        here.routes["team-web"] = replace(here.routes["team-web"], assignee="max@example.com")
        run(here)
        here.advance(HOUR)
        done = run(here)
        assert not done.failures
        assert len(here.site.issues()) == len({one.key for one in here.site.issues().values()})
        nothing_lost(here)
        one_each(here)


@pytest.mark.parametrize("hours", [-3, 3])
@pytest.mark.parametrize("kind", KINDS)
def test_a_clock_that_is_wrong_by_hours_makes_no_double_and_loses_none(kind: str, hours: int) -> None:
    with world(kind, skew=hours * HOUR) as here:
        here.site.breaks("cut_after", "create", times=9)
        run(here)
        settle(here)
        here.site.click("close", shown(here))
        settle(here)
        for _ in range(3):
            here.advance(DAY)
            run(here)
        assert all(one.is_open for one in here.site.issues().values())
        one_each(here)
        for name in here.checks.subjects:
            here.checks.turn(name, Standing.PASSED, here.now)
        settle(here)
        assert not any(one.is_open for one in here.site.issues().values())
