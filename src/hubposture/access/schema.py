"""The schema of the rules: what they may name, generated from actions and things. `schema.cedarschema` is what it gives."""

from collections.abc import Mapping

from hubposture.access.actions import ABOUT, Action, Kind

SEVERITIES = ("INFORMATIONAL", "LOW", "MEDIUM", "HIGH", "CRITICAL")

SUBJECT: Mapping[str, str] = {
    "control": "control",
    "severity": "severity",
    "resourceType": "type",
    "resource": "resource",
    "region": "region",
    "product": "product",
    "owner": "owner",
    "accountOwner": "account-owner",
}
"""The attributes of a subject, and the field of filters in which each is found."""

ATTRIBUTES: Mapping[Kind, tuple[str, ...]] = {
    Kind.UNIT: (),
    Kind.ACCOUNT: ("owner",),
    Kind.CONTROL: ("control", "severity"),
    Kind.SUBJECT: tuple(SUBJECT),
}
"""The attributes of things, all of them texts."""

_PARENTS: Mapping[Kind, tuple[Kind, ...]] = {
    Kind.UNIT: (Kind.UNIT,),
    Kind.ACCOUNT: (Kind.UNIT,),
    Kind.CONTROL: (Kind.ACCOUNT, Kind.UNIT),
    Kind.SUBJECT: (Kind.ACCOUNT,),
}
_PEOPLE = """\
// What access.cedar may name. Generated; do not edit.

// A group of the settings or of the identity provider; the roles are groups too.
entity Group;

// A person by name or address in lower case. `groups` are the names of all of their groups, and so of their teams;
// `units` and `accounts` are those that the settings give them.
entity User in [Group] {
  address: String,
  groups: Set<String>,
  units: Set<Unit>,
  accounts: Set<Account>,
};
"""
_MEANINGS: Mapping[Kind, str] = {
    Kind.UNIT: 'An OU by its path (Unit::"/Workloads/Prod") or its id; the organization is Unit::"/".',
    Kind.ACCOUNT: "An account by its id.",
    Kind.CONTROL: 'A control in an account or an OU; `control` in lower case ("s3.8").',
    Kind.SUBJECT: "A check of a resource, or a finding of another product. `severity` is one of "
    + ", ".join(SEVERITIES)
    + ".",
}


def schema() -> str:
    """The schema as Cedar's own text."""
    things = "\n".join(_entity(kind) for kind in Kind)
    actions = "\n".join(_action(action) for action in Action)
    return f"{_PEOPLE}\n{things}\n{actions}"


def _entity(kind: Kind) -> str:
    inner = "".join(f"  {name}: String,\n" for name in ATTRIBUTES[kind])
    shape = f" {{\n{inner}}}" if inner else ""
    parents = ", ".join(_PARENTS[kind])
    return f"// {_MEANINGS[kind]}\nentity {kind} in [{parents}]{shape};\n"


def _action(action: Action) -> str:
    about = ABOUT[action]
    context = "requestedBy: String" if action is Action.APPROVE_WAIVER else ""
    kinds = ", ".join(about.kinds)
    shape = f" {{ {context} }}" if context else " {}"
    return (
        f"// To {about.meaning}.\n"
        f'action "{action}" appliesTo {{\n  principal: [User],\n  resource: [{kinds}],\n  context:{shape},\n}};\n'
    )
