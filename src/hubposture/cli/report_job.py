"""The job `report`: the week before is frozen, and mailed where the settings name somebody."""

from hubposture.cli.report_files import written
from hubposture.ports.lake import NoSuchVersion
from hubposture.ports.ledger import RunStatus
from hubposture.verbs.notify import notify
from hubposture.verbs.report import Wanted
from hubposture.verbs.report_kept import frozen_report
from hubposture.views.document import counted
from hubposture.views.notify_rows import Fate
from hubposture.views.report.mail import letters
from hubposture.views.report.model import Report
from hubposture.views.report.week import last_full
from hubposture.wiring import Connection, Store
from hubposture.wiring.messages import message_means
from hubposture.wiring.report import report_means
from hubposture.work.telling import Telling

_GOOD = (Fate.SENT, Fate.UNCHANGED, Fate.FOUND, Fate.UPDATED)


def weekly_report(connection: Connection, store: Store) -> tuple[RunStatus, str]:
    """Freeze the organization's report of the week before and mail it; each address gets it once."""
    at = connection.workplace
    try:
        found, is_new = frozen_report(report_means(at, store), store.ledger, Wanted(last_full(at.today)))
    except NoSuchVersion:
        return RunStatus.DONE, "nothing was synced before the end of last week"
    said = f"{found.week} {'frozen' if is_new else 'was frozen before'}"
    return _mailed(connection, store, found, said) if at.settings.report.mail_to else (RunStatus.DONE, said)


def _mailed(connection: Connection, store: Store, found: Report, said: str) -> tuple[RunStatus, str]:
    at = connection.workplace
    page = written(found, "html").decode()
    messages = letters(found, at.settings.report.mail_to, page=page)
    with message_means(at, connection.name, store.ledger) as means:
        told = notify(means, Telling(tuple(messages), {}, ()), preview=False)
    bad = [row for row in told.rows if row.fate not in _GOOD]
    if bad:
        return RunStatus.INCOMPLETE, f"{said}; {bad[0].message.to}: {bad[0].why or bad[0].fate}"
    sent = sum(row.fate is Fate.SENT for row in told.rows)
    return RunStatus.DONE, f"{said}, mailed to {counted(sent, 'address', 'addresses')}"
