"""The part of JQL that an emulated Jira understands; anything else is refused with a sentence."""

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from hubposture.sandbox.remote.jira_answers import Refused, refused
from hubposture.sandbox.remote.jira_model import Issue
from hubposture.sandbox.remote.jira_world import World

Test = Callable[[Issue], bool]

_TOKEN = re.compile(r"""\s*(?:("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(!=|>=|<=|=|>|<|\(|\)|,)|([^\s"'=!<>(),]+))""")
_RELATIVE = re.compile(r"(-?\d+)([mhdw])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_MOMENTS = ("%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M", "%Y-%m-%d", "%Y/%m/%d")
_CATEGORIES = {"to do": "new", "new": "new", "in progress": "indeterminate", "indeterminate": "indeterminate"}
_CATEGORIES |= {"done": "done", "complete": "done"}
_TIMES = {"created", "updated"}
_KEYS = {"key", "id", "issue", "issuekey"}
_WORDS = {"project", "labels", "status", "statuscategory", "issuetype", "type", "assignee", "resolution", "parent"}
_SORTS: dict[str, Callable[[Issue], tuple[object, ...]]] = {
    "created": lambda issue: (issue.created, int(issue.id)),
    "updated": lambda issue: (issue.updated, int(issue.id)),
    "key": lambda issue: (issue.project, int(issue.key.rpartition("-")[2])),
    "id": lambda issue: (int(issue.id),),
}


@dataclass(frozen=True, slots=True)
class Query:
    """A query that was read: which issues, in which order ((field, whether downwards)), and whether it restricts."""

    test: Test
    orders: tuple[tuple[str, bool], ...]
    is_bounded: bool

    def run(self, issues: list[Issue]) -> list[Issue]:
        """The issues that meet it, in its order; newest first where it has none."""
        found = [one for one in issues if self.test(one)]
        for name, is_down in reversed(self.orders or (("id", True),)):
            found.sort(key=_SORTS[name], reverse=is_down)
        return found


def read(text: str, *, world: World, user: str) -> Query:
    """Read a query of a user, in whose time zone its moments are; raises Refused."""
    return _Reader(text, world, user).query()


def _error(what: str) -> Refused:
    return refused(400, f"Error in the JQL Query: {what}")


class _Reader:
    def __init__(self, text: str, world: World, user: str) -> None:
        self._tokens = _tokens(text)
        self._at = 0
        self._world = world
        self._user = user

    def query(self) -> Query:
        is_bounded = bool(self._tokens) and not self._is_word("order")
        test = self._either() if is_bounded else _always
        orders = self._orders()
        if self._at < len(self._tokens):
            raise _error(f"Expecting either 'OR' or 'AND' but got '{self._tokens[self._at][0]}'.")
        return Query(test, orders, is_bounded)

    def _either(self) -> Test:
        tests = [self._both()]
        while self._is_word("or"):
            self._at += 1
            tests.append(self._both())
        return lambda issue: any(test(issue) for test in tests)

    def _both(self) -> Test:
        tests = [self._single()]
        while self._is_word("and"):
            self._at += 1
            tests.append(self._single())
        return lambda issue: all(test(issue) for test in tests)

    def _single(self) -> Test:
        if self._is_word("not"):
            self._at += 1
            inner = self._single()
            return lambda issue: not inner(issue)
        if self._peek() == "(":
            self._at += 1
            inner = self._either()
            self._expect(")")
            return inner
        return self._clause()

    def _clause(self) -> Test:
        name = self._next().casefold()
        if name not in _TIMES | _KEYS | _WORDS:
            raise _error(f"Field '{name}' does not exist or you do not have permission to view it.")
        operator = self._operator()
        if name in _TIMES:
            return self._moment(name, operator)
        if operator in ("is", "is not"):
            if self._next().casefold() not in ("empty", "null"):
                raise _error("Expecting EMPTY after 'is'.")
            return lambda issue: bool(self._values(name, issue)) is (operator == "is not")
        if operator not in ("=", "!=", "in", "not in"):
            raise _error(f"The operator '{operator}' is not supported by the '{name}' field.")
        given = self._list() if operator.endswith("in") else [self._next()]
        wanted = {self._wanted(name, one) for one in given}
        if operator in ("=", "in"):
            return lambda issue: bool(wanted & self._values(name, issue))
        # What has no value is not different from one: Jira leaves it out.
        return lambda issue: bool(values := self._values(name, issue)) and not wanted & values

    def _operator(self) -> str:
        first = self._next().casefold()
        if first in ("not", "is") and self._is_word({"not": "in", "is": "not"}[first]):
            return f"{first} {self._next().casefold()}"
        if first not in ("=", "!=", ">=", "<=", ">", "<", "in", "is"):
            raise _error(f"Expecting operator but got '{first}'.")
        return first

    def _list(self) -> list[str]:
        self._expect("(")
        found = [self._next()]
        while self._peek() == ",":
            self._at += 1
            found.append(self._next())
        self._expect(")")
        return found

    def _moment(self, name: str, operator: str) -> Test:
        at = self._time(self._next())
        compare: dict[str, Callable[[dt.datetime], bool]] = {
            ">=": lambda moment: moment >= at,
            ">": lambda moment: moment > at,
            "<=": lambda moment: moment <= at,
            "<": lambda moment: moment < at,
        }
        if operator not in compare:
            raise _error(f"The operator '{operator}' is not supported by the '{name}' field.")
        holds = compare[operator]
        return lambda issue: holds(issue.updated if name == "updated" else issue.created)

    def _time(self, text: str) -> dt.datetime:
        if relative := _RELATIVE.fullmatch(text):
            return self._world.now + dt.timedelta(**{_UNITS[relative[2]]: int(relative[1])})
        zone = ZoneInfo(self._world.users[self._user].time_zone)
        for form in _MOMENTS:
            try:
                return dt.datetime.strptime(text, form).replace(tzinfo=zone)
            except ValueError:
                continue
        raise _error(
            f"Date value '{text}' for field is invalid. Valid formats include: 'yyyy/MM/dd HH:mm', 'yyyy-MM-dd HH:mm', "
            "'yyyy/MM/dd', 'yyyy-MM-dd', or a period format e.g. '-5d', '4w 2d'."
        )

    def _wanted(self, name: str, given: str) -> str:
        """What a value names; raises Refused where nothing has it."""
        match name:
            case "project":
                return self._project(given)
            case "key" | "id" | "issue" | "issuekey" | "parent":
                return self._issue(name, given)
            case "statuscategory":
                return _CATEGORIES.get(given.casefold(), given)
            case "assignee":
                return self._user if given.casefold() == "currentuser()" else given
            case _:
                return given.casefold() if name != "labels" else given

    def _project(self, given: str) -> str:
        for one in self._world.projects.values():
            is_named = given.casefold() in (one.key.casefold(), one.name.casefold(), one.id)
            if is_named and self._world.is_browsable(self._user, one.key):
                return one.key
        raise _error(f"The value '{given}' does not exist for the field 'project'.")

    def _issue(self, name: str, given: str) -> str:
        issue = self._world.find(given)
        if issue is not None and self._world.is_seen(self._user, issue):
            return issue.id
        if self._world.switches.unknown_keys_in_jql_are_errors:
            raise _error(f"An issue with key '{given}' does not exist for field '{name}'.")
        return ""

    def _values(self, name: str, issue: Issue) -> set[str]:
        """The values of an issue that a field of a query compares with."""
        fields, world = issue.fields, self._world
        match name:
            case "project":
                found = {issue.project}
            case "labels":
                found = set(fields.get("labels", ()))
            case "key" | "id" | "issue" | "issuekey":
                found = {issue.id}
            case "status":
                found = {issue.status.casefold(), world.statuses[issue.status].id}
            case "statuscategory":
                found = {world.statuses[issue.status].category.value}
            case "issuetype" | "type":
                found = {world.type_of(issue).name.casefold(), issue.type}
            case "resolution":
                name_ = world.resolutions.get(fields.get("resolution") or "", "")
                found = {name_.casefold()} if name_ else set()
            case _:
                found = {fields.get(name) or ""} - {""}
        return found

    def _orders(self) -> tuple[tuple[str, bool], ...]:
        if not self._is_word("order"):
            return ()
        self._at += 1
        if self._next().casefold() != "by":
            raise _error("Expecting 'by' after 'order'.")
        found = [self._order()]
        while self._peek() == ",":
            self._at += 1
            found.append(self._order())
        return tuple(found)

    def _order(self) -> tuple[str, bool]:
        name = self._next().casefold()
        name = "key" if name in ("issuekey", "issue") else name
        if name not in _SORTS:
            raise _error(f"Not able to sort using field '{name}'.")
        is_down = self._is_word("desc")
        if is_down or self._is_word("asc"):
            self._at += 1
        return name, is_down

    def _peek(self) -> str:
        """The operator or bracket that comes next; '' for a word, a text in quotes or the end."""
        return self._tokens[self._at][0] if self._at < len(self._tokens) and self._tokens[self._at][1] == "sign" else ""

    def _is_word(self, word: str) -> bool:
        at = self._at
        return at < len(self._tokens) and self._tokens[at][1] == "word" and self._tokens[at][0].casefold() == word

    def _expect(self, sign: str) -> None:
        if self._peek() != sign:
            raise _error(f"Expecting '{sign}'.")
        self._at += 1

    def _next(self) -> str:
        if self._at >= len(self._tokens):
            raise _error("Unexpected end of the query.")
        text, kind = self._tokens[self._at]
        self._at += 1
        if kind == "word" and text.casefold() == "currentuser" and self._peek() == "(":
            self._at += 1
            self._expect(")")
            return "currentUser()"
        return text


def _tokens(text: str) -> list[tuple[str, str]]:
    found, at = [], 0
    text = text.strip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise _error(f"The character '{text[at]}' is a reserved JQL character. You must enclose it in a string.")
        quoted, sign, word = match.groups()
        if quoted is not None:
            found.append((re.sub(r"\\(.)", r"\1", quoted[1:-1]), "text"))
        else:
            found.append((sign, "sign") if sign is not None else (word, "word"))
        at = match.end()
    return found


def _always(_issue: Issue) -> bool:
    return True
