"""The teams of a baseline, and the chain that its settings make of them."""

from hubposture.errors import InputErrors
from hubposture.owners.chain import Chain
from hubposture.owners.read import ReadTeams, read_teams
from hubposture.owners.team import Teams
from hubposture.ports.repository import FileMissing
from hubposture.verbs.owner_reassign import Means as ReassignMeans
from hubposture.wiring.workplace import AUTHOR, Workplace


def read_teams_file(at: Workplace, revision: str | None = None) -> ReadTeams | None:
    """The teams with everything that is wrong with their file; None where there is no such file."""
    name = at.settings.files.teams
    try:
        return read_teams(at.repository.read(name, revision), name)
    except FileMissing:
        return None


def sound_teams(at: Workplace) -> Teams | None:
    """The teams of a file without problems; None where there is no such file. Raises InputErrors.

    Whoever acts on what teams own must not take a broken entry for a team that is gone.
    """
    found = read_teams_file(at)
    if found is None:
        return None
    if found.problems:
        raise InputErrors(found.problems)
    return found.teams


def owner_chain(at: Workplace) -> Chain:
    """The chain over the teams as far as they can be read: a broken file must not hide findings."""
    found = read_teams_file(at)
    return Chain(found.teams if found else Teams(), resource_tags=at.settings.posture.resource_owner_tags)


def reassign_means(at: Workplace) -> ReassignMeans:
    """What reassigning needs."""
    owners = at.settings.owners
    return ReassignMeans(at.repository, at.settings.files.teams, owners.branch, AUTHOR, owners.remote)
