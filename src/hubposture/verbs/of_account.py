"""One account for its own people: how it stands, and what is left to do, shortest first."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from hubposture.filters import Filter
from hubposture.model.controls import natural_key
from hubposture.ports.lake import Group, Snapshot
from hubposture.posture import rollup
from hubposture.posture.scores import Dimension
from hubposture.verbs.posture import level
from hubposture.views.pages import links
from hubposture.views.pages.accounts import Account, Place, Task
from hubposture.views.words import SEVERITIES

_ACCOUNT = """
SELECT account, alias, name, state, ou_path, owner FROM accounts WHERE account = $account ORDER BY account
"""
_PLACES = """
SELECT region, sight, because, way, swept_at FROM targets WHERE account = $account ORDER BY region
"""
_HELP = "SELECT control, url FROM controls ORDER BY control"
_MOST = 10_000

Parse = Callable[[str], Filter]
"""The filter of a text."""


@dataclass(frozen=True)
class _Means:
    """What the parts of an account are read with."""

    snapshot: Snapshot
    parse: Parse
    number: str

    def groups(self, text: str) -> Mapping[str, Group]:
        """By control, of this account alone."""
        found = self.snapshot.groups(
            self.parse(f"{links.term('account', self.number)} kind=control {text}"), limit=_MOST
        )
        return {one.control: one for one in found}


def of_account(snapshot: Snapshot, number: str, *, parse: Parse) -> Account | None:
    """An account of a version by its number, with what is left to do; None where there is none."""
    rows = snapshot.execute(_ACCOUNT, {"account": number})
    if not rows:
        return None
    _, alias, name, state, ou_path, owner = rows[0]
    score = rollup.score(snapshot.execute, Dimension.ACCOUNT, number)
    return Account(
        number=number,
        alias=alias,
        name=name,
        state=state,
        ou_path=ou_path,
        owner=owner,
        level=level(score.as_is) if score else None,
        without_waivers=level(score.without_waivers) if score else None,
        overdue=score.overdue.total if score else 0,
        waived=score.waived if score else 0,
        not_measured=score.not_measured if score else 0,
        missing=score.missing if score else 0,
        lost=score.lost if score else 0,
        why=score.why.text if score else "",
        tasks=_tasks(_Means(snapshot, parse, number)),
        places=[Place(*row) for row in snapshot.execute(_PLACES, {"account": number})],
    )


def _tasks(means: _Means) -> list[Task]:
    late, urls = means.groups(links.OVERDUE), dict(means.snapshot.execute(_HELP, {}))
    found = [
        Task(
            control=one.shown,
            title=one.title,
            severity=one.severity,
            resources=one.failing,
            overdue=late[key].failing if key in late else 0,
            oldest=one.since,
            help=links.outside(urls.get(key, "")),
        )
        for key, one in means.groups(links.OPEN).items()
    ]
    return sorted(found, key=_shortest)


def _shortest(one: Task) -> tuple[int, int, tuple[tuple[int, int, str], ...]]:
    rank = SEVERITIES.index(one.severity) if one.severity in SEVERITIES else len(SEVERITIES)
    return one.resources, rank, natural_key(one.control)
