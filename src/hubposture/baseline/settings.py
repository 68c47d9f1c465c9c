"""The settings of a baseline, now or at a revision."""

from collections.abc import Mapping

from hubposture.baseline.files import SETTINGS_FILE
from hubposture.ports.repository import Repository
from hubposture.settings.load import Loaded, load_settings

_NOTHING: Mapping[str, str] = {}


def settings_from(
    repository: Repository,
    revision: str | None = None,
    *,
    environ: Mapping[str, str] = _NOTHING,
    options: Mapping[str, object] = _NOTHING,
) -> Loaded:
    """The settings of the working tree, or as they stand at a revision.

    In a pull request, pass the base branch: hosts, limits and access rules must not come from what is under review.
    Raises InputErrors, FileMissing, UnknownRevision, NoGit.
    """
    file = SETTINGS_FILE if revision is None else f"{revision}:{SETTINGS_FILE}"
    return load_settings(repository.read(SETTINGS_FILE, revision), file=file, environ=environ, options=options)
