"""What every command knows of how it was called."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Context:
    """The baseline's directory, and the organization asked for (None: the only one there is).

    `settings_from` is a git revision whose settings hold instead of the working tree's, or None.
    """

    directory: Path
    organization: str | None
    settings_from: str | None = None
