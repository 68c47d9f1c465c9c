"""What moved between two versions of the lake, as the views show it."""

from hubposture.ports.lake import LakeReader, Snapshot
from hubposture.posture.movement import Delta, movement
from hubposture.posture.scores import Dimension
from hubposture.verbs.posture import level
from hubposture.views.movement import Movement, Step

_FROZEN = "Consolidated findings were switched lately: closing waits for 48 hours."


def read_movement(
    reader: LakeReader,
    before: Snapshot,
    after: Snapshot,
    *,
    frozen: bool = False,
    dimension: Dimension = Dimension.ORGANIZATION,
    key: str = "",
) -> Movement:
    """Every difference between two open snapshots with its cause, in one view (organization, ou, owner, account).

    `frozen`: closing is held back now.
    """
    with reader.between(before, after) as execute:
        found = movement(execute, since=before.at, dimension=dimension, key=key)
    return Movement(
        begin=before.at.date(),
        end=after.at.date(),
        before=level(found.before.as_is),
        after=level(found.after.as_is),
        steps=[_step(str(cause), delta) for cause, delta in found.causes.items()],
        like=(level(found.alike_before), level(found.alike_after)),
        frozen=_FROZEN if frozen else "",
    )


def _step(cause: str, delta: Delta) -> Step:
    return Step(
        cause, opened=max(0, delta.failing), closed=max(0, -delta.failing), obligations=delta.met + delta.failing
    )
