"""Named quirks: what AWS does not document, each with every value it may take.

An invariant of hubposture must hold under any combination. The defaults are the emulator's best guess, not knowledge;
the read-only probes of `hubposture doctor` answer some of them on a real account.
"""

import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import Any, cast


class SuppressedOnPassed(StrEnum):
    """What becomes of a SUPPRESSED finding whose check passes.

    Gap: PASSED is said to set RESOLVED, and a suppressed finding is said not to be updated any more.
    """

    STAYS_SUPPRESSED = "stays-suppressed"
    BECOMES_RESOLVED = "becomes-resolved"


class FindingsLag(StrEnum):
    """How long GetFindings still shows the old values after BatchUpdateFindings.

    Gap: "takes several minutes" is all that is said.
    """

    NONE = "none"
    MINUTES_3 = "3-minutes"


class ThrottleError(StrEnum):
    """The code of the 429 answer beyond the quota.

    Gap: the operations declare LimitExceededException, the newer ones ThrottlingException; users see
    TooManyRequestsException, which the model does not know.
    """

    TOO_MANY_REQUESTS = "TooManyRequestsException"
    THROTTLING = "ThrottlingException"
    LIMIT_EXCEEDED = "LimitExceededException"


class ParametersUnderPolicy(StrEnum):
    """Whether UpdateSecurityControl is refused in a centrally managed account.

    Gap: the guide's list of refused operations does not name it, yet parameters belong to the policy.
    """

    DENIED = "denied"
    ALLOWED = "allowed"


class BatchUnderPolicy(StrEnum):
    """How BatchUpdateStandardsControlAssociations is refused in a centrally managed account.

    Gap: the error text has been seen, not the operation; items have an ACCESS_DENIED code of their own.
    """

    CALL_FAILS = "call-fails"
    ITEMS_FAIL = "items-fail"


class AdministratorUnderPolicy(StrEnum):
    """Whether the delegated administrator may make account-level changes in its own centrally managed account.

    Gap: the error says that "only the administrator can access this operation".
    """

    DENIED = "denied"
    ALLOWED = "allowed"


class ReadLag(StrEnum):
    """How long reads of associations and parameters still show the state before a write.

    Gap: nothing is said about consistency.
    """

    NONE = "none"
    SECONDS_20 = "20-seconds"


class ReplyOrder(StrEnum):
    """The order of the items in a batch operation's reply, processed and unprocessed.

    Gap: no order is promised anywhere.
    """

    AS_SENT = "as-sent"
    REVERSED = "reversed"
    SORTED = "sorted"


class IdCasing(StrEnum):
    """How a control id sent in another letter case comes back.

    Gap: ids of mixed case exist (`Autoscaling.5`); whether they are echoed is not said.
    """

    CATALOGUE = "catalogue"
    ECHOED = "echoed"


class MissingControl(StrEnum):
    """How a batch read answers for a control that does not exist in the Region.

    Gap: unprocessed items have codes for it; that they are always used is not said.
    """

    UNPROCESSED = "unprocessed"
    ABSENT = "absent"


class UnavailableInListing(StrEnum):
    """Whether ListSecurityControlDefinitions lists a control that the Region lacks.

    Gap: CurrentRegionAvailability has a value UNAVAILABLE; with StandardsArn given nothing is said.
    """

    LISTED = "listed"
    OMITTED = "omitted"


class UnavailableWrite(StrEnum):
    """How an association update of a control that the Region lacks is answered."""

    NOT_FOUND = "not-found"
    INVALID = "invalid"
    IGNORED = "ignored"


class DisabledStandardRead(StrEnum):
    """How an association is answered whose standard is not enabled.

    Gap: the list covers "enabled standards"; the batch read says nothing.
    """

    UNPROCESSED = "unprocessed"
    SHOWN_DISABLED = "shown-disabled"


class PendingStandardRead(StrEnum):
    """How the batch read of associations is answered while their standard is NOT_READY_FOR_UPDATES.

    Gap: an error RESOURCE_NOT_FOUND is named, not whether the call or its items carry it.
    """

    UNPROCESSED = "unprocessed"
    CALL_FAILS = "call-fails"
    SHOWN_ENABLED = "shown-enabled"


