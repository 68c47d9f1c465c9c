"""What asking for waivers and deciding on them needs, from a workplace."""

import os

from hubposture.catalog import load
from hubposture.errors import InputError, InputErrors
from hubposture.ledger.ledger import SqlLedger
from hubposture.ledger.ulid import Ulids
from hubposture.matrix.rows import Matrix
from hubposture.ports.lake import Snapshot
from hubposture.render import text
from hubposture.verbs.waiver_preview import Preview
from hubposture.verbs.waiver_requests import ask
from hubposture.verbs.waiver_rights import Rights
from hubposture.verbs.waiver_rows import Names, preview_row
from hubposture.verbs.waiver_scope import Means
from hubposture.views import waivers_preview
from hubposture.waivers.waiver import SystemOfApproval
from hubposture.wiring.store import naive
from hubposture.wiring.waivers import approval_rules, branch_of, read_book, request_means
from hubposture.wiring.workplace import Workplace


def asking_means(at: Workplace, name: str, ledger: SqlLedger, *, snapshot: Snapshot, rights: Rights) -> Means:
    """Means of whoever `at` says does it; `snapshot` is a whole version."""
    waivers = at.settings.waivers
    now = at.surroundings.now
    catalog = load()

    def elsewhere(found: Preview) -> None:
        row = preview_row(found, Names.of(snapshot, catalog))
        told = text.render(waivers_preview.document(name, [row], at=snapshot.at, version=snapshot.number))
        with request_means(at, ledger) as means:
            ask(means, found.waiver, found.proposed, text=told, asked_by=at.who())

    return Means(
        organization=name,
        who=at.who(),
        ledger=ledger,
        branch=branch_of(at),
        snapshot=snapshot,
        rights=rights,
        book=lambda: read_book(at, ledger),
        catalog=catalog,
        matrix=_matrix(at),
        rules=approval_rules(at),
        zone=at.settings.zone_info,
        today=at.today,
        now=lambda: naive(now()),
        new_id=Ulids(now, os.urandom),
        suppress_days=waivers.suppress_days,
        ask_elsewhere=elsewhere if waivers.system is SystemOfApproval.SERVICENOW else None,
    )


def _matrix(at: Workplace) -> Matrix | None:
    """The matrix; None where there is none, or its errors keep it from being read."""
    try:
        return at.matrix()
    except (InputError, InputErrors):
        return None
