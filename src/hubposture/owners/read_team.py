"""One team from its mapping, beside what other teams have already."""

import re

from hubposture.model.organization import ACCOUNT_PATTERN, OU_PATTERN
from hubposture.owners.resources import MAX_RESOURCE, SIGNS
from hubposture.owners.team import Jira, Pace, Pair, Team, Via, name_key, tag_key, tag_text
from hubposture.texts.fields import Fields, Report, shown
from hubposture.texts.yaml_nodes import Entries, Node, Scalar

TEAM_KEYS = (
    "aliases", "accounts", "ous", "tags", "resources", "via", "jira", "servicenow", "defectdojo", "assignee", "in_progress",
    "slack", "mail", "pace",
)  # fmt: skip
"""The entries of a team, in the order in which they are written."""
JIRA_KEYS = ("site", "project", "epic", "parent")
PROJECT_PATTERN = r"[A-Z][A-Z0-9_]{1,79}"
ISSUE_PATTERN = r"[A-Z][A-Z0-9_]{1,79}-[1-9][0-9]{0,9}"
SLACK_PATTERN = r"(#[^\s#,@A-Z]{1,79}|[CG][A-Z0-9]{8,20})"
MAIL_PATTERN = r"[^@\s,;<>]+@[^@\s,;<>]+"
MAX_NAME = 256
"""The longest name of a team; a tag's value has no more."""

_ACCOUNT = re.compile(ACCOUNT_PATTERN)
_OU = re.compile(OU_PATTERN)
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")


class Claims:
    """What teams have, so that nothing belongs to two of them."""

    def __init__(self, report: Report) -> None:
        self.report = report
        self._held: dict[tuple[str, object], tuple[str, Scalar]] = {}

    def take_name(self, name: str, node: Scalar, team: str) -> bool:
        """Whether a name or an alias is free and can be one; what is wrong is recorded."""
        if not name or len(name) > MAX_NAME or _UNPRINTABLE.search(name):
            what = f"{shown(name)} cannot be the name of a team"
            self.report.add(node, what, f"write a text of 1 to {MAX_NAME} characters in one line")
            return False
        return self.take("name", name_key(name), shown(name), node, team)

    def take(self, kind: str, key: object, said: str, node: Scalar, team: str) -> bool:
        """Whether nothing else has this; who has it is recorded as a problem."""
        other, first = self._held.setdefault((kind, key), (team, node))
        if first is node:
            return True
        if other == team:
            self.report.add(node, f"the {kind} {said} is there twice in {team}, first in line {first.line}", "keep one")
        else:
            what = f"the {kind} {said} of {team} is {other}'s already, in line {first.line}"
            self.report.add(node, what, "case and blanks do not tell names apart" if kind == "name" else "keep one")
        return False


def read_team(name: str, key: Scalar, node: Node, claims: Claims) -> Team:
    """A team as far as it can be read. `node` is its mapping, or an empty text."""
    report = claims.report
    entries = (
        node if isinstance(node, Entries) else Entries((), key.line, key.column, key.start, key.end, is_flow=False)
    )
    read = Fields(entries, TEAM_KEYS, report, f"team {name}")
    via = read.choice("via", Via, Via.HUBPOSTURE) or Via.HUBPOSTURE
    team = Team(
        name=name,
        aliases=read.each("aliases", lambda item: _alias(item, name, claims)),
        accounts=read.each("accounts", lambda item: _account(item, name, claims)),
        ous=read.each("ous", lambda item: _ou(item, name, claims)),
        tags=read.each("tags", lambda item: _tag(item, name, claims)),
        resources=read.each("resources", lambda item: _resource(item, name, claims)),
        jira=_jira(read),
        servicenow_group=_one(read, "servicenow", "group", "write which group gets them: servicenow: {group: NAME}"),
        defectdojo_product=_one(read, "defectdojo", "product", "write which product: defectdojo: {product: NAME}"),
        slack=_slack(read),
        mail=_matching(read, "mail", MAIL_PATTERN, "write one address: mail: web@example.com"),
        via=via,
        assignee=_matching(read, "assignee", MAIL_PATTERN, "write one address: assignee: kim@example.com"),
        in_progress=read.count("in_progress") if read.get("in_progress") is not None else None,
        pace=read.choice("pace", Pace) if read.get("pace") is not None else None,
        source=report.where(key),
    )
    _one_maker(read, team)
    return team


