"""What drafting, planning and proposing a change of a control need, from a workplace."""

import datetime as dt
from dataclasses import dataclass
from secrets import token_hex

from hubposture.catalog import load
from hubposture.filters.tree import EVERYTHING
from hubposture.matrix.parse import parse
from hubposture.matrix.rows import Parsed
from hubposture.model.controls import ControlId
from hubposture.ports.lake import Snapshot
from hubposture.verbs.control_draft import Means as DraftMeans
from hubposture.verbs.control_effect import Ground
from hubposture.verbs.control_proposals import Means as LookMeans
from hubposture.verbs.control_propose import Means as ProposeMeans
from hubposture.verbs.plan import Choices
from hubposture.verbs.survey import Survey
from hubposture.verbs.survey_of_version import Home, catalog_of_version, survey_of_version
from hubposture.views.words import moment
from hubposture.wiring.connection import Connection
from hubposture.wiring.store import Store, naive
from hubposture.wiring.workplace import Workplace
from hubposture.workbook.patch import apply_edits
from hubposture.workbook.read import read_book

_FIRST_SEEN = "SELECT control, known_since FROM controls WHERE known_since IS NOT NULL ORDER BY control"


def draft_means(at: Workplace, snapshot: Snapshot) -> DraftMeans:
    """What drafting needs; controls that AWS released since are known by a version."""
    name = at.settings.files.controls
    return DraftMeans(
        repository=at.repository,
        file=name,
        read=lambda raw: _parsed(raw, name),
        patch=lambda raw, edits: apply_edits(raw, edits, name=name),
        catalog=catalog_of_version(snapshot, load()),
        today=at.today,
        approval_from=at.settings.controls.approval_from,
        places=_places(snapshot),
    )


def _places(snapshot: Snapshot) -> frozenset[str] | None:
    """The OUs and accounts of a version that not everything is in."""
    if snapshot.within == EVERYTHING:
        return None
    found = snapshot.execute("SELECT ou_path, ou, account FROM units ORDER BY ou_path, account", {})
    return frozenset(name for row in found for name in row)


def propose_means(at: Workplace) -> ProposeMeans:
    """What proposing needs."""
    now = at.surroundings.now
    return ProposeMeans(
        repository=at.repository,
        file=at.settings.files.controls,
        remote=at.settings.controls.remote,
        new_id=lambda: token_hex(4),
        now=lambda: naive(now()),
    )


def look_means(at: Workplace) -> LookMeans:
    """What looking at proposals needs."""
    name = at.settings.files.controls
    return LookMeans(at.repository, name, lambda raw: _parsed(raw, name))


def home_of(at: Workplace, name: str) -> Home:
    """What the settings say of an organization that the lake does not have."""
    found = at.settings.organizations[name]
    return Home(name, found.administrator, found.home_region)


def ground_of_version(at: Workplace, name: str, store: Store, snapshot: Snapshot, control: ControlId) -> Ground:
    """What is on by the last sync: at once, and as old as it says."""
    found = survey_of_version(snapshot, control, home=home_of(at, name), catalog=catalog_of_version(snapshot, load()))
    source = f"the last sync, version {snapshot.number}, as of {moment(snapshot.at)} UTC"
    return _ground(at, name, store, snapshot, _States(found, source, is_fresh=False))


def ground_of_hub(connection: Connection, store: Store, snapshot: Snapshot) -> Ground:
    """What is on now, asked of Security Hub in every account and Region: that takes its time."""
    at = connection.workplace
    found = connection.survey()
    source = f"Security Hub, read at {moment(naive(at.surroundings.now()))} UTC"
    return _ground(at, connection.name, store, snapshot, _States(found, source, is_fresh=True))


@dataclass(frozen=True, slots=True)
class _States:
    """What is on, where that is from, and whether it was asked of AWS for this."""

    survey: Survey
    source: str
    is_fresh: bool


def _ground(at: Workplace, name: str, store: Store, snapshot: Snapshot, states: _States) -> Ground:
    controls = at.settings.controls
    known = {ControlId(one): when.replace(tzinfo=dt.UTC) for one, when in snapshot.execute(_FIRST_SEEN, {})}
    return Ground(
        survey=states.survey,
        source=states.source,
        snapshot=snapshot,
        tickets=store.ledger.tickets(name),
        catalog=catalog_of_version(snapshot, load()),
        choices=Choices(controls.global_controls, controls.settling_days, controls.disable_standards, known),
        grace_days=at.settings.posture.grace_days,
        now=at.surroundings.now(),
        today=at.today,
        is_fresh=states.is_fresh,
    )


def _parsed(raw: bytes, name: str) -> Parsed:
    return parse(read_book(raw, name=name), load())
