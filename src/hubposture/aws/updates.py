"""Security Hub behind `ports.updates.FindingsUpdater`: in rounds, so that what was taken is told at once.

Doing an update twice is the same as once, so calls whose answer was lost are simply made again. A round sends what is
left, at most 100 findings a call; what a reply leaves unprocessed for a passing reason goes into a later round with
others of the same values. A call that AWS refuses as invalid is cut up until the finding at fault stands alone. One that
was not sent because its account is left alone for a while waits for that: something else may have failed there.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from hubposture.aws.gateway import Gateway, Seat
from hubposture.aws.limits import CircuitOpen
from hubposture.aws.pool import Pool
from hubposture.aws.session import Purpose
from hubposture.aws.update_replies import (
    INVALID,
    NOT_FOUND,
    NOT_UNDERSTOOD,
    Key,
    Said,
    Values,
    meaning,
    read_reply,
    request,
)
from hubposture.errors import RemoteError, RemoteRefused, RemoteUnavailable
from hubposture.ports.updates import Updated
from hubposture.reconcile.chunks import chunks
from hubposture.waivers.decision import FindingUpdate

_BATCH: Final = 100
_TRIES: Final = 6
_RESTS: Final = 8
"""Tries of what was not sent; with the pauses between them twice as long as an account is left alone."""
_FIRST_PAUSE_SECONDS: Final = 1.0
_LONGEST_PAUSE_SECONDS: Final = 16.0
_INVALID: Final = frozenset({INVALID, "InvalidInputException", "ValidationException"})
_ALONE: Final = 3
"""So many findings refused one by one, and none taken with the same values: then the values are at fault."""


@dataclass(frozen=True, slots=True)
class _Batch:
    """The findings of one call; `tries` is how often they came back for a passing reason."""

    values: Values
    keys: tuple[Key, ...]
    tries: int = 0


class AwsUpdates:
    """Writes with the administrator's writer role in the home Region, from where linked Regions are reached."""

    def __init__(self, gateway: Gateway, pool: Pool, *, home: str) -> None:
        self._gateway = gateway
        self._pool = pool
        self._seat = Seat(gateway.roles.administrator_account, home, Purpose.ADMINISTRATOR_WRITER)

    def update(self, updates: Sequence[FindingUpdate]) -> Iterator[Updated]:
        """See `ports.updates`. A finding that two updates want different is not sent, and says so."""
        wanted, torn = _grouped(updates)
        yield from (_failed(key, "two updates of this finding differ, and neither was sent: a defect") for key in torn)
        batches = [_Batch(values, tuple(keys)) for values, all_ in wanted.items() for keys in chunks(all_, _BATCH)]
        rounds = _Rounds()
        while batches:
            for batch, answer in self._pool.spread(self._send, batches):
                yield from rounds.take(batch, answer)
            yield from rounds.give_up()
            batches = rounds.next()
            if problem := self._pause(batches):
                yield from (_failed(key, problem, is_doubtful=True) for batch in batches for key in batch.keys)
                return

    def _send(self, batch: _Batch) -> dict[Key, Said]:
        reply = self._gateway.call(self._seat, "BatchUpdateFindings", request(batch.values, batch.keys))
        return read_reply(batch.keys, reply)

    def _pause(self, batches: Sequence[_Batch]) -> str:
        """Wait before a round if any of it came back for a passing reason; why not, if the run is being stopped."""
        tries = max((batch.tries for batch in batches), default=0)
        if not tries:
            return ""
        try:
            self._gateway.caller.sleep(min(_LONGEST_PAUSE_SECONDS, _FIRST_PAUSE_SECONDS * 2.0 ** (tries - 1)))
        except RemoteError as problem:
            return f"{problem}; the next run tries again"
        return ""