class NotReadyWrite(StrEnum):
    """How association updates are answered while a standard is NOT_READY_FOR_UPDATES.

    Gap: an error RESOURCE_NOT_FOUND is named, not whether the call or its items carry it.
    """

    ITEMS_FAIL = "items-fail"
    CALL_FAILS = "call-fails"


class DuplicateItems(StrEnum):
    """How one association sent twice in a batch is taken."""

    LAST_WINS = "last-wins"
    CALL_FAILS = "call-fails"


class EnableEnabledStandard(StrEnum):
    """What enabling a standard that is on already does.

    Gap: enabling is said to enable all controls; for one that is on nothing is said.
    """

    NOTHING = "nothing"
    ENABLES_CONTROLS = "enables-controls"


class DisableDisabledStandard(StrEnum):
    """How disabling a standard that is off is answered."""

    REFUSED = "refused"
    IGNORED = "ignored"


class ReasonWhenEnabled(StrEnum):
    """Whether UpdatedReason is kept on an association that is enabled.

    Gap: the reason is asked for when disabling; whether one sent with ENABLED is shown is not said.
    """

    KEPT = "kept"
    DROPPED = "dropped"


class SameStateWrite(StrEnum):
    """Whether writing the state an association has already moves UpdatedAt and replaces the reason."""

    WRITES = "writes"
    KEEPS = "keeps"


class DefaultParameterRead(StrEnum):
    """Whether a parameter at its default is returned with its value."""

    WITH_VALUE = "with-value"
    TYPE_ONLY = "type-only"
    ABSENT = "absent"


class DisabledControlParameters(StrEnum):
    """Whether UpdateSecurityControl is taken for a control that is off in every standard.

    Gap: it is said to "have no effect", not whether it is refused.
    """

    ALLOWED = "allowed"
    REFUSED = "refused"


class AssociationStart(StrEnum):
    """The status of a policy association right after it is asked for."""

    PENDING = "PENDING"
    SUCCESS = "SUCCESS"


class UnassociatedTarget(StrEnum):
    """How the association of a target with no policy anywhere above it is answered."""

    NOT_FOUND = "not-found"
    SELF_MANAGED = "self-managed"


class ParentOfFailed(StrEnum):
    """The association status of an OU or root when a child account's failed."""

    FAILED = "FAILED"
    SUCCESS = "SUCCESS"


class PolicyIdForm(StrEnum):
    """Whether ConfigurationPolicyId in associations is the policy's UUID or its ARN."""

    UUID = "uuid"
    ARN = "arn"


class PolicyListOrder(StrEnum):
    """The order of standards and controls in a policy that is read back."""

    AS_SENT = "as-sent"
    SORTED = "sorted"


class PolicyNameTwice(StrEnum):
    """Whether two configuration policies may have one name.

    Gap: ResourceConflictException is declared, its cause is not said.
    """

    CONFLICT = "conflict"
    ALLOWED = "allowed"


class CentralWithDeclarative(StrEnum):
    """What central configuration does where Organizations policies of type SECURITYHUB_CSPM_POLICY exist.

    Gap: a status DISABLED stands for "managed by Security Hub CSPM policies in Organizations", not said is from when.
    """

    GOES_ON = "goes-on"
    DISABLED = "disabled"


class EmptyPages(StrEnum):
    """Whether a page may be empty and still carry NextToken; documented for Organizations only."""

    NEVER = "never"
    SOMETIMES = "sometimes"


class HubOffError(StrEnum):
    """How an operation is answered where the hub is off.

    Gap: users see InvalidAccessException; DescribeHub declares ResourceNotFoundException as well.
    """

    INVALID_ACCESS = "InvalidAccessException"
    RESOURCE_NOT_FOUND = "ResourceNotFoundException"


class QueueDelivery(StrEnum):
    """How the queue of events gives its messages.

    Gap: that a message may come twice and in any order is documented, how often is not.
    """

    ONCE_IN_ORDER = "once-in-order"
    TWICE_IN_ANY_ORDER = "twice-in-any-order"