def _one_maker(read: Fields, team: Team) -> None:
    """Two makers of tickets would make every ticket twice."""
    trackers = [key for key in ("jira", "servicenow") if read.get(key) is not None]
    if len(trackers) > 1:
        what = f"{team.name} has both jira and servicenow: every ticket would be made twice"
        read.report.add(read.get("servicenow") or read.node, what, "keep the one in which the team works")
    if team.via is Via.DEFECTDOJO and trackers:
        what = f"{team.name} gets its tickets via defectdojo, and has {' and '.join(trackers)} as well: both would make them"
        read.report.add(
            read.get("via") or read.node, what, f"take {' and '.join(trackers)} out, or write via: hubposture"
        )
    if team.via is Via.DEFECTDOJO and not team.defectdojo_product and read.get("defectdojo") is None:
        what = f"{team.name} gets its tickets via defectdojo, but names no product"
        read.report.add(read.get("via") or read.node, what, "write defectdojo: {product: NAME}")


def _alias(item: Scalar, team: str, claims: Claims) -> str | None:
    name = " ".join(item.text.split())
    return name if claims.take_name(name, item, team) else None


def _account(item: Scalar, team: str, claims: Claims) -> str | None:
    text = item.text.strip()
    if _ACCOUNT.fullmatch(text):
        return text if claims.take("account", text, text, item, team) else None
    hint = "write all 12 digits in quotes"
    if text.isascii() and text.isdecimal() and len(text) < 12:  # noqa: PLR2004 - the length of an account id
        hint += f"; perhaps {text.zfill(12)} was meant, zeros in front count"
    claims.report.add(item, f"{shown(text)} is not an account id", hint)
    return None


def _ou(item: Scalar, team: str, claims: Claims) -> str | None:
    text = item.text.strip()
    if text.startswith("/") and len(text) > 1:
        text = text.rstrip("/")
    if _OU.fullmatch(text) or (text.startswith("/") and text.isprintable()):
        return text if claims.take("OU", text, text, item, team) else None
    hint = "write its id (ou-ab12-cdefgh34) or its path (/Workloads/Prod)"
    claims.report.add(item, f"{shown(text)} is not an OU", hint)
    return None


def _tag(item: Scalar, team: str, claims: Claims) -> Pair | None:
    name, equals, value = (part.strip() for part in item.text.partition("="))
    if not equals or not name or not value:
        claims.report.add(item, f"{shown(item.text)} is not a tag", 'write "name=value", as resources have it')
    elif "*" in value or "?" in value:
        hint = "write each value; a tag whose values are owners belongs into posture.resource_owner_tags"
        claims.report.add(item, f"{shown(item.text)}: tags of teams take no wildcards", hint)
    elif len(name) > MAX_NAME or len(value) > MAX_NAME or _UNPRINTABLE.search(item.text):
        claims.report.add(item, f"{shown(item.text)} is too long for a tag, or has control characters")
    elif claims.take("tag", tag_key(name, value), tag_text((name, value)), item, team):
        return name, value
    return None


def _resource(item: Scalar, team: str, claims: Claims) -> str | None:
    text = item.text.strip()
    if not text.strip(SIGNS):
        hint = "write an id with or without signs; what nobody else has is the fallback's, and an OU may be all of it"
        claims.report.add(item, f"{shown(text)} is no resource", hint)
    elif _ACCOUNT.fullmatch(text):
        claims.report.add(item, f"{text} is an account and no resource", f'write it below accounts: ["{text}"]')
    elif len(text) > MAX_RESOURCE or not text.isprintable():
        claims.report.add(item, f"{shown(text)} is too long for a resource, or has control characters")
    elif claims.take("resource", text, shown(text), item, team):
        return text
    return None


def _jira(read: Fields) -> Jira | None:
    node = read.mapping("jira")
    if node is None:
        return None
    inner = Fields(node, JIRA_KEYS, read.report, "jira")
    project = _matching(inner, "project", PROJECT_PATTERN, "write the key of the project: project: WEB", must=True)
    epic = _matching(inner, "epic", ISSUE_PATTERN, "write the key of an issue: WEB-12")
    parent = _matching(inner, "parent", ISSUE_PATTERN, "write the key of an issue: WEB-12")
    if epic and parent:
        read.report.add(inner.get("parent") or node, "jira has both epic and parent", "keep one")
    site = inner.line("site") or ""
    return Jira(project, epic, parent, site) if project else None


def _one(read: Fields, key: str, entry: str, hint: str) -> str:
    """The only entry of an inner mapping."""
    node = read.mapping(key)
    return "" if node is None else Fields(node, (entry,), read.report, key).line(entry, hint) or ""


def _slack(read: Fields) -> str:
    hint = 'write the channel in quotes, else # begins a comment: slack: "#team-web"'
    for key, value in read.node.pairs:
        if key.text == "slack" and isinstance(value, Scalar) and value.is_nothing:
            read.report.add(key, "slack is empty", hint)
    return _matching(read, "slack", SLACK_PATTERN, hint)


def _matching(read: Fields, key: str, pattern: str, hint: str, *, must: bool = False) -> str:
    text = read.line(key, hint if must else "")
    if text and not re.fullmatch(pattern, text):
        read.report.add(read.get(key) or read.node, f"{key} is {shown(text)}, which cannot be", hint)
        return ""
    return text or ""
