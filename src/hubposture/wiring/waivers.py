"""The waivers of a baseline, read from its files and beside what the ledger knows of their approvals."""

from pathlib import PurePosixPath

from hubposture.ledger.ledger import SqlLedger
from hubposture.ports.repository import FileMissing
from hubposture.verbs.waiver_book import Book, book
from hubposture.waivers.read import ReadWaivers, read_waivers
from hubposture.waivers.standing import ApprovalRules
from hubposture.wiring.workplace import Workplace

_KINDS = (".yaml", ".yml", ".subjects")


def waiver_files(at: Workplace, revision: str | None = None) -> dict[str, bytes]:
    """The files of waivers by their path in the repository: those of the directory, or the one list with its sets."""
    name = at.settings.files.waivers
    repository = at.repository
    if PurePosixPath(name).suffix in (".yaml", ".yml"):
        beside = PurePosixPath(name).parent.as_posix()
        paths = [name, *(one for one in repository.listing(beside, revision) if one.endswith(".subjects"))]
    else:
        paths = [one for one in repository.listing(name, revision) if one.endswith(_KINDS)]
    found: dict[str, bytes] = {}
    for path in paths:
        try:
            found[path] = repository.read(path, revision)
        except FileMissing:
            continue
    return found


def read_baseline_waivers(at: Workplace, revision: str | None = None) -> ReadWaivers:
    """The waivers with everything that is wrong with their files."""
    return read_waivers(waiver_files(at, revision))


def waiver_path(at: Workplace, name: str) -> str:
    """Where a file of a waiver lies in the repository: in the directory of waivers, or beside the list."""
    place = PurePosixPath(at.settings.files.waivers)
    directory = place.parent if place.suffix in (".yaml", ".yml") else place
    return (directory / name).as_posix()


def approval_rules(at: Workplace) -> ApprovalRules:
    """What the settings take for an approval."""
    waivers = at.settings.waivers
    return ApprovalRules(record=waivers.system, max_days=waivers.max_days, provisional_days=waivers.provisional_days)


def read_book(at: Workplace, ledger: SqlLedger | None, revision: str | None = None) -> Book:
    """The waivers with where each stands today; without a ledger nothing is confirmed."""
    return book(
        read_baseline_waivers(at, revision),
        today=at.today,
        zone=at.settings.zone_info,
        rules=approval_rules(at),
        confirmations=ledger.confirmations() if ledger is not None else (),
    )
