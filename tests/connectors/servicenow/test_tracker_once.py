"""One ticket and one comment, whatever is lost on the way."""

import contextlib

from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.servicenow.ticket_world import DONE, KEY, KINDS, NOTE, TicketWorld, ok, ticket_world
from hubposture.errors import RemoteUnavailable
from hubposture.sandbox.remote.servicenow import Fate


@settings(max_examples=15, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(("POST", "PATCH", "GET")), st.sampled_from(Fate), st.integers(0, 2)), max_size=4
    ),
    st.sampled_from(KINDS),
)
def test_whatever_is_lost_in_between_there_is_one_ticket_with_one_comment(
    faults: list[tuple[str, Fate, int]], kind: str
) -> None:
    """Each try is that of a new process; what comes later than the last try is waited for, as the ledger does."""
    with ticket_world(kind) as desk:
        for on, fate, rests in faults:
            if fate is Fate.ANSWERED:
                desk.instance.fail(500, on=on)
            else:
                desk.instance.lose(fate, on=on, rests=rests)
            made = desk.tracker().create([desk.draft()])[KEY]
            _rest(desk)
            if made.seen is not None:
                desk.tracker().comment(made.seen.id, NOTE, mark="aa11")
                _rest(desk)
        desk.instance.troubles.clear()
        seen = ok(desk.tracker().create([desk.draft()])[KEY])
        assert desk.tracker().comment(seen.id, NOTE, mark="aa11") == DONE
        assert desk.the_row()[desk.shape.key] == KEY
        assert len(desk.desk.said(seen.shown)) == 1


def _rest(desk: TicketWorld) -> None:
    """Time passes until what was lost on the way is done."""
    for _ in range(3):
        with contextlib.suppress(RemoteUnavailable):
            desk.tracker().find([KEY])
