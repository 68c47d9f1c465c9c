"""What was found of waivers as the plain rows that views are made of."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from hubposture.catalog import Catalog
from hubposture.model.controls import ControlId
from hubposture.ports.lake import Snapshot
from hubposture.ports.ledger import Failure
from hubposture.ports.waivers import Notice
from hubposture.verbs.waiver_book import Book, digest_now, set_name
from hubposture.verbs.waiver_preview import Preview, name_of
from hubposture.verbs.waiver_verify import Verified
from hubposture.verbs.waivers import Enforced
from hubposture.views.waivers_rows import (
    ApprovalRow,
    DecisionRow,
    Enforcement,
    Fate,
    NoticeRow,
    PreviewRow,
    Seen,
    SubjectRow,
    Trouble,
    WaiverDetail,
    WaiverRow,
)
from hubposture.waivers.decision import Decision, Verb
from hubposture.waivers.rule import Case, Fit, Judged, Match, Tally
from hubposture.waivers.standing import Standing
from hubposture.waivers.subject_file import to_text
from hubposture.waivers.waiver import Criteria

_ACCOUNTS = "SELECT account, alias, name FROM accounts ORDER BY account"


@dataclass(frozen=True)
class Names:
    """How accounts and controls are shown."""

    accounts: Mapping[str, tuple[str, str]]
    catalog: Catalog

    @classmethod
    def of(cls, snapshot: Snapshot, catalog: Catalog) -> "Names":
        """The names that a version has."""
        rows = snapshot.execute(_ACCOUNTS, {})
        return cls({account: (alias, name) for account, alias, name in rows}, catalog)

    def control(self, control: str) -> str:
        """A control as AWS writes it."""
        return self.catalog.shown(ControlId(control))


def waiver_row(one: Standing, tally: Tally, names: Names, *, idle: bool) -> WaiverRow:
    """One waiver as it stands."""
    waiver, approval = one.waiver, one.approval
    return WaiverRow(
        waiver=waiver.id,
        state=one.state,
        controls=[names.control(control) for control in waiver.criteria.controls],
        type=waiver.type,
        effect=waiver.effect,
        owner=waiver.owner,
        until=one.until,
        valid_from=waiver.valid_from,
        why=one.why,
        asked_until=one.asked_until,
        approved_by=approval.by if approval is not None else "",
        approval=f"{approval.system} {approval.number}".strip() if approval is not None else "",
        requested_by=waiver.requested_by,
        risk_owner=waiver.risk_owner,
        reason=waiver.reason,
        compensating=waiver.compensating,
        covers_new=waiver.covers_new,
        matched=tally.matched,
        within=tally.within,
        failing=tally.failing,
        surplus=tally.surplus,
        surplus_failing=tally.surplus_failing,
        barred=tally.barred,
        missing=tally.missing,
        passing_since=tally.passing_since,
        is_unneeded=idle,
        source=waiver.source,
    )


def waiver_rows(found: Book, judged: Judged, names: Names, idle: Iterable[str] = ()) -> list[WaiverRow]:
    """Every waiver of a baseline; `idle` are those that can be closed."""
    unneeded = set(idle)
    return [
        waiver_row(
            one,
            judged.tallies.get(one.waiver.id, Tally(one.waiver.id)),
            names,
            idle=one.waiver.id in unneeded,
        )
        for one in found.standings
    ]


def criteria_rows(criteria: Criteria, names: Names) -> list[tuple[str, Sequence[str]]]:
    """Criteria by name, those that are given."""
    tags = [f"{name}={value}" for name, value in criteria.tags]
    given = (
        ("controls", [names.control(control) for control in criteria.controls]),
        ("resources", criteria.resources),
        ("accounts", criteria.accounts),
        ("ous", criteria.ous),
        ("regions", criteria.regions),
        ("tags", tags),
    )
    return [(name, entries) for name, entries in given if entries]


def detail(
    found: Preview, book: Book, row: WaiverRow, names: Names, notices: Sequence[Notice], *, steps: Sequence[str] = ()
) -> WaiverDetail:
    """Everything of one waiver of the baseline; `steps` are commands that come next."""
    waiver = found.waiver
    standing = book.named(waiver.id)
    lies_there = set_name(waiver.id) in book.sets
    return WaiverDetail(
        row=row,
        criteria=criteria_rows(waiver.criteria, names),
        digest=digest_now(waiver, book.sets),
        set_file=set_name(waiver.id) if lies_there else "",
        set_subjects=len(book.sets[set_name(waiver.id)].subjects) if lies_there else 0,
        approvals=[
            ApprovalRow(
                str(one.system),
                one.number,
                one.by,
                one.on,
                one.until,
                standing is not None and standing.approval is not None and standing.approval.digest == one.digest,
                standing.why if standing is not None else "",
            )
            for one in waiver.approvals
        ],
        subjects=subject_rows(found, names),
        notices=[notice_row(one) for one in notices if one.waiver == waiver.id],
        steps=steps,
    )


def preview_row(found: Preview, names: Names, *, steps: Sequence[str] = ()) -> PreviewRow:
    """A preview for its document; `steps` are commands that come next."""
    waiver = found.waiver
    matched = {name_of(one) for one in found.matches}
    return PreviewRow(
        waiver=waiver.id,
        controls=[names.control(control) for control in waiver.criteria.controls],
        type=waiver.type,
        effect=waiver.effect,
        owner=waiver.owner,
        requested_by=waiver.requested_by,
        reason=waiver.reason,
        valid_from=waiver.valid_from,
        until=waiver.expires,
        criteria=criteria_rows(waiver.criteria, names),
        subjects=subject_rows(found, names),
        digest=found.digest,
        set_file=set_name(waiver.id),
        set_bytes=len(to_text(found.proposed).encode()),
        is_current=found.is_current,
        held=len(found.held.subjects),
        missing=sum(one not in matched for one in found.held.subjects),
        state=found.standing.state if found.standing is not None else None,
        compensating=waiver.compensating,
        covers_new=waiver.covers_new,
        steps=steps,
    )


def subject_rows(found: Preview, names: Names) -> list[SubjectRow]:
    """The subjects of a preview."""
    beyond = {name_of(one) for one in found.beyond}
    return [_matched(one, names, is_beyond=name_of(one) in beyond) for one in found.matches]


def _matched(one: Match, names: Names, *, is_beyond: bool) -> SubjectRow:
    alias, name = names.accounts.get(one.account, ("", ""))
    return SubjectRow(
        account=one.account,
        region=one.region,
        control=names.control(one.control),
        resource=one.resource,
        status=one.status,
        severity=one.severity,
        alias=alias,
        name=name,
        failing_since=one.failing_since,
        is_suppressed=one.is_suppressed,
        fit=one.fit if one.fit is Fit.BARRED else Fit.SURPLUS if is_beyond else Fit.COVERS,
        is_beyond=is_beyond,
        other=one.other,
    )


def notice_row(one: Notice) -> NoticeRow:
    """A notice for its document."""
    return NoticeRow(one.waiver, one.kind, one.until, one.at, str(one.body.get("owner", "")))


def enforcement(found: Enforced, names: Names, *, is_observed: bool) -> Enforcement:
    """A plan of waivers and what became of it, for its document."""
    outlook = found.outlook
    fates = dict(_fates(found, is_observed=is_observed))
    rows = [
        _decision(case, decision, found, names, fates.get(case.subject, (None, "")))
        for case, decision in outlook.decided.pairs
        if decision.verb is not Verb.LEAVE
    ]
    return Enforcement(
        decisions=rows,
        left=outlook.counts[Verb.LEAVE],
        failing=outlook.decided.judged.failing,
        run=found.run,
        version=found.version,
        is_observed=is_observed,
        guards=outlook.exceeded,
        problems=[str(one) for one in outlook.book.problems],
        before=_seen(found.before),
        after=_seen(found.after),
        notices=[notice_row(one) for one in found.notices],
        troubles=_troubles(
            (*found.unread, *found.dropped, *found.before.failures, *outlook.decided.failures, *found.after.failures)
        ),
    )


def _fates(found: Enforced, *, is_observed: bool) -> Iterator[tuple[str, tuple[Fate, str]]]:
    """What became of each subject that was to be written."""
    for case, _, reasons in found.outlook.held_back:
        yield case.subject, (Fate.HELD_BACK, "; ".join(reasons))
    for step in found.outlook.observed:
        yield step.case.subject, (Fate.OBSERVED, "")
    for step in found.outlook.steps:
        yield step.case.subject, (Fate.PLANNED if is_observed else Fate.STOPPED, "")
    for step in found.written.sent:
        yield step.case.subject, (Fate.SENT, "")
    for step, why in found.written.failed:
        yield step.case.subject, (Fate.FAILED, why)


def _decision(
    case: Case, decision: Decision, found: Enforced, names: Names, became: tuple[Fate | None, str]
) -> DecisionRow:
    fate, why = became
    alias, name = names.accounts.get(case.account, ("", ""))
    made = [known for one in case.findings if (known := found.outlook.decided.suppressors.get(one.finding)) is not None]
    newest = max(made, key=lambda one: (one.at is not None, one.at), default=None) if made else None
    return DecisionRow(
        verb=decision.verb,
        reason=decision.reason,
        subject=SubjectRow(
            account=case.account,
            region=case.region,
            control=names.control(case.control),
            resource=case.resource,
            status=case.status,
            severity=case.severity,
            alias=alias,
            name=name,
            failing_since=case.failing_since,
            is_suppressed=any(one.workflow == "SUPPRESSED" for one in case.findings),
            fit=case.cover.fit if case.cover is not None else Fit.ENDED,
        ),
        waiver=decision.waiver,
        fate=fate,
        why=why,
        rule=decision.rule,
        who=_who(newest.who, found) if newest is not None else "",
        since=newest.at if newest is not None else None,
    )


def _who(identity: str, found: Enforced) -> str:
    """Whoever suppressed something; an automation rule by its name."""
    rules = {one.arn: one.name for one in found.outlook.decided.foreign.rules}
    return f"the rule {rules[identity]}" if identity in rules else identity


def _seen(one: Verified) -> Seen:
    return Seen(one.seen, one.waiting, one.lost)


def _troubles(failures: Iterable[Failure]) -> list[Trouble]:
    """Failures, equal ones once with their number."""
    counts = Counter(failures)
    return [Trouble(one.where, one.what + (f" ({count} times)" if count > 1 else "")) for one, count in counts.items()]
