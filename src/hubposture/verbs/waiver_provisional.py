"""Today's suppressions that no waiver covers, as provisional waivers."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from hubposture.model.controls import ControlId
from hubposture.ports.findings import Suppression
from hubposture.ports.lake import Snapshot
from hubposture.verbs.waiver_book import Book
from hubposture.verbs.waivers import Means, Options, look
from hubposture.waivers.decision import Verb
from hubposture.waivers.provisional import Provisional, Suppressed, provisional
from hubposture.waivers.rule import Case
from hubposture.waivers.waiver import SubjectName

_OWNERS = "SELECT account, owner FROM accounts ORDER BY account"


@dataclass
class _Group:
    subjects: list[SubjectName] = field(default_factory=list)
    made: list[Suppression] = field(default_factory=list)
    notes: set[str] = field(default_factory=set)


def provisional_waivers(means: Means, found: Book, snapshot: Snapshot, *, days: int) -> tuple[Provisional, ...]:
    """A waiver for each control and account with suppressions that nobody approved.

    Who suppressed them is asked of AWS for some hundred findings, and kept; the rest of them is known after later runs.
    The owner is that of the account, '' where it has none.
    """
    outlook = look(means, found, Options(observe=True), snapshot)
    groups: dict[tuple[str, str], _Group] = defaultdict(_Group)
    for case, decision in outlook.decided.pairs:
        if decision.verb is Verb.UNAPPROVED:
            _add(groups[case.account, case.control], case, outlook.decided.suppressors)
    owners = dict(snapshot.execute(_OWNERS, {}))
    rules = {one.arn: one.name for one in outlook.decided.foreign.rules}
    made = [
        _suppressed(account, control, group, str(owners.get(account, "")), rules)
        for (account, control), group in sorted(groups.items())
    ]
    return provisional(
        made,
        today=means.today,
        days=days,
        taken=[one.waiver.id for one in found.standings],
        shown=means.catalog.shown,
    )


def _add(group: _Group, case: Case, suppressors: Mapping[str, Suppression]) -> None:
    group.subjects.append(SubjectName(case.account, case.region, case.control, case.resource))
    for one in case.findings:
        if one.workflow == "SUPPRESSED":
            if one.note:
                group.notes.add(one.note)
            if one.finding in suppressors:
                group.made.append(suppressors[one.finding])


def person(identity: str, rules: Mapping[str, str] = MappingProxyType({})) -> str:
    """Who is behind an identity: the session's name of an assumed role, the user's name, else the identity itself.

    An automation rule is called by its name in `rules`, by ARN; one that is gone has none.
    """
    if identity in rules:
        return f"the rule {rules[identity]}"
    if ":automation-rule/" in identity:
        return "an automation rule that is gone"
    return identity.rpartition("/")[2] or identity


def _suppressed(account: str, control: str, group: _Group, owner: str, rules: Mapping[str, str]) -> Suppressed:
    times = [one.at for one in group.made if one.at is not None]
    return Suppressed(
        control=ControlId(control),
        account=account,
        subjects=tuple(sorted(group.subjects)),
        who=tuple(Counter(person(one.who, rules) for one in group.made).most_common()),
        oldest=min(times, default=None),
        newest=max(times, default=None),
        notes=tuple(sorted(group.notes)),
        owner=owner,
    )
