"""An organization as the lake's tables have it, with subjects whose names are not kind; and rules of a small grammar."""

import json
from collections.abc import Sequence
from functools import cache

import duckdb
from hypothesis import strategies as st

from hubposture.access.people import Person
from hubposture.access.things import Account, Placed, Places, Subject
from hubposture.cedar.access import CedarAccess
from hubposture.cedar.check import read_rules
from hubposture.filters import Filter
from hubposture.findings import tables
from hubposture.lake.lists_sql import chosen

A, B, C, LEFT = "111111111111", "222222222222", "333333333333", "999999999999"
ROOT, SANDBOX, WORK, PROD = ("/", "r-1"), ("/Sandbox", "ou-sand"), ("/Work", "ou-work"), ("/Work/Prod", "ou-prod")
PLACES = Places(
    {
        A: Placed("team-web", frozenset({ROOT, SANDBOX})),
        B: Placed("Team-Web", frozenset({ROOT, WORK})),
        C: Placed("*", frozenset({ROOT, WORK, PROD})),
    }
)
"""LEFT is in no OU any more, and in no list of accounts."""

CONTROLS = ("s3.8", "s3.1", "ec2.2", "")
SEVERITIES = ("INFORMATIONAL", "LOW", "HIGH", "CRITICAL")
TYPES = ("AwsS3Bucket", "awss3bucket", "AwsEc2Instance", "")
OWNERS = ("team-web", "Team-Web", "*", "te?m", 'a"b\\c', "%", "")
RESOURCES = ("arn:aws:s3:::a", "arn:aws:s3:::A", "arn:*", "é\n'x", "a_b", "a!b")
GROUPS = ("analyst", "reader", "team-web", "*", "o'neil")
UNITS = ("/", "/Sandbox", "/sandbox", "/Work", "/Work/Prod", "ou-work", "r-1", "/nowhere", "")
ATTRIBUTES = {
    "control": (*CONTROLS, "S3.8"),
    "severity": (*SEVERITIES, "high"),
    "resourceType": TYPES,
    "owner": OWNERS,
    "accountOwner": OWNERS,
    "resource": RESOURCES,
    "region": ("eu-central-1", "us-east-1"),
    "product": ("securityhub", "guardduty"),
}


def subjects() -> st.SearchStrategy[list[Subject]]:
    """A few subjects with ids of their own."""
    one = st.builds(
        Subject,
        id=st.integers(0, 10**6).map(lambda number: f"{number:032d}"),
        account=st.sampled_from((A, B, C, LEFT)),
        region=st.sampled_from(ATTRIBUTES["region"]),
        control=st.sampled_from(CONTROLS),
        severity=st.sampled_from(SEVERITIES),
        resource=st.sampled_from(RESOURCES),
        resource_type=st.sampled_from(TYPES),
        product=st.sampled_from(ATTRIBUTES["product"]),
        owner=st.sampled_from(OWNERS),
    )
    return st.lists(one, min_size=1, max_size=8, unique_by=lambda subject: subject.id)


people = st.builds(
    Person,
    name=st.sampled_from(("kim@example.com", "o'neil", 'a"b', "x\\y", "é")),
    groups=st.lists(st.sampled_from(GROUPS), unique=True).map(lambda many: tuple(sorted(many))),
    units=st.lists(st.sampled_from(UNITS), unique=True, max_size=2).map(tuple),
    accounts=st.lists(st.sampled_from((A, B)), unique=True).map(tuple),
)


def quoted(text: str) -> str:
    """A text as a rule writes it."""
    return json.dumps(text, ensure_ascii=False).replace("'", "\\'")


def _equal(name: str) -> st.SearchStrategy[str]:
    value = st.sampled_from(ATTRIBUTES[name]).map(quoted)
    sign = st.sampled_from(("==", "!="))
    return st.builds(
        lambda s, v, turned: f"{v} {s} resource.{name}" if turned else f"resource.{name} {s} {v}",
        sign,
        value,
        st.booleans(),
    )


def _listed(name: str) -> st.SearchStrategy[str]:
    values = st.lists(st.sampled_from(ATTRIBUTES[name]).map(quoted), min_size=1, max_size=3)
    return values.map(lambda many: f"[{', '.join(many)}].contains(resource.{name})")


def _like(name: str) -> st.SearchStrategy[str]:
    pieces = st.lists(st.sampled_from(["*", "\\*", "s3", "a", "A", "%", "_", "?", "!", ".", "team"]), max_size=4)
    return pieces.map(lambda many: f'resource.{name} like "{"".join(many)}"')