@dataclass(frozen=True, slots=True, kw_only=True)
class Quirks:
    """One choice per undocumented behaviour; each field's type lists and explains what it may be."""

    suppressed_on_passed: SuppressedOnPassed = SuppressedOnPassed.BECOMES_RESOLVED
    findings_lag: FindingsLag = FindingsLag.NONE
    throttle_error: ThrottleError = ThrottleError.TOO_MANY_REQUESTS
    parameters_under_policy: ParametersUnderPolicy = ParametersUnderPolicy.DENIED
    batch_under_policy: BatchUnderPolicy = BatchUnderPolicy.CALL_FAILS
    administrator_under_policy: AdministratorUnderPolicy = AdministratorUnderPolicy.DENIED
    read_lag: ReadLag = ReadLag.NONE
    reply_order: ReplyOrder = ReplyOrder.AS_SENT
    id_casing: IdCasing = IdCasing.CATALOGUE
    missing_control: MissingControl = MissingControl.UNPROCESSED
    unavailable_in_listing: UnavailableInListing = UnavailableInListing.LISTED
    unavailable_write: UnavailableWrite = UnavailableWrite.NOT_FOUND
    disabled_standard_read: DisabledStandardRead = DisabledStandardRead.UNPROCESSED
    pending_standard_read: PendingStandardRead = PendingStandardRead.UNPROCESSED
    not_ready_write: NotReadyWrite = NotReadyWrite.ITEMS_FAIL
    duplicate_items: DuplicateItems = DuplicateItems.LAST_WINS
    enable_enabled_standard: EnableEnabledStandard = EnableEnabledStandard.NOTHING
    disable_disabled_standard: DisableDisabledStandard = DisableDisabledStandard.REFUSED
    reason_when_enabled: ReasonWhenEnabled = ReasonWhenEnabled.KEPT
    same_state_write: SameStateWrite = SameStateWrite.WRITES
    default_parameter_read: DefaultParameterRead = DefaultParameterRead.WITH_VALUE
    disabled_control_parameters: DisabledControlParameters = DisabledControlParameters.ALLOWED
    association_start: AssociationStart = AssociationStart.PENDING
    unassociated_target: UnassociatedTarget = UnassociatedTarget.NOT_FOUND
    parent_of_failed: ParentOfFailed = ParentOfFailed.FAILED
    policy_id_form: PolicyIdForm = PolicyIdForm.UUID
    policy_list_order: PolicyListOrder = PolicyListOrder.AS_SENT
    policy_name_twice: PolicyNameTwice = PolicyNameTwice.CONFLICT
    central_with_declarative: CentralWithDeclarative = CentralWithDeclarative.GOES_ON
    empty_pages: EmptyPages = EmptyPages.NEVER
    hub_off_error: HubOffError = HubOffError.INVALID_ACCESS
    queue_delivery: QueueDelivery = QueueDelivery.ONCE_IN_ORDER


def values_of(name: str) -> tuple[StrEnum, ...]:
    """List every value the named quirk may take."""
    return tuple(cast("type[StrEnum]", type(getattr(Quirks(), name))))


def singles() -> Iterator[Quirks]:
    """Give the defaults, then every other value of every quirk, one at a time."""
    yield Quirks()
    for name, value in _choices():
        if value != getattr(Quirks(), name):
            yield _with({name: value})


def pairs() -> Iterator[Quirks]:
    """Give every pair of values of two different quirks, the others at their defaults."""
    for (left, left_value), (right, right_value) in itertools.combinations(_choices(), 2):
        if left != right:
            yield _with({left: left_value, right: right_value})


def sample(seed: int) -> Quirks:
    """Draw every quirk at random; the same seed gives the same quirks."""
    draw = random.Random(seed)  # noqa: S311 - reproducible choice, not a secret
    return _with({field.name: draw.choice(values_of(field.name)) for field in fields(Quirks)})


def from_mapping(chosen: dict[str, str]) -> Quirks:
    """Read quirks by name and value; an unknown name or value is a ValueError that says what is possible."""
    names = {field.name for field in fields(Quirks)}
    values: dict[str, StrEnum] = {}
    for name, text in chosen.items():
        if name not in names:
            raise ValueError(f"no quirk is called {name!r}; there are {', '.join(sorted(names))}")
        possible = {str(value): value for value in values_of(name)}
        if text not in possible:
            raise ValueError(f"quirk {name} cannot be {text!r}; it may be {', '.join(possible)}")
        values[name] = possible[text]
    return _with(values)


def _choices() -> list[tuple[str, StrEnum]]:
    return [(field.name, value) for field in fields(Quirks) for value in values_of(field.name)]


def _with(values: dict[str, StrEnum]) -> Quirks:
    return replace(Quirks(), **cast("dict[str, Any]", values))
