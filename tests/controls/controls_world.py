"""Three accounts in two Regions, their definitions, and a simulator of what Security Hub does with edits.

KMS.4 is not offered in us-east-1; CloudFront.1 only there; IAM.6 and CloudFront.1 judge global resources; PCI DSS holds
S3.8 in eu-central-1 alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from hypothesis import strategies as st

from hubposture.catalog.standards import CIS_5, CONTROL_TOWER, FSBP, PCI_4, standard_arn
from hubposture.controls.definitions import Definition, Definitions, RegionDefinitions
from hubposture.controls.desired import GlobalControls, Intent, Rules, StandardIntent
from hubposture.controls.edits import OFF, ON, Kind
from hubposture.controls.ground import by_key
from hubposture.controls.state import TargetState, Universe, universe
from hubposture.model.controls import ControlId, Disposition, Severity, Standard
from hubposture.model.parameters import ParameterKind, Parameters, ParameterSpec, ParameterValue
from hubposture.model.targets import Because, Governance, Target, Unreadable, Way
from hubposture.reconcile.change import Edit, Value

HOME, OTHER = "eu-central-1", "us-east-1"
REGIONS = (HOME, OTHER)
ACCOUNTS = ("111111111111", "222222222222", "333333333333")
TARGETS = tuple(Target("acme", account, region) for account in ACCOUNTS for region in REGIONS)
DARK = Unreadable(TARGETS[-1], Because.NO_ROLE, "the reader role is gone")
"""The last target is never readable."""

S31, S38, IAM6, IAM7, KMS4, CF1 = (
    ControlId(one) for one in ("s3.1", "s3.8", "iam.6", "iam.7", "kms.4", "cloudfront.1")
)
CONTROLS = (S31, S38, IAM6, IAM7, KMS4, CF1)
SPECS = (
    ParameterSpec("days", ParameterKind.INTEGER, 90, 1, 365),
    ParameterSpec("strict", ParameterKind.BOOLEAN, default=True),
)


def definition(control: ControlId, region: str) -> Definition:
    available = {KMS4: region == HOME, CF1: region == OTHER}.get(control, True)
    severity = Severity.CRITICAL if control in (IAM6, S38) else Severity.MEDIUM
    return Definition(
        control, control.upper(), f"Title of {control}", severity, available, SPECS if control == IAM7 else ()
    )


def region_definitions(region: str) -> RegionDefinitions:
    standards = {
        FSBP: frozenset({S31, S38, IAM6, KMS4, CF1}) - ({CF1} if region == HOME else {KMS4}),
        CIS_5: frozenset({S31, S38, IAM7, IAM6}),
        PCI_4: frozenset({S31, S38}) if region == HOME else frozenset({S31}),
        CONTROL_TOWER: frozenset({S31}),
    }
    arns = {standard: standard_arn(standard, partition="aws", region=region) for standard in standards}
    return RegionDefinitions(region, {one: definition(one, region) for one in CONTROLS}, standards, arns)


DEFINITIONS: Definitions = {region: region_definitions(region) for region in REGIONS}
UNIVERSE: Universe = universe(DEFINITIONS)
STANDARDS = (CIS_5, FSBP, PCI_4)
RULES = Rules(
    home_region=HOME,
    linked_regions=REGIONS,
    global_controls=frozenset({IAM6, CF1}),
    global_rule=GlobalControls.HOME,
    settling=frozenset(),
    disable_standards=False,
)


def offered(region: str) -> int:
    """The pairs of a Region as a mask."""
    here = DEFINITIONS[region]
    return UNIVERSE.encode((standard, one) for standard in STANDARDS for one in here.standards[standard])


def pairs(*found: tuple[Standard, ControlId]) -> int:
    return UNIVERSE.encode(found)


def state(
    target: Target = TARGETS[0],
    *,
    standards: Sequence[Standard] = (FSBP, CIS_5),
    off: int = 0,
    missing: int = 0,
    parameters: Mapping[ControlId, Parameters] | None = None,
    governance: Governance | None = None,
) -> TargetState:
    """A target with these standards on, all their controls on but `off`, and `missing` not there."""
    known = 0
    for standard in standards:
        known |= UNIVERSE.of_standard[standard]
    known &= offered(target.region) & ~missing
    return TargetState(
        target=target,
        governance=governance or Governance(Way.LOCAL),
        standards=frozenset(standards),
        settling=frozenset(),
        managed=frozenset(),
        known=known,
        enabled=known & ~off,
        parameters=tuple(sorted((parameters or {}).items())),
    )


def intent(
    control: ControlId,
    disposition: Disposition = Disposition.ENFORCE,
    *,
    source: str = "Controls!G2",
    scope: str = "",
    reason: str = "",
    **parameters: ParameterValue | None,
) -> Intent:
    return Intent(control, disposition, parameters, source, scope, reason)


def enabled(*standards: Standard, on: bool = True) -> dict[Standard, StandardIntent]:
    return {one: StandardIntent(on, f"Standards!B{at}", "") for at, one in enumerate(standards, start=2)}


def after(now: TargetState, edits: Sequence[Edit], *, missing: int = 0) -> TargetState:
    """What Security Hub holds once it took the edits in their order; what does not exist there takes nothing.

    Enabling a standard turns all its controls on; disabling one forgets them; associations need an enabled standard,
    and one that is still being enabled is waited for: then it shows its controls, which begin as on.
    """
    exists = offered(now.target.region) & ~missing
    for edit in sorted(edits, key=lambda one: one.order):
        now = _took(now, edit, exists)
    return now


def _took(now: TargetState, edit: Edit, exists: int) -> TargetState:
    if edit.kind == Kind.PARAMETERS:
        values = dict(now.parameters)
        values[ControlId(edit.key[0])] = _parameters(edit.desired)
        return replace(now, parameters=tuple(sorted((name, one) for name, one in values.items() if one)))
    standard = by_key(UNIVERSE, edit.key[0])
    assert standard is not None
    if edit.kind == Kind.STANDARD:
        mask = UNIVERSE.of_standard[standard]
        if edit.desired == ON:
            here = mask & exists
            return replace(
                now, standards=now.standards | {standard}, known=now.known | here, enabled=now.enabled | here
            )
        rest = now.standards - {standard}
        return replace(
            now,
            standards=rest,
            settling=now.settling - {standard},
            known=now.known & ~mask,
            enabled=now.enabled & ~mask,
        )
    if standard in now.settling:
        fresh = UNIVERSE.of_standard[standard] & exists & ~now.known
        ready = now.standards | {standard}, now.settling - {standard}
        now = replace(now, standards=ready[0], settling=ready[1], known=now.known | fresh, enabled=now.enabled | fresh)
    bit = pairs((standard, ControlId(edit.key[1]))) & now.known
    return replace(now, enabled=now.enabled | bit if edit.desired == ON else now.enabled & ~bit)


def _parameters(value: Value) -> Parameters:
    assert isinstance(value, tuple)
    return value  # type: ignore[return-value]  # edits of parameters hold (name, value) pairs


def edits_of(edits: Sequence[Edit]) -> set[tuple[str, ...]]:
    """What moves, in few words: ("association", "fsbp-1.0.0", "s3.8", "off")."""
    return {(str(one.kind), *one.key, one.desired if one.desired in (ON, OFF) else repr(one.desired)) for one in edits}


PARAMETER_WISHES = st.dictionaries(
    st.sampled_from(["days", "strict"]), st.one_of(st.none(), st.integers(1, 3), st.booleans()), max_size=2
)
PARAMETER_VALUES = st.dictionaries(st.sampled_from(["days", "strict", "old"]), st.integers(1, 3), max_size=3).map(
    lambda values: tuple(sorted(values.items()))
)


@st.composite
def intents(draw: st.DrawFn) -> dict[ControlId, Intent]:
    """Rows for some controls, in any order."""
    found = draw(st.permutations(CONTROLS))[: draw(st.integers(0, len(CONTROLS)))]
    return {
        one: replace(intent(one, draw(st.sampled_from(list(Disposition)))), parameters=draw(PARAMETER_WISHES))
        for one in found
    }


STANDARD_WISHES = st.dictionaries(
    st.sampled_from([*STANDARDS, CONTROL_TOWER]), st.booleans().map(lambda on: StandardIntent(on, "Standards!B2", ""))
)
ALL_RULES = st.builds(
    lambda rule, settling, disable: replace(RULES, global_rule=rule, settling=settling, disable_standards=disable),
    st.sampled_from(list(GlobalControls)),
    st.frozensets(st.sampled_from(CONTROLS), max_size=2),
    st.booleans(),
)


@st.composite
def states(draw: st.DrawFn, target: Target = TARGETS[0]) -> TargetState:
    """Any state of a target: standards on, settling or off, some pairs missing, some off, some parameters custom."""
    standards = draw(st.sets(st.sampled_from(STANDARDS)))
    settling = draw(st.sets(st.sampled_from(sorted(standards)))) if standards else set()
    bits = st.integers(0, (1 << len(UNIVERSE.pairs)) - 1)
    made = state(
        target,
        standards=sorted(standards),
        off=draw(bits),
        missing=draw(bits) & draw(bits),
        parameters={one: values for one in CONTROLS if (values := draw(PARAMETER_VALUES))},
    )
    return replace(made, standards=frozenset(standards - settling), settling=frozenset(settling))
