"""What a waiver that somebody asks for would cover now, and everything that is wrong or doubtful with it."""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol
from zoneinfo import ZoneInfo

from hubposture.catalog import Catalog
from hubposture.findings.finding import subject_key
from hubposture.matrix.lint_finding import Level
from hubposture.matrix.rows import Matrix
from hubposture.model.controls import ControlId
from hubposture.ports.asking import AskingLedger
from hubposture.ports.lake import Snapshot
from hubposture.ports.ledger import Ledger
from hubposture.ports.waivers import WaiverLedger
from hubposture.verbs.waiver_book import Book
from hubposture.verbs.waiver_branch import Branch
from hubposture.verbs.waiver_preview import Preview, preview
from hubposture.verbs.waiver_rights import Rights
from hubposture.verbs.waiver_rows import Names, subject_rows
from hubposture.views.waivers_rows import SubjectRow
from hubposture.views.waivers_subjects import by_severity
from hubposture.waivers.asked import by_answer
from hubposture.waivers.lint import Surroundings, lint
from hubposture.waivers.read import ReadWaivers
from hubposture.waivers.rule import Fit, Match
from hubposture.waivers.standing import ApprovalRules
from hubposture.waivers.waiver import SystemOfApproval, Waiver
from hubposture.waivers.wide import cautions

_LOOKED_AT = """
SELECT COUNT(*) FROM subjects
WHERE kind = 'control' AND control IN (SELECT unnest($controls)) AND presence IN ('present', 'unsure')
"""
_ACCOUNTS = "SELECT account FROM accounts UNION SELECT account FROM subjects"
_UNITS = "SELECT DISTINCT ou_path, ou FROM units"


class Books(WaiverLedger, AskingLedger, Ledger, Protocol):
    """What is used of the ledger."""


@dataclass(frozen=True)
class Means:
    """What asking for waivers and deciding on them needs.

    `snapshot` is a whole version: what a waiver covers does not depend on what somebody may see, and `rights` say what they
    may do to it. `book` reads the waivers of the baseline as they are now. `ask_elsewhere` asks the system of record where
    that is another one; it raises RemoteError. `now` is naive UTC, `today` the organization's day.
    """

    organization: str
    who: str
    ledger: Books
    branch: Branch
    snapshot: Snapshot
    rights: Rights
    book: Callable[[], Book]
    catalog: Catalog
    matrix: Matrix | None
    rules: ApprovalRules
    zone: ZoneInfo
    today: dt.date
    now: Callable[[], dt.datetime]
    new_id: Callable[[], str]
    suppress_days: int = 0
    ask_elsewhere: Callable[[Preview], None] | None = None

    @property
    def system(self) -> SystemOfApproval:
        """Where requests are decided: on our pages too where the files are the record."""
        record = self.rules.record
        return SystemOfApproval.HUBPOSTURE if record is SystemOfApproval.FILE else record

    def shown(self, control: ControlId) -> str:
        """A control as AWS writes it."""
        return self.catalog.shown(control)


@dataclass(frozen=True)
class Scope:
    """What a waiver would do, with what is wrong (`problems`) and doubtful (`warnings`), each by answer, '' for the whole.

    `rows` are all subjects that it matches, `of` is how many resources its controls look at in the organization, `cautions`
    are sentences that must not be overlooked. `most_days` is the longest that it may hold.
    """

    preview: Preview
    rows: Sequence[SubjectRow]
    of: int
    cautions: Sequence[str]
    problems: Mapping[str, Sequence[str]] = field(default_factory=dict)
    warnings: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def allowed(self) -> Sequence[SubjectRow]:
        """What it would excuse."""
        return [one for one in self.rows if one.fit is not Fit.BARRED]

    @property
    def barred(self) -> Sequence[SubjectRow]:
        """What the workbook lets no such waiver excuse."""
        return [one for one in self.rows if one.fit is Fit.BARRED]

    @property
    def failing(self) -> Mapping[str, int]:
        """What of it fails, by severity, the gravest first."""
        return by_severity(self.allowed)

    @property
    def subjects(self) -> Sequence[str]:
        """Keys of what it would excuse."""
        return [one.key for one in self.preview.proposed.subjects]


def scope_of(means: Means, waiver: Waiver, book: Book | None = None) -> Scope:
    """What a waiver would cover now. Raises InputErrors for broken files of waivers; reads only the lake and the files."""
    found = book or means.book()
    one = preview(waiver, means.snapshot, found, ledger=means.ledger, organization=means.organization)
    rows = subject_rows(one, Names.of(means.snapshot, means.catalog))
    ((of,),) = means.snapshot.execute(_LOOKED_AT, {"controls": tuple(waiver.criteria.controls)})
    made = Scope(one, rows, int(of), ())
    said = cautions(waiver.criteria, matched=len(made.allowed), of=made.of, failing=made.failing)
    problems, warnings = _linted(means, waiver)
    for name, why in _wrong_now(means, made):
        problems.setdefault(name, []).append(why)
    return replace(made, cautions=said, problems=problems, warnings=warnings)


def most_days(means: Means, controls: Sequence[ControlId]) -> int:
    """The longest that a waiver of these controls may hold: by the settings, and by Waivable wherever a row is the only one."""
    found = means.rules.max_days
    rows = means.matrix.controls if means.matrix is not None else ()
    for control in controls:
        of_it = [row for row in rows if row.control == control and row.waivable is not None]
        if any(row.scope == "" for row in of_it):
            allowed = [row.waivable for row in of_it if row.waivable is not None and row.waivable.allowed]
            limits = [means.rules.max_days if one.max_days is None else one.max_days for one in allowed]
            found = min(found, max(limits, default=0))
    return found


def _linted(means: Means, waiver: Waiver) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """What `waivers check` would say of it: what is wrong, and what is doubtful."""
    findings = lint(
        ReadWaivers((replace(waiver, approvals=()),), {}, ()),
        today=means.today,
        zone=means.zone,
        rules=means.rules,
        around=Surroundings(catalog=means.catalog, matrix=means.matrix),
    )
    wrong, doubtful = by_answer(findings, Level.ERROR), by_answer(findings, Level.WARNING)
    return {name: list(some) for name, some in wrong.items()}, {name: list(some) for name, some in doubtful.items()}


def _wrong_now(means: Means, scope: Scope) -> Iterator[tuple[str, str]]:
    """What is wrong with it today, in this organization."""
    waiver, criteria = scope.preview.waiver, scope.preview.waiver.criteria
    if waiver.expires < means.today:
        yield "expires", f"{waiver.expires} is over; write a day to come"
    known = {account for (account,) in means.snapshot.execute(_ACCOUNTS, {})} if criteria.accounts else set()
    for account in criteria.accounts:
        if account not in known:
            yield "accounts", f"{account} is no account that the last sync knows"
    units = {name for row in means.snapshot.execute(_UNITS, {}) for name in row} if criteria.ous else set()
    for ou in criteria.ous:
        if ou not in units:
            yield "ous", f"{ou} is no OU with accounts that the last sync knows; write its path (/Workloads/Prod) or id"
    if not scope.rows:
        yield "", "It matches nothing now, so there is nothing to approve: see its controls and criteria."
    elif not scope.allowed:
        yield (
            "expires",
            f"The workbook allows no such waiver for any of the {len(scope.rows):,} that it matches (Waivable)",
        )


def keys_of(matches: Sequence[Match]) -> list[str]:
    """Matches as keys of subjects."""
    return [subject_key(one.account, one.region, one.control, one.resource) for one in matches]
