from datetime import timedelta
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hubposture.ledger.ledger import SqlLedger, open_ledger
from hubposture.ports.ledger import Lease
from ledger_world import START, Clock

MINUTE = timedelta(minutes=1)


def taken(lease: Lease | None) -> Lease:
    assert lease is not None
    return lease


def test_a_lease_has_one_holder_until_it_ends(ledger: SqlLedger, clock: Clock) -> None:
    first = ledger.take_lease("apply/main", "a", ttl=MINUTE)
    assert first == Lease("apply/main", "a", START + MINUTE, 1)
    assert ledger.take_lease("apply/main", "b", ttl=MINUTE) is None
    assert ledger.take_lease("apply/main", "a", ttl=MINUTE) is None
    clock.move(MINUTE)
    assert ledger.take_lease("apply/main", "b", ttl=MINUTE) == Lease("apply/main", "b", START + 2 * MINUTE, 2)


def test_leases_of_other_names_are_free(ledger: SqlLedger) -> None:
    assert ledger.take_lease("apply/main", "a", ttl=MINUTE)
    assert ledger.take_lease("apply/gov", "b", ttl=MINUTE)


def test_a_released_lease_is_free_at_once_and_its_tokens_go_on_growing(ledger: SqlLedger) -> None:
    first = taken(ledger.take_lease("fold", "a", ttl=MINUTE))
    assert ledger.release_lease(first)
    assert not ledger.release_lease(first)
    assert ledger.renew_lease(first, ttl=MINUTE) is None
    assert taken(ledger.take_lease("fold", "a", ttl=MINUTE)).token == 2


def test_renewing_extends_from_now(ledger: SqlLedger, clock: Clock) -> None:
    first = taken(ledger.take_lease("fold", "a", ttl=MINUTE))
    clock.move(MINUTE / 2)
    again = taken(ledger.renew_lease(first, ttl=MINUTE))
    assert (again.until, again.token) == (START + MINUTE * 1.5, 1)
    clock.move(MINUTE / 2)
    assert ledger.take_lease("fold", "b", ttl=MINUTE) is None


def test_an_expired_lease_that_nobody_took_can_still_be_renewed(ledger: SqlLedger, clock: Clock) -> None:
    first = taken(ledger.take_lease("fold", "a", ttl=MINUTE))
    clock.move(10 * MINUTE)
    assert ledger.renew_lease(first, ttl=MINUTE)


def test_a_clock_that_jumps_ahead_ends_a_lease_and_its_holder_finds_out(ledger: SqlLedger, clock: Clock) -> None:
    first = taken(ledger.take_lease("fold", "a", ttl=MINUTE))
    clock.move(timedelta(hours=5))
    assert ledger.take_lease("fold", "b", ttl=MINUTE)
    clock.move(timedelta(hours=-5))
    assert ledger.renew_lease(first, ttl=MINUTE) is None
    assert not ledger.release_lease(first)


def test_a_clock_that_jumps_back_never_gives_a_held_lease_away(ledger: SqlLedger, clock: Clock) -> None:
    first = taken(ledger.take_lease("fold", "a", ttl=MINUTE))
    clock.move(timedelta(hours=-5))
    assert ledger.take_lease("fold", "b", ttl=MINUTE) is None
    assert ledger.renew_lease(first, ttl=MINUTE)


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("take"), st.sampled_from("abc")),
        st.tuples(st.just("renew"), st.sampled_from("abc")),
        st.tuples(st.just("release"), st.sampled_from("abc")),
        st.tuples(st.just("move"), st.integers(-90, 90)),
    ),
    max_size=25,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_whatever_happens_only_the_newest_token_can_be_renewed_or_released(
    ledger: SqlLedger, clock: Clock, steps: list[tuple[str, str | int]]
) -> None:
    newest = 0
    name = f"lease {clock.now} {id(steps)}"
    held: dict[str, Lease] = {}
    released: set[int] = set()
    for what, value in steps:
        holder = str(value)
        if what == "move":
            clock.move(timedelta(seconds=int(value)))
        elif what == "take" and (lease := ledger.take_lease(name, holder, ttl=MINUTE)):
            assert lease.token == newest + 1
            newest, held[holder] = lease.token, lease
        elif what == "renew" and holder in held:
            is_mine = held[holder].token == newest and newest not in released
            assert (ledger.renew_lease(held[holder], ttl=MINUTE) is not None) == is_mine
        elif what == "release" and holder in held:
            is_mine = held[holder].token == newest and newest not in released
            assert ledger.release_lease(held[holder]) == is_mine
            released.add(held[holder].token)


def test_a_new_ledger_over_the_same_database_sees_the_lease(database_url: str, ledger: SqlLedger, clock: Clock) -> None:
    assert ledger.take_lease("fold", "a", ttl=MINUTE)
    with open_ledger(database_url, relative_to=Path("/"), clock=clock) as other:
        assert other.take_lease("fold", "b", ttl=MINUTE) is None
