"""Proposed changes of the workbook: what was asked for, on which branch, with the plan that was shown."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Proposal:
    """One proposed change of a control's row.

    `id` names it within its organization; `branch` has its commit, '' while that is being made; `base` is the commit it
    begins from. `row` are the proposed cells by column key. `places` are ("ou", path) or ("account", id): what its scope may
    reach. `plan` is what was shown when it was proposed, as JSON. `trouble` says why it was not pushed; ''. Times are naive
    UTC.
    """

    id: str
    organization: str
    control: str
    scope: str
    title: str
    why: str
    by: str
    at: dt.datetime
    branch: str
    base: str
    severity: str
    places: Sequence[tuple[str, str]]
    row: Mapping[str, str]
    plan: Mapping[str, Any] = field(default_factory=dict)
    commit: str = ""
    pushed_to: str = ""
    trouble: str = ""
    withdrawn_by: str = ""
    withdrawn_at: dt.datetime | None = None


class ProposalLedger(Protocol):
    """Every method is one transaction."""

    def put_proposal(self, proposal: Proposal) -> None:
        """Write a proposal down, or what became of it."""

    def proposals(self, organization: str, *, limit: int = 500) -> Sequence[Proposal]:
        """The newest first."""

    def proposal(self, organization: str, name: str) -> Proposal | None:
        """One by its id; None where there is none."""

    def withdraw_proposal(self, organization: str, name: str, *, by: str, at: dt.datetime) -> bool:
        """Note that it was withdrawn; False where it is withdrawn already or there is none."""
