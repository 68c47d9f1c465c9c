"""What packs of evidence are made of: the lake, the ledger, and the baseline with its history."""

from collections.abc import Sequence
from pathlib import Path

from hubposture import __version__
from hubposture.baseline.line import is_cut, main_line
from hubposture.catalog import load
from hubposture.errors import HubpostureError
from hubposture.filters import EVERYTHING, Filter
from hubposture.ledger.ledger import SqlLedger
from hubposture.matrix.parse import parse
from hubposture.matrix.rows import Parsed
from hubposture.ports.ledger import AuditHead, Tampering
from hubposture.ports.repository import Commit, NoGit, UnknownRevision
from hubposture.verbs.evidence import Means
from hubposture.verbs.evidence_check import Verify
from hubposture.verbs.evidence_waivers import Sources
from hubposture.wiring.store import Store
from hubposture.wiring.waivers import waiver_files, waiver_path
from hubposture.wiring.workplace import Workplace, workplace
from hubposture.workbook.read import read_book


def evidence_means(at: Workplace, store: Store, *, visible: Filter = EVERYTHING) -> Means:
    """What packs of an organization are made of; `visible` is what who asks may take out."""
    catalog, name = load(), at.settings.files.controls

    def parsed(raw: bytes) -> Parsed:
        return parse(read_book(raw, name=name), catalog)

    def line(path: str) -> Sequence[Commit] | None:
        try:
            return main_line(at.repository.root, path)
        except (NoGit, UnknownRevision):
            return None

    ledger: SqlLedger = store.ledger
    return Means(
        organization=store.name,
        reader=store.reader,
        ledger=ledger,
        catalog=catalog,
        workbook=name,
        read=at.repository.read,
        parsed=parsed,
        line=line,
        is_cut=lambda: is_cut(at.repository.root),
        waivers=Sources(
            files=lambda revision: waiver_files(at, revision),
            read=at.repository.read,
            line=line,
            confirmations=ledger.confirmations(),
            path=lambda name: waiver_path(at, name),
        ),
        now=at.surroundings.now(),
        version=__version__,
        visible=visible,
    )


def verify_here(directory: Path, organization: str) -> Verify | None:
    """Asks the ledger of the baseline at a directory; None where none is in reach, or it is of other organizations."""
    try:
        at = workplace(directory)
    except HubpostureError:
        return None
    if organization not in at.settings.organizations:
        return None

    def verify(head: AuditHead) -> Sequence[Tampering]:
        with at.ledger() as ledger:
            return ledger.verify(head)

    return verify