class _Rounds:
    """What goes into the next round, and what is known of values that AWS refused."""

    def __init__(self) -> None:
        self._again: defaultdict[tuple[Values, int], list[Key]] = defaultdict(list)
        self._cut: list[tuple[_Batch, RemoteError]] = []
        self._good: set[Values] = set()
        self._alone: Counter[Values] = Counter()
        self._unsure: set[Key] = set()

    def take(self, batch: _Batch, answer: Mapping[Key, Said] | Exception) -> Iterator[Updated]:
        """What an answer settles; the rest is kept for the next round."""
        match answer:
            case RemoteError():
                yield from self._whole(batch, answer)
            case Exception():
                raise answer
            case _ if all(said.code == INVALID for said in answer.values()):
                yield from self._whole(batch, RemoteRefused(meaning(answer[batch.keys[0]]), code=INVALID))
            case _:
                for key, said in answer.items():
                    yield from self._one(batch, key, said)

    def _one(self, batch: _Batch, key: Key, said: Said) -> Iterator[Updated]:
        if not said.code:
            self._good.add(batch.values)
            yield Updated(*key)
            return
        if said.is_passing:
            self._unsure.add(key)
        if said.is_passing and batch.tries + 1 < _TRIES:
            self._again[batch.values, batch.tries + 1].append(key)
        else:
            yield _failed(key, meaning(said), is_gone=said.code == NOT_FOUND, is_doubtful=key in self._unsure)

    def _whole(self, batch: _Batch, problem: RemoteError) -> Iterator[Updated]:
        """A call that failed as a whole: one that is invalid may be so for a single finding, and is cut up."""
        if isinstance(problem, CircuitOpen) and batch.tries + 1 < _RESTS:
            self._again[batch.values, batch.tries + 1] += batch.keys
            return
        is_invalid = problem.code in _INVALID
        if is_invalid and len(batch.keys) > 1:
            self._cut.append((batch, problem))
            return
        self._alone[batch.values] += is_invalid
        is_doubtful = isinstance(problem, RemoteUnavailable) or problem.code == NOT_UNDERSTOOD
        for key in batch.keys:
            yield _failed(key, str(problem), is_doubtful=is_doubtful or key in self._unsure)

    def give_up(self) -> Iterator[Updated]:
        """The findings whose values AWS refuses whatever the finding: to ask for each would only take long."""
        for batch, problem in self._cut:
            if self._is_hopeless(batch.values):
                why = f"{problem}; refused for {self._alone[batch.values]} findings alone as well, and taken for none"
                yield from (_failed(key, why) for key in batch.keys)

    def next(self) -> list[_Batch]:
        """The batches of the next round; none when all is settled."""
        parts = [part for batch, _ in self._cut if not self._is_hopeless(batch.values) for part in _parts(batch)]
        again = [
            _Batch(values, tuple(keys), tries)
            for (values, tries), left in self._again.items()
            for keys in chunks(left, _BATCH)
        ]
        self._cut.clear()
        self._again.clear()
        return parts + again

    def _is_hopeless(self, values: Values) -> bool:
        return values not in self._good and self._alone[values] >= _ALONE


def _parts(batch: _Batch) -> Iterator[_Batch]:
    """A batch cut up: its first finding alone, which soon tells whether the values are at fault, and two halves."""
    first, rest = batch.keys[:1], batch.keys[1:]
    middle = (len(rest) + 1) // 2
    return (replace(batch, keys=keys, tries=0) for keys in (first, rest[:middle], rest[middle:]) if keys)


def _grouped(updates: Iterable[FindingUpdate]) -> tuple[dict[Values, list[Key]], list[Key]]:
    """The findings by what they are to be, each once, in the order given; and those that are to be two things."""
    wanted: dict[Key, Values] = {}
    torn: dict[Key, None] = {}
    for update in updates:
        values = Values.of(update)
        torn |= dict.fromkeys(key for key in update.ids if wanted.setdefault(key, values) != values)
    groups: defaultdict[Values, list[Key]] = defaultdict(list)
    for key, values in wanted.items():
        if key not in torn:
            groups[values].append(key)
    return dict(groups), list(torn)


def _failed(key: Key, why: str, *, is_gone: bool = False, is_doubtful: bool = False) -> Updated:
    return Updated(*key, error=why, is_gone=is_gone, is_doubtful=is_doubtful)