_names = st.sampled_from(sorted(ATTRIBUTES))
_places = st.sampled_from(
    [f"Unit::{quoted(unit)}" for unit in UNITS] + [f"Account::{quoted(one)}" for one in (A, LEFT)]
)
_simple = st.one_of(
    _names.flatmap(_equal),
    _names.flatmap(_listed),
    _names.flatmap(_like),
    _names.map(lambda name: f"resource has {name}"),
    st.just("resource has nothing"),
    st.sampled_from(("true", "false")),
    st.sampled_from(("resource in principal.units", "resource in principal.accounts")),
    st.sampled_from(("principal.groups.contains(resource.owner)", "principal.groups.contains(resource.accountOwner)")),
    st.sampled_from(("resource is Subject", "resource is Account", 'resource is Subject in Unit::"/Work"')),
    st.sampled_from(('principal in Group::"analyst"', 'principal.address == "é"', 'principal == User::"o\\\'neil"')),
    _places.map(lambda place: f"resource in {place}"),
    st.lists(st.sampled_from([f"Unit::{quoted(unit)}" for unit in UNITS]), min_size=1, max_size=2).map(
        lambda many: f"resource in [{', '.join(many)}]"
    ),
    st.integers(0, 10**6).map(lambda number: f'resource == Subject::"{number:032d}"'),
    st.just('[resource.owner, "x"].containsAny(["team-web", "*"])'),
    st.just('[resource.owner, resource.accountOwner].contains("team-web")'),
    st.just('["x", resource.owner].containsAll(["x", "*"])'),
    st.just('(resource.owner == "*") == true'),
)
conditions = st.recursive(
    _simple,
    lambda inner: st.one_of(
        st.builds("({} && {})".format, inner, inner),
        st.builds("({} || {})".format, inner, inner),
        inner.map("!({})".format),
        st.builds("(if {} then {} else {})".format, inner, inner, inner),
    ),
    max_leaves=5,
)
_who = st.sampled_from(
    ("principal", "principal", "principal", 'principal in Group::"analyst"', 'principal == User::"kim@example.com"')
)
_suppress = 'action == Action::"suppress"'
_what = st.sampled_from(
    (_suppress, _suppress, "action", 'action in [Action::"suppress", Action::"view"]', 'action == Action::"view"')
)
_where = st.one_of(
    st.sampled_from(
        (
            "resource is Subject",
            "resource is Subject",
            'resource is Subject in Unit::"/Work"',
            'resource is Subject in Unit::"ou-sand"',
        )
    ),
    st.just(f'resource is Subject in Account::"{A}"'),
)
rules = st.builds(
    lambda effect, who, what, where, when, unless: f"{effect}({who}, {what}, {where}) when {{ {when} }}{unless};",
    st.sampled_from(("permit", "permit", "permit", "forbid")), _who, _what, _where, conditions,
    st.one_of(st.just(""), conditions.map(" unless {{ {} }}".format)),
)  # fmt: skip
_first = st.sampled_from(("", "permit(principal, action, resource is Subject);\n"))
rule_texts = st.builds(lambda first, many: first + "\n".join(many), _first, st.lists(rules, min_size=1, max_size=6))


def access(text: str, places: Places = PLACES) -> CedarAccess:
    """The rules of a text over the organization."""
    return CedarAccess(read_rules(text, "access.cedar"), places)


@cache
def lake() -> duckdb.DuckDBPyConnection:
    """Empty tables of a version, and the organization."""
    opened = duckdb.connect(config={"threads": 1})
    for table in (tables.SUBJECTS, tables.UNITS, tables.ACCOUNTS, tables.TARGETS, tables.WISHES, tables.CONTROLS):
        opened.execute(f"CREATE TABLE {table.name} ({table.ddl})")
    opened.execute("CREATE TABLE owner_rows (name VARCHAR, owner VARCHAR, is_team BOOLEAN)")
    opened.execute("CREATE TABLE owner_resources (resource VARCHAR, owner VARCHAR, is_team BOOLEAN)")
    opened.execute("CREATE TABLE owner_tagsets (tagset VARCHAR, owner VARCHAR, is_team BOOLEAN)")
    opened.execute("CREATE TABLE owner_accounts (account VARCHAR, owner VARCHAR, is_team BOOLEAN, link VARCHAR)")
    for owner in OWNERS:
        opened.execute("INSERT INTO owner_tagsets VALUES (?, ?, true)", [f"t{owner}", owner])
    for account, placed in PLACES.accounts.items():
        opened.execute("INSERT INTO owner_accounts VALUES (?, ?, true, 'account')", [account, placed.owner])
        for path, id_ in placed.units:
            opened.execute("INSERT INTO units (ou_path, account, ou) VALUES (?, ?, ?)", [path, account, id_])
        # A name and an alias that look like another account's id lend nothing.
        other = {A: B, B: C, C: A}[account]
        opened.execute(
            "INSERT INTO accounts (account, name, alias, shown) VALUES (?, ?, ?, ?)", [account, other, other, other]
        )
    return opened


def chosen_by(wanted: Filter, among: Sequence[Subject]) -> set[str]:
    """The ids of the subjects that a filter chooses, by the lake's own SQL."""
    opened = lake()
    opened.execute("DELETE FROM subjects")
    for one in among:
        opened.execute(
            "INSERT INTO subjects (subject, kind, account, region, control, resource, resource_type, product, presence, "
            "severity, tagset) VALUES (?, 'control', ?, ?, ?, ?, ?, ?, 'present', ?, ?)",
            [
                one.id,
                one.account,
                one.region,
                one.control,
                one.resource,
                one.resource_type,
                one.product,
                one.severity,
                f"t{one.owner}",
            ],
        )
    picked = chosen(wanted)
    return {id_ for (id_,) in opened.execute(f"SELECT s.subject {picked.where()}", picked.parameters).fetchall()}


def account(id_: str) -> Account:
    """An account."""
    return Account(id_)
