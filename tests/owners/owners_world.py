"""Teams as people write them, and small worlds of names, tags, accounts and OUs to draw from."""

from hypothesis import strategies as st

from hubposture.owners.chain import Facts, Unit
from hubposture.owners.read import ReadTeams, read_teams
from hubposture.owners.team import Jira, Pace, Team, Teams, name_key, tag_key

WEB, DATA, NEW = "111122223333", "444455556666", "777788889999"
FILE = "teams.yaml"
TWO = """\
# who fixes what
fallback: platform
teams:
  team-web:            # the shop
    aliases: [web, "Web Team"]
    accounts: ["111122223333"]
    ous: [/Workloads/Web]
    tags: ["app=shop"]
    resources: ["arn:aws:s3:::site"]
    jira: {project: WEB, epic: WEB-12}
    slack: "#team-web"
    mail: web@example.com
  platform:
    ous: [/]
    servicenow: {group: Cloud Platform}
"""


def read(text: str) -> ReadTeams:
    return read_teams(text.encode(), FILE)


def problems(text: str) -> list[str]:
    return [str(one) for one in read(text).problems]


# Small worlds: few names, so that they meet.

NAMES = ("web", "Web", " data ", "platform", "kim", "")
TAGS = ("owner", "Owner", "team", "app")
RESOURCES = (
    "arn:aws:s3:::site",
    "arn:aws:s3:::site-logs",
    "arn:aws:s3:::data",
    "AWS::::Account:111122223333",
    "a?*%_!b",
    "",
)
ENTRIES = (
    *RESOURCES[:-1],
    "arn:aws:s3:::site*",
    "*",
    "?",
    "arn:aws:s3:::*",
    "*data",
    "arn:*:s?:::s*",
    "arn:aws:s3:::si?e",
    "a??%_!b",
    "*_*",
)
RESOURCE_TAGS = st.lists(st.sampled_from(("owner", "team", "OWNER")), unique=True, max_size=3)
ACCOUNTS = (WEB, DATA, NEW)
UNITS = (
    Unit("/", "r-ab12"),
    Unit("/Work", "ou-ab12-11111111"),
    Unit("/Work/Web", "ou-ab12-22222222"),
    Unit("/Labs", ""),
)
PAIRS = st.tuples(st.sampled_from(TAGS), st.sampled_from(NAMES))


@st.composite
def teams(draw: st.DrawFn) -> Teams:
    """Up to three teams of which nothing belongs to two, as reading lets them through."""
    held: set[object] = set()

    def own(kind: str, found: list[object], key: object = None) -> tuple[object, ...]:
        kept = []
        for one in found:
            what = (kind, key(one) if callable(key) else one)
            if what not in held:
                held.add(what)
                kept.append(one)
        return tuple(kept)

    def some(values: tuple[object, ...]) -> list[object]:
        return draw(st.lists(st.sampled_from(values), unique=True, max_size=2))

    found = []
    for name in ("team-web", "Platform", "data"):
        if draw(st.booleans()):
            held.add(("name", name_key(name)))
            found.append(name)
    made = []
    for name in found:
        tags = [(tag, value.strip()) for tag, value in draw(st.lists(PAIRS, max_size=2)) if value.strip()]
        given: dict[str, object] = {
            "aliases": own("name", some(("web", "KIM", "data platform")), name_key),
            "accounts": own("account", some(ACCOUNTS)),
            "ous": own("ou", some(tuple(word for unit in UNITS for word in (unit.path, unit.id) if word))),
            "tags": own("tag", list(tags), lambda one: tag_key(*one)),
            "resources": own("resource", [one for one in some(ENTRIES) if str(one).strip("*?")]),
            "jira": draw(st.sampled_from([None, Jira("WEB"), Jira("WEB", parent="WEB-1", site="cloud: 2")])),
            "assignee": draw(st.sampled_from(["", "kim@example.com"])),
            "in_progress": draw(st.sampled_from([None, 0, 7])),
            "pace": draw(st.sampled_from([None, *Pace])),
        }
        made.append(Team(name, **given))  # type: ignore[arg-type]  # kinds are told apart by key
    fallback = draw(st.sampled_from(["", *found]))
    return Teams(tuple(made), fallback)


@st.composite
def facts(draw: st.DrawFn) -> Facts:
    """What is known of a resource."""
    tags = draw(st.dictionaries(st.sampled_from(TAGS), st.sampled_from(NAMES), max_size=3))
    return Facts(
        row=draw(st.sampled_from(NAMES)) if draw(st.booleans()) else "",
        tags=tuple(tags.items()),
        account=draw(st.sampled_from(ACCOUNTS)),
        account_owner=draw(st.sampled_from(NAMES)),
        units=tuple(draw(st.lists(st.sampled_from(UNITS), unique=True, max_size=3))),
        resource=draw(st.sampled_from(RESOURCES)),
    )
