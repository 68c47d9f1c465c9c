"""Quirks of findings: what AWS does not document about them, each with every value it may take."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from hubposture.sandbox.quirks import FindingsLag, Quirks, SuppressedOnPassed


class SuppressedUpdates(StrEnum):
    """Whether checks still update a SUPPRESSED finding.

    Gap: the API model says that such a finding "is no longer updated"; the guide does not.
    """

    CONTINUE = "continue"
    STOP = "stop"


class Paging(StrEnum):
    """What the later pages of GetFindings are taken from.

    Gap: nothing is said about changes between pages. SHIFTING evaluates the filter anew for every page and skips what
    was served, so that a finding may come twice or never.
    """

    FROZEN = "frozen"
    SHIFTING = "shifting"


class SecondUpdate(StrEnum):
    """What a BatchUpdateFindings does to a finding whose previous update is not visible yet.

    Gap: ConcurrentUpdateError exists; when it comes is not said.
    """

    QUEUED = "queued"
    CONCURRENT_UPDATE_ERROR = "ConcurrentUpdateError"


class UserFieldsUpdate(StrEnum):
    """What BatchUpdateFindings does with user-defined fields of a finding that the request does not name.

    Gap: the map is said to hold fields "added to a finding", not whether it takes the place of what is there.
    """

    REPLACES = "replaces"
    MERGES = "merges"


class EmptyUserFields(StrEnum):
    """What an empty map of user-defined fields does.

    Gap: neither the guide nor the model says so; a note, beside it, cannot be empty by the model.
    """

    CLEARS = "clears"
    IGNORED = "ignored"
    REFUSED = "refused"


class StaleImport(StrEnum):
    """How a BatchImportFindings is answered whose UpdatedAt is not later than the finding's.

    Gap: the finding is said not to be updated; whether that counts as a failure is not.
    """

    COUNTS_AS_SUCCESS = "counts-as-success"
    COUNTS_AS_FAILURE = "counts-as-failure"


class ArchiveDelay(StrEnum):
    """How long after the last check the findings of a disabled control are archived: "3 to 5 days", best effort."""

    DAYS_3 = "3"
    DAYS_5 = "5"


class RulesOnRefresh(StrEnum):
    """Whether automation rules look at a control finding again when a check only refreshes it.

    Gap: rules act on "new and updated" findings; whether a refresh without news is an update is not said.
    """

    APPLY = "apply"
    SKIP = "skip"


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingQuirks:
    """One choice per undocumented behaviour of findings; each field's type lists and explains what it may be."""

    suppressed_on_passed: SuppressedOnPassed = SuppressedOnPassed.BECOMES_RESOLVED
    findings_lag: FindingsLag = FindingsLag.NONE
    suppressed_updates: SuppressedUpdates = SuppressedUpdates.CONTINUE
    paging: Paging = Paging.FROZEN
    second_update: SecondUpdate = SecondUpdate.QUEUED
    user_fields_update: UserFieldsUpdate = UserFieldsUpdate.REPLACES
    empty_user_fields: EmptyUserFields = EmptyUserFields.CLEARS
    stale_import: StaleImport = StaleImport.COUNTS_AS_SUCCESS
    archive_delay: ArchiveDelay = ArchiveDelay.DAYS_3
    rules_on_refresh: RulesOnRefresh = RulesOnRefresh.APPLY

    @classmethod
    def of(cls, quirks: Quirks) -> "FindingQuirks":
        """The finding quirks that the sandbox's common quirks choose; what those lack stays at its default."""
        names = [name for name in cls.__dataclass_fields__ if hasattr(quirks, name)]
        return cls(**{name: getattr(quirks, name) for name in names})

    @property
    def lag(self) -> timedelta:
        """How long BatchUpdateFindings takes to be seen."""
        return timedelta(0) if self.findings_lag is FindingsLag.NONE else timedelta(minutes=3)

    @property
    def archive_after(self) -> timedelta:
        """How long after their last check findings that nobody checks any more are archived."""
        return timedelta(days=int(self.archive_delay))
