"""Reports that are frozen: read as they were kept, made and kept once."""

from dataclasses import replace

from hubposture.access.decision import NotAllowed
from hubposture.errors import Refusal
from hubposture.filters import EVERYTHING, Comparison, Filter, Operator
from hubposture.ports.lake import LakeReader, NoSuchVersion
from hubposture.ports.reports import Frozen, Reports
from hubposture.verbs.report import Means, Wanted, read_report
from hubposture.verbs.report_scope import filtered, find_scope
from hubposture.views.report.kept import data, report_of
from hubposture.views.report.model import Of, Report, Scope
from hubposture.views.report.week import days_of, week_of

_ANYWHERE = Comparison("presence", Operator.IS, ("present", "unsure", "gone", "off", "lost"))
_ANY_KIND = Comparison("kind", Operator.IS, ("control", "other"))
_NOT_ALL = (
    "a report is kept for everybody, so only who may take out all that it is of may freeze it or read it as it was kept"
)


def shown_report(means: Means, ledger: Reports, wanted: Wanted) -> Report:
    """The report that was frozen; where there is none, or not all of it may be seen, it is made now and not kept."""
    kept = _kept(means, ledger, wanted)
    if kept is not None and sees_all(means.reader, kept.scope, means.visible):
        return kept
    return read_report(means, wanted)


def frozen_report(means: Means, ledger: Reports, wanted: Wanted) -> tuple[Report, bool]:
    """The report as it is kept from now on, and whether it was kept just now.

    Raises Refusal for a week that is not over, NotAllowed unless all of it may be seen, and what `read_report` raises.
    """
    kept = _kept(means, ledger, wanted)
    if kept is not None and sees_all(means.reader, kept.scope, means.visible):
        return kept, False
    if kept is not None:
        raise NotAllowed(_NOT_ALL)
    _, end = days_of(wanted.week)
    if end >= means.today:
        raise Refusal(f"{wanted.week} is not over; a report is frozen after its last day, {end.isoformat()}")
    _refuse_unseen(means, wanted)
    made = replace(read_report(replace(means, visible=EVERYTHING), wanted), frozen_at=means.now)
    scope = made.scope
    if not sees_all(means.reader, scope, means.visible):
        raise NotAllowed(_NOT_ALL)
    of = scope.of.value
    report = Frozen(means.organization, of, scope.key, made.week, means.now, made.version, data(made))
    if ledger.freeze(report):
        return made, True
    other = ledger.frozen(means.organization, of=of, key=scope.key, week=made.week)
    return (report_of(other.body) if other is not None else made), False


def _refuse_unseen(means: Means, wanted: Wanted) -> None:
    """Raise NotAllowed unless all of it may be seen, InputError for what is not there to be seen: no other name is told."""
    if means.visible == EVERYTHING:
        return
    with means.reader.snapshot(within=means.visible) as part:
        scope = find_scope(part, ou=wanted.ou, account=wanted.account, owner=wanted.owner)
    if not sees_all(means.reader, scope, means.visible):
        raise NotAllowed(_NOT_ALL)


def sees_all(reader: LakeReader, scope: Scope, visible: Filter) -> bool:
    """Whether everything that a report is of may be seen, by the newest version: what is kept was made of all of it.

    Where nothing is there that could be seen, only who may see everything sees all of it.
    """
    if visible == EVERYTHING:
        return True
    everything = filtered(scope, _ANY_KIND, _ANYWHERE)
    with reader.snapshot() as whole, reader.snapshot(number=whole.number, within=visible) as part:
        number = whole.count(everything).subjects
        return number > 0 and part.count(everything).subjects == number


def _kept(means: Means, ledger: Reports, wanted: Wanted) -> Report | None:
    of, key = _place(means, wanted)
    begin, _ = days_of(wanted.week)
    kept = ledger.frozen(means.organization, of=of.value, key=key, week=week_of(begin))
    return None if kept is None else report_of(kept.body)


def _place(means: Means, wanted: Wanted) -> tuple[Of, str]:
    """What is meant, also where the week's own version is gone: an account's alias is looked up in the newest one."""
    if wanted.ou is not None:
        return Of.OU, "/" + wanted.ou.strip().strip("/")
    if wanted.owner is not None:
        return Of.OWNER, wanted.owner
    if wanted.account is None:
        return Of.ORGANIZATION, ""
    if wanted.account.isdigit():
        return Of.ACCOUNT, wanted.account
    try:
        with means.reader.snapshot(within=means.visible) as newest:
            return Of.ACCOUNT, find_scope(newest, account=wanted.account).key
    except NoSuchVersion:
        return Of.ACCOUNT, wanted.account
