"""How a finding's workflow status follows its check: the user guide's table, and the quirk where it is silent."""

from typing import NamedTuple


class Moment(NamedTuple):
    """What the workflow follows: compliance status ('' for a finding without one) and record state."""

    compliance: str
    record_state: str


def first_workflow(compliance: str) -> str:
    """The workflow status of a new control finding."""
    return "RESOLVED" if compliance == "PASSED" else "NEW"


def next_workflow(
    workflow: str,
    before: Moment,
    after: Moment,
    *,
    passing_resolves: bool = True,
    suppressed_resolves: bool = False,
) -> str:
    """The workflow status after a finding went from one moment to another.

    NOTIFIED and RESOLVED go back to NEW when an archived finding becomes active and when PASSED becomes anything else;
    SUPPRESSED stays. A control finding that passes becomes RESOLVED (`passing_resolves`), a suppressed one only where
    the quirk says so (`suppressed_resolves`). A RESOLVED finding that fails again without having passed stays RESOLVED.
    """
    revived = before.record_state == "ARCHIVED" and after.record_state == "ACTIVE"
    fell = before.compliance == "PASSED" and after.compliance not in ("PASSED", "")
    if workflow != "SUPPRESSED" and (revived or fell):
        workflow = "NEW"
    if after.compliance == "PASSED" and passing_resolves and after.record_state == "ACTIVE":
        changed = before.compliance != "PASSED" or revived
        if workflow != "SUPPRESSED":
            return "RESOLVED" if changed else workflow
        return "RESOLVED" if changed and suppressed_resolves else workflow
    return workflow
