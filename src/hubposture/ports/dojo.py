"""DefectDojo as the verbs see it."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from hubposture.errors import Problem
from hubposture.work.dojo import (
    AcceptanceChange,
    Current,
    DojoAcceptance,
    DojoTest,
    Field,
    FindingPatch,
    Place,
    Upload,
)
from hubposture.work.dojo_result import Uploaded


class Dojo(Protocol):
    """One DefectDojo. Every write is safe to do again; nothing is ever deleted but risk acceptances of ours."""

    @property
    def calls(self) -> Mapping[str, int]:
        """How many requests went out, by what was asked (`GET findings`)."""

    def look(self) -> Current:
        """Everything of ours. A test whose findings cannot be read is among `unread`; raises RemoteError for the rest."""

    def read_test(self, place: Place) -> DojoTest | None:
        """One test as it is now; None where there is none. Raises RemoteError."""

    def read_acceptances(self) -> Sequence[DojoAcceptance]:
        """Risk acceptances in engagements of ours, as they are now. Raises RemoteError."""

    def upload(self, upload: Upload) -> Uploaded:
        """Send what a test should hold. Where an answer is lost it is looked at the test before it is sent again.

        Raises RemoteError, InputError for one that DefectDojo would not take.
        """

    def patch(self, patch: FindingPatch) -> Sequence[Field]:
        """Change fields of a finding; gives those that did not stay as they were written. Raises RemoteError."""

    def accept(self, change: AcceptanceChange) -> None:
        """Make, change or delete a risk acceptance. Raises RemoteError, also where it does not hold what was sent."""

    def check(self) -> Sequence[Problem]:
        """What would fail: sign-in, people of the settings that do not exist. Reads only. Raises RemoteError."""
