"""The hands of the people of an emulated Jira: what they click, without REST."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from hubposture.sandbox.remote.jira_issues import Writer
from hubposture.sandbox.remote.jira_model import Category, Issue, JiraKind, Status, Transition
from hubposture.sandbox.remote.jira_world import World


class Person:
    """A user at the screen. What cannot be clicked is a LookupError that says why.

    `then` is called after each change (webhooks that are sent at once).
    """

    def __init__(self, world: World, user: str, *, then: Callable[[], None]) -> None:
        if user not in world.users:
            raise LookupError(f"the site has no user {user}")
        self.user = user
        self._world = world
        self._writer = Writer(world)
        self._then = then

    def close(self, key: str, resolution: str = "Done", *, status: str = "") -> None:
        """Walk an issue to a status that is done (or the one named), the screens filled in."""
        with self._issue(key) as issue:
            wanted = status or self._nearest(issue, lambda one: one.category is Category.DONE)
            self._walk(issue, wanted, {"resolution": self._resolution(resolution)})

    def reopen(self, key: str, *, status: str = "") -> None:
        """Walk an issue to a status that is not done (or the one named)."""
        with self._issue(key) as issue:
            wanted = status or self._nearest(issue, lambda one: one.category is not Category.DONE)
            self._walk(issue, wanted, {})

    def walk(self, key: str, status: str) -> None:
        """Walk an issue to a status over as many transitions as it takes."""
        with self._issue(key) as issue:
            self._walk(issue, status, {})

    def move(self, key: str, project: str) -> str:
        """Move an issue to another project; gives its new key. Its id stays, and its old key still leads to it."""
        with self._issue(key) as issue:
            world, old = self._world, issue.key
            target = world.projects[project]
            type_ = next((one for one in target.types if one.name == world.type_of(issue).name), target.types[0])
            world.give_key(issue, target)
            issue.type = type_.id
            issue.fields = issue.fields | {"security": None}
            if issue.status not in target.workflow.statuses:
                issue.status = target.workflow.statuses[0]
            items = [("Key", None, old, None, issue.key), ("project", None, old.rpartition("-")[0], None, project)]
            world.record(issue, self.user, items)
            return issue.key

    def delete(self, key: str) -> None:
        """Delete an issue."""
        with self._issue(key) as issue:
            self._world.remove(issue, self.user)

    def comment(self, key: str, text: str) -> None:
        """Say something."""
        with self._issue(key) as issue:
            self._writer.comment(issue, self.user, self._document(text))

    def label(self, key: str, *labels: str) -> None:
        """Set the labels of an issue to these."""
        with self._issue(key) as issue:
            self._writer.set(issue, self.user, {"labels": labels})

    def assign(self, key: str, user: str | None) -> None:
        """Give an issue to somebody, or to nobody."""
        with self._issue(key) as issue:
            self._writer.set(issue, self.user, {"assignee": user})

    def edit(self, key: str, **values: Any) -> None:
        """Set stored values by field id (`summary`, `duedate`, ids of priority and security level)."""
        with self._issue(key) as issue:
            self._writer.set(issue, self.user, values)

    @contextmanager
    def _issue(self, key: str) -> Iterator[Issue]:
        with self._world.lock:
            issue = self._world.find(key)
            if issue is None:
                raise LookupError(f"there is no issue {key}")
            yield issue
        self._then()

    def _resolution(self, name: str) -> str | None:
        for id_, one in self._world.resolutions.items():
            if one == name:
                return id_
        raise LookupError(f"the site has no resolution {name}")

    def _document(self, text: str) -> Any:
        if self._world.kind is JiraKind.DATA_CENTER:
            return text
        return {"type": "doc", "version": 1, "content": [{"type": "paragraph", "content": [_text(text)]}]}

    def _nearest(self, issue: Issue, wanted: Callable[[Status], bool]) -> str:
        for path in self._paths(issue):
            if wanted(self._world.statuses[path[-1].to]):
                return path[-1].to
        raise LookupError(f"no way leads out of {issue.status} to there")

    def _walk(self, issue: Issue, status: str, values: dict[str, Any]) -> None:
        for path in self._paths(issue):
            if path[-1].to == status:
                for way in path:
                    is_last = way is path[-1]
                    self._writer.walk(issue, self.user, way, values if is_last else {})
                return
        raise LookupError(f"no way leads from {issue.status} to {status}")

    def _paths(self, issue: Issue) -> Iterator[list[Transition]]:
        """The shortest way to each status, nearest first."""
        workflow, seen = self._world.projects[issue.project].workflow, {issue.status}
        waiting = [[one] for one in workflow.ways(issue.status)]
        while waiting:
            path = waiting.pop(0)
            if path[-1].to in seen:
                continue
            seen.add(path[-1].to)
            yield path
            waiting += [[*path, one] for one in workflow.ways(path[-1].to)]


def _text(text: str) -> dict[str, Any]:
    return {"type": "text", "text": text or " "}
