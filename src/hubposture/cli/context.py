"""What every command knows of how it was called."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # every command begins here, and most of what wiring needs is slow to import
    from hubposture.wiring.surroundings import Surroundings


@dataclass(frozen=True, slots=True)
class Context:
    """The baseline's directory, and the organization asked for (None: the only one there is).

    `settings_from` is a git revision whose settings hold instead of the working tree's, or None. `surroundings` are those of a
    rehearsal in this process; None: the real ones.
    """

    directory: Path
    organization: str | None
    settings_from: str | None = None
    surroundings: "Surroundings | None" = None
