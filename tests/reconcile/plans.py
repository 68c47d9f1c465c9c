"""Random plans over three accounts in two Regions, one target of which is unreadable."""

from collections.abc import Sequence

from hypothesis import strategies as st

from hubposture.controls.edits import OFF, ON, STAGES, Kind
from hubposture.model.targets import Because, Target, Unreadable
from hubposture.reconcile.change import Edit
from hubposture.reconcile.plan import Held, Plan, collect_edits

ACCOUNTS = ("111111111111", "222222222222", "333333333333")
REGIONS = ("eu-central-1", "us-east-1")
TARGETS = tuple(Target("acme", account, region) for account in ACCOUNTS for region in REGIONS)
UNREADABLE = Unreadable(TARGETS[-1], Because.NO_ROLE, "the role is gone")


def edit(
    kind: Kind, *key: str, current: object = ON, desired: object = OFF, weight: int = 1, source: str = "Controls!G2"
) -> Edit:
    return Edit(STAGES[kind], kind, key, current, desired, "why", source, weight)  # type: ignore[arg-type]


def off(control: str, standard: str = "fsbp-1.0.0", **more: object) -> Edit:
    return edit(Kind.ASSOCIATION, standard, control, **more)  # type: ignore[arg-type]


def plan(
    edits: dict[Target, Sequence[Edit]], *, cells: int = 1000, unreadable: Sequence[Unreadable] = (UNREADABLE,)
) -> Plan:
    held = (Held(TARGETS[0], ("fsbp-1.0.0", "s3.8"), "settling"),)
    return Plan("acme", collect_edits(edits.items()), len(TARGETS), cells, tuple(unreadable), held)


VALUES = st.one_of(
    st.sampled_from([ON, OFF, None, True, 1, 1.0, 0.5, "", "é\n\x1b"]),
    st.lists(st.tuples(st.text(max_size=3), st.one_of(st.integers(-5, 5), st.booleans())), max_size=3).map(tuple),
)
EDITS = st.lists(
    st.builds(
        edit,
        st.sampled_from(list(Kind)),
        st.sampled_from(["fsbp-1.0.0", "cis-5.0.0"]),
        st.sampled_from(["s3.8", "ec2.2", "ec2.10"]),
        current=VALUES,
        desired=VALUES,
        weight=st.integers(1, 9),
        source=st.text(max_size=4),
    ),
    max_size=5,
    unique_by=lambda one: one.order,
)
NEEDS = st.dictionaries(st.sampled_from(TARGETS[:-1]), EDITS)
PLANS = st.builds(plan, NEEDS, cells=st.integers(0, 60))
