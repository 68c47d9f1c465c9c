"""Preview: what a waiver would do as things are now, and the set of subjects that is to be approved."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

from hubposture.errors import InputError, InputErrors
from hubposture.ports.lake import Snapshot
from hubposture.ports.waivers import WaiverLedger
from hubposture.verbs.waiver_book import Book, matching_rules, rule_of, set_name
from hubposture.waivers.digest import digest
from hubposture.waivers.rule import Fit, Match, Rule
from hubposture.waivers.standing import Standing, State
from hubposture.waivers.subject_file import to_text
from hubposture.waivers.waiver import SubjectName, SubjectSet, Waiver

_UNDER = """
SELECT DISTINCT u.account
FROM units u
WHERE u.ou_path IN (SELECT unnest($ous)) OR u.ou IN (SELECT unnest($ous))
ORDER BY u.account
"""


@dataclass(frozen=True, slots=True)
class Preview:
    """What one waiver matches now, sorted by name.

    `proposed` is the set that an approval now would be for: all that the matrix allows. `held` is the approved set on
    which the waiver stands, or that lies beside its file; `digest` is what an approval of `proposed` is bound to.
    """

    waiver: Waiver
    standing: Standing | None
    matches: tuple[Match, ...]
    proposed: SubjectSet
    held: SubjectSet
    digest: str

    @property
    def allowed(self) -> tuple[Match, ...]:
        """What a waiver may excuse there."""
        return tuple(one for one in self.matches if one.fit is not Fit.BARRED)

    @property
    def barred(self) -> tuple[Match, ...]:
        """What the matrix lets no waiver excuse."""
        return tuple(one for one in self.matches if one.fit is Fit.BARRED)

    @property
    def beyond(self) -> tuple[Match, ...]:
        """What it matches beyond the set that was approved or that lies beside its file; () where there is no set.

        What was taken in under `covers_new` is excused, and so not among them.
        """
        if not self.held.subjects and not self.holds:
            return ()
        known = {subject.key for subject in self.held.subjects}
        return tuple(one for one in self.allowed if one.fit is not Fit.COVERS and name_of(one).key not in known)

    @property
    def holds(self) -> bool:
        """Whether the waiver of the baseline holds now."""
        return self.standing is not None and self.standing.state.holds

    @property
    def is_current(self) -> bool:
        """Whether the set beside the file is what it matches now."""
        return self.held == self.proposed


def name_of(match: Match) -> SubjectName:
    """A match as a subject's name."""
    return SubjectName(match.account, match.region, match.control, match.resource)


def preview(
    waiver: Waiver, snapshot: Snapshot, found: Book, *, ledger: WaiverLedger | None = None, organization: str = ""
) -> Preview:
    """What a waiver of the baseline, or one that is not in it, would do. Reads only the lake."""
    standing = found.named(waiver.id)
    if standing is not None and standing.waiver.criteria != waiver.criteria:
        standing = None
    (one,) = _previewed([(waiver, standing)], snapshot, found, matching_rules(found, ledger, organization))
    return one


def previews(
    ids: Sequence[str], snapshot: Snapshot, found: Book, *, ledger: WaiverLedger | None = None, organization: str = ""
) -> list[Preview]:
    """Previews of waivers of the baseline by id; of all of them without any.

    Raises InputError for an unknown id, InputErrors where it may be in a file that cannot be read.
    """
    chosen = [one for one in found.standings if not ids or one.waiver.id in ids]
    if unknown := sorted(set(ids) - {one.waiver.id for one in chosen}):
        if found.problems:
            raise InputErrors(found.problems)
        raise InputError(f"no waiver is called {', '.join(unknown)}; `hubposture waivers list` shows those there are")
    rules = matching_rules(found, ledger, organization)
    return _previewed([(one.waiver, one) for one in chosen], snapshot, found, rules)


def _previewed(
    asked: Sequence[tuple[Waiver, Standing | None]], snapshot: Snapshot, found: Book, rules: Sequence[Rule]
) -> list[Preview]:
    """Previews of waivers with where they stand, all matched at once; `rules` are those of the baseline."""
    by_id = {one.waiver: one for one in rules}
    for waiver, standing in asked:
        if standing is None or not standing.state.holds:
            by_id[waiver.id] = _candidate(waiver, standing)
    matched = snapshot.matched(list(by_id.values()), [waiver.id for waiver, _ in asked])
    return [_made(waiver, standing, matched[waiver.id], snapshot, found) for waiver, standing in asked]


def _made(
    waiver: Waiver, standing: Standing | None, matches: Sequence[Match], snapshot: Snapshot, found: Book
) -> Preview:
    proposed = proposed_set(waiver, snapshot, matches)
    held = standing.subjects if standing is not None and standing.subjects.subjects else SubjectSet(())
    held = held if held.subjects else found.sets.get(set_name(waiver.id), SubjectSet(()))
    return Preview(waiver, standing, tuple(matches), proposed, held, digest(waiver, waiver.expires, to_text(proposed)))


def _candidate(waiver: Waiver, standing: Standing | None) -> Rule:
    """A waiver that does not hold as if it were approved for as long as it asks for: what the matrix bars then shows."""
    bare = standing or Standing(
        waiver,
        State.UNAPPROVED,
        "",
        None,
        SubjectSet(()),
        waiver.expires,
        dt.datetime.combine(waiver.expires, dt.time()),
    )
    rule = rule_of(bare, frozenset(), None)
    return replace(rule, holds=False, days=(waiver.expires - waiver.valid_from).days)


def proposed_set(waiver: Waiver, snapshot: Snapshot, matches: Sequence[Match]) -> SubjectSet:
    """The set that is to be approved: what matches and is not barred, and the accounts to which the OUs lead now."""
    names = tuple(sorted(name_of(one) for one in matches if one.fit is not Fit.BARRED))
    return SubjectSet(names, accounts_under(waiver.criteria.ous, snapshot))


def accounts_under(ous: Sequence[str], snapshot: Snapshot) -> tuple[str, ...]:
    """The accounts under OUs (ids or paths) at any depth, sorted."""
    if not ous:
        return ()
    return tuple(str(account) for (account,) in snapshot.execute(_UNDER, {"ous": tuple(ous)}))
