"""Central configuration as the verbs see it: read it whole, write edits of policies and associations."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from hubposture.controls.central.types import CentralState
from hubposture.controls.definitions import RegionDefinitions
from hubposture.model.organization import Organization
from hubposture.reconcile.change import Edit
from hubposture.reconcile.outcome import Result


class CentralReader(Protocol):
    """Reads in the home Region with the administrator's reader role; never writes."""

    def read(self, organization: Organization) -> CentralState:
        """All policies and all associations, applied and inherited.

        `Policy.ours` is whether the policy's tag carries the instance id. Associations are given as they stand:
        a PENDING one is not waited for, a FAILED one keeps its message.

        Raises RemoteError when anything of it cannot be read: half a picture would make foreign policies vanish.
        """


class CentralWriter(Protocol):
    """Writes in the home Region with the administrator's writer role."""

    def write(self, organization: Organization, edits: Sequence[Edit], *, home: RegionDefinitions) -> Iterable[Result]:
        """Apply edits of central configuration stage by stage, and give one Result for each, never more or fewer.

        Kinds, keys and values are `controls.central.edits`; a policy is found by the name in `CentralState.refs`, at
        the latest read, never by an id of the plan. `home` are the home Region's definitions (StandardsArns, kinds of
        parameters). An edit whose `current` no longer holds is skipped; if `desired` holds already it is applied.

        After each stage the writer waits, at most the configured time, until no association it started is PENDING,
        below the node included. One that fails or does not settle is failed, with Security Hub's message. An edit
        counts on those of earlier stages: after a failure, policy updates and deletions and disassociations of later
        stages are skipped (they could take a node from under what it has); so are associations with a policy that
        was not made. A created policy is tagged with the instance id in the same call. Never raises for one edit; a
        lost answer is failed, the read-back decides.
        """
