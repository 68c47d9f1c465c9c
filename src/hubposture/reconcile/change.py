"""An edit says what should become of one thing; a change is an edit at a place."""

from dataclasses import dataclass
from typing import TypeAlias

from hubposture.model.targets import Target

Value: TypeAlias = str | int | float | bool | tuple["Value", ...] | None
"""What stands before or after a change; equal values are equal states. JSON lists come back as tuples."""


@dataclass(frozen=True, slots=True)
class Edit:
    """What should become of one thing, wherever it is; many places share one edit.

    `stage` orders edits within a place (lower first). `key` names the thing within the place. `current` is also the
    precondition: if the place no longer holds it when the edit is applied, the edit is skipped and reported.
    `source` is the workbook cell or settings key that asks for it; `weight` is how many account x Region x control
    cells it really moves (1 but for policies). `because` carries a risk line for the reviewer, or ''.
    """

    stage: int
    kind: str
    key: tuple[str, ...]
    current: Value
    desired: Value
    reason: str
    source: str
    weight: int = 1
    because: str = ""

    @property
    def order(self) -> tuple[int, str, tuple[str, ...]]:
        """The key by which edits of one place are sorted and must be distinct."""
        return (self.stage, self.kind, self.key)


@dataclass(frozen=True, slots=True)
class Change:
    """One edit at one place, with everything needed to apply it."""

    place: Target
    edit: Edit

    def __str__(self) -> str:
        return f"{self.place} {self.edit.kind} {' '.join(self.edit.key)}: {self.edit.current} -> {self.edit.desired}"
