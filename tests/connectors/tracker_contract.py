"""What every tracker does, whichever system it is: facts that hold for an emulated one and for a real one."""

import dataclasses
import datetime as dt
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from hubposture.ports.tracker import Tracker, Wrote
from hubposture.work.body import Body, Bullets, Heading, paragraph, text
from hubposture.work.ticket import Draft, Missing, Outcome, Route, Seen

DONE = Wrote()
_BODY = Body(
    (Heading("What is wrong"), paragraph("Two buckets are public."), Bullets((text("acme-a"), text("acme-b"))))
)
_NOTE = Body((paragraph("It passes since this morning."),))
_HOSTILE = "*bold* {code} [x|https://evil.example] @kim <b>&amp; |cell| \x00\x1b\n# \U0001f512 \u202e"


@dataclass
class Bench:
    """A place at a tracker. `fresh` gives a tracker that remembers nothing, `comments` counts those of a ticket, by id.

    `settle` waits until what was written is found; `label` goes on every ticket, '' where tickets have none. `double` makes a
    second ticket with the key of one, where the tracker itself takes the one that is there.
    """

    fresh: Callable[[], Tracker]
    route: Route
    comments: Callable[[str], int]
    settle: Callable[[], None]
    label: str = "security-hub"
    made: list[Seen] = field(default_factory=list)
    double: Callable[[Seen], Seen] | None = None

    def draft(self, **changes: object) -> Draft:
        """A ticket under a key of its own."""
        first = Draft(
            key=f"shub-{secrets.token_hex(6)}",
            route=self.route,
            title="S3.8: two buckets are public",
            body=_BODY,
            severity="HIGH",
            due=dt.date(2026, 12, 1),
            labels=(self.label,) if self.label else (),
        )
        return dataclasses.replace(first, **changes)  # type: ignore[arg-type] # whatever a test changes

    def create(self, *drafts: Draft) -> Sequence[Seen]:
        """Tickets that were made."""
        made = self.fresh().create(drafts)
        found: list[Seen] = []
        for draft in drafts:
            seen = made[draft.key].seen
            assert seen is not None, made[draft.key].wrote.error
            found.append(seen)
        self.made += found
        return found

    def now(self, seen: Seen) -> Seen:
        """How a ticket stands now."""
        found = self.fresh().read([seen.id])[seen.id]
        assert isinstance(found, Seen)
        return found


class TrackerContract:
    """Facts about a tracker; a test class of its system gives the fixture `bench`."""

    def test_what_is_made_is_there_with_its_key_and_open(self, bench: Bench) -> None:
        draft = bench.draft()
        (seen,) = bench.create(draft)
        assert seen.keys == (draft.key,)
        assert bench.label in ("", *seen.labels)
        assert (seen.place, seen.is_done, seen.title) == (bench.route.place, False, draft.title)
        assert seen.url.startswith("http")
        assert bench.now(seen).keys == (draft.key,)

    def test_each_of_many_gets_its_own_answer(self, bench: Bench) -> None:
        drafts = [bench.draft(title=f"S3.8: number {number}") for number in range(4)]
        found = bench.create(*drafts)
        assert [(one.keys, one.title) for one in found] == [((draft.key,), draft.title) for draft in drafts]
        assert set(bench.fresh().read([one.id for one in found])) == {one.id for one in found}

    def test_what_was_made_is_found_by_its_key_and_nothing_by_others(self, bench: Bench) -> None:
        draft, other = bench.draft(), bench.draft()
        (seen,) = bench.create(draft)
        bench.settle()
        found = bench.fresh().find([draft.key, other.key, "no key"])
        assert [one.id for one in found[draft.key]] == [seen.id]
        assert (found[other.key], found["no key"]) == ([], [])

    def test_two_with_one_key_are_both_found_the_older_first(self, bench: Bench) -> None:
        draft = bench.draft()
        (first,) = bench.create(draft)
        second = bench.double(first) if bench.double else bench.create(draft)[0]
        bench.settle()
        assert [one.id for one in bench.fresh().find([draft.key])[draft.key]] == [first.id, second.id]

    def test_what_was_never_there_is_missing(self, bench: Bench) -> None:
        (seen,) = bench.create(bench.draft())
        nowhere = "999999999999"
        found = bench.fresh().read([nowhere, seen.id])
        assert isinstance(found[nowhere], Missing)
        assert isinstance(found[seen.id], Seen)

    def test_an_update_changes_what_it_says_and_a_second_one_nothing(self, bench: Bench) -> None:
        draft = bench.draft()
        (seen,) = bench.create(draft)
        changed = dataclasses.replace(draft, title="S3.8: one bucket is public", due=dt.date(2026, 12, 24), raised=1)
        for _ in range(2):
            assert bench.fresh().update(seen.id, changed) == DONE
        now = bench.now(seen)
        assert (now.title, now.keys, now.place) == (changed.title, seen.keys, seen.place)
        assert set(seen.labels) <= set(now.labels)

    def test_texts_of_any_kind_are_taken(self, bench: Bench) -> None:
        body = Body((Heading(_HOSTILE), paragraph(_HOSTILE * 50), Bullets((text(_HOSTILE),))))
        draft = bench.draft(title=_HOSTILE * 20, body=body)
        (seen,) = bench.create(draft)
        assert seen.keys == (draft.key,)
        assert bench.fresh().comment(seen.id, body, mark="hostile") == DONE
        assert bench.fresh().update(seen.id, dataclasses.replace(draft, title="S3.8", body=Body())) == DONE

    def test_a_comment_with_the_same_mark_is_written_once(self, bench: Bench) -> None:
        (seen,) = bench.create(bench.draft())
        for _ in range(2):
            assert bench.fresh().comment(seen.id, _NOTE, mark="m1") == DONE
        assert bench.comments(seen.id) == 1
        assert bench.fresh().comment(seen.id, _NOTE, mark="m2") == DONE
        assert bench.comments(seen.id) == 2

    def test_a_ticket_is_closed_and_opened_again(self, bench: Bench) -> None:
        (seen,) = bench.create(bench.draft())
        for outcome in Outcome:
            for _ in range(2):
                assert bench.fresh().close(seen.id, outcome, bench.route) == DONE
            now = bench.now(seen)
            assert now.is_done
            assert now.done_at is not None
            for _ in range(2):
                assert bench.fresh().reopen(seen.id, bench.route) == DONE
            assert not bench.now(seen).is_done

    def test_tickets_are_linked_once_and_again_without_harm(self, bench: Bench) -> None:
        older, younger = bench.create(bench.draft(), bench.draft())
        for is_duplicate in (True, True, False, False):
            assert bench.fresh().link(younger.id, older.id, is_duplicate=is_duplicate) == DONE

    def test_changes_are_told_since_a_time(self, bench: Bench) -> None:
        (seen,) = bench.create(bench.draft())
        bench.settle()
        changed = bench.fresh().changed(seen.updated - dt.timedelta(minutes=1))
        assert seen.id in {one.id for one in changed}
        later = bench.fresh().changed(seen.updated + dt.timedelta(days=2))
        assert seen.id not in {one.id for one in later}

    def test_a_place_that_works_raises_no_error_in_the_check(self, bench: Bench) -> None:
        assert [one for one in bench.fresh().check([bench.route]) if one.is_error] == []

    def test_calls_are_counted_by_what_was_asked(self, bench: Bench) -> None:
        tracker = bench.fresh()
        tracker.find([])
        before = dict(tracker.calls)
        tracker.check([bench.route])
        assert sum(tracker.calls.values()) > sum(before.values())
