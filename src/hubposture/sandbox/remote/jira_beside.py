"""What hangs on issues of an emulated Jira: comments, properties, remote links, links."""

from typing import Any

from hubposture.sandbox.remote.jira_answers import Answer, Asked, known_only, mapping, pairs, refused
from hubposture.sandbox.remote.jira_fields import BadValue, Fields
from hubposture.sandbox.remote.jira_issues import Writer
from hubposture.sandbox.remote.jira_model import Comment, Issue, JiraKind, Permission
from hubposture.sandbox.remote.jira_routes import Route
from hubposture.sandbox.remote.jira_shown import Shower
from hubposture.sandbox.remote.jira_world import World

_LONGEST_KEY = 255
_MOST_BYTES = 32_768
_MOST_COMMENTS = 5_000


class BesideApi:
    """The operations on what hangs on issues."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._fields = Fields(world)
        self._shower = Shower(world)
        self._writer = Writer(world)

    def routes(self) -> list[Route]:
        """What it answers."""
        return [
            Route("GET", "/issue/{}/comment", self._comments),
            Route("POST", "/issue/{}/comment", self._comment, writes=True),
            Route("GET", "/issue/{}/comment/{}", self._one_comment),
            Route("PUT", "/issue/{}/comment/{}", self._change_comment, writes=True),
            Route("DELETE", "/issue/{}/comment/{}", self._delete_comment, writes=True),
            Route("GET", "/issue/{}/properties", self._property_keys),
            Route("GET", "/issue/{}/properties/{}", self._property),
            Route("PUT", "/issue/{}/properties/{}", self._set_property, writes=True),
            Route("DELETE", "/issue/{}/properties/{}", self._delete_property, writes=True),
            Route("GET", "/issue/{}/remotelink", self._remote_links),
            Route("POST", "/issue/{}/remotelink", self._remote_link, writes=True),
            Route("DELETE", "/issue/{}/remotelink", self._delete_remote_link, writes=True),
            Route("GET", "/issueLinkType", self._link_types),
            Route("POST", "/issueLink", self._link),
        ]

    # Comments

    def _comments(self, asked: Asked, id_or_key: str) -> Answer:
        issue = self._world.visible(asked.user, id_or_key)
        start, most = asked.number("startAt", 0), min(asked.number("maxResults", _MOST_COMMENTS), _MOST_COMMENTS)
        found = list(reversed(issue.comments)) if asked.params.get("orderBy") == "-created" else issue.comments
        page = self._shower.comments(issue, found, start=start, most=most)
        if "properties" in asked.words("expand"):
            shown = found[start : start + most]
            page["comments"] = [self._shower.comment(issue, one, is_with_properties=True) for one in shown]
        return Answer(200, page)

    def _comment(self, asked: Asked, id_or_key: str) -> Answer:
        issue = self._allowed(asked, id_or_key, Permission.COMMENT, "comment on")
        body = mapping(asked.body)
        properties = pairs(body.get("properties"))
        made = self._writer.comment(issue, asked.user, self._text(body), properties)
        return Answer(201, self._shower.comment(issue, made, is_with_properties=bool(properties)))

    def _text(self, body: dict[str, Any]) -> Any:
        if not body.get("body"):
            raise refused(400, comment="Comment body can not be empty!")
        try:
            return self._fields.body(body["body"])
        except BadValue as bad:
            message = "Comment body is not valid!" if self._world.kind is JiraKind.CLOUD else str(bad)
            raise refused(400, comment=message) from None

    def _one_comment(self, asked: Asked, id_or_key: str, number: str) -> Answer:
        issue = self._world.visible(asked.user, id_or_key)
        return Answer(200, self._shower.comment(issue, self._found(issue, number)))

    def _change_comment(self, asked: Asked, id_or_key: str, number: str) -> Answer:
        issue = self._allowed(asked, id_or_key, Permission.COMMENT, "comment on")
        one, text = self._found(issue, number), self._text(mapping(asked.body))
        one.body, one.updated = text, self._world.now
        issue.updated = one.updated
        self._world.index(issue)
        self._world.tell("comment_updated", issue, asked.user, comment=one)
        return Answer(200, self._shower.comment(issue, one))

    def _delete_comment(self, asked: Asked, id_or_key: str, number: str) -> Answer:
        issue = self._allowed(asked, id_or_key, Permission.COMMENT, "comment on")
        one = self._found(issue, number)
        issue.comments.remove(one)
        self._world.tell("comment_deleted", issue, asked.user, comment=one)
        return Answer(204)

    def _found(self, issue: Issue, number: str) -> Comment:
        for one in issue.comments:
            if one.id == number:
                return one
        raise refused(404, f"Can not find a comment for the id: {number}.")

    # Properties

    def _property_keys(self, asked: Asked, id_or_key: str) -> Answer:
        issue = self._world.visible(asked.user, id_or_key)
        link = self._shower.link(f"/issue/{issue.key}/properties")
        return Answer(200, {"keys": [{"key": key, "self": f"{link}/{key}"} for key in issue.properties]})

    def _property(self, asked: Asked, id_or_key: str, key: str) -> Answer:
        issue = self._world.visible(asked.user, id_or_key)
        if key not in issue.properties:
            raise refused(404, f"The property {key} does not exist.")
        return Answer(200, {"key": key, "value": issue.properties[key]})

    def _set_property(self, asked: Asked, id_or_key: str, key: str) -> Answer:
        issue = self._allowed(asked, id_or_key, Permission.EDIT, "edit")
        if asked.body is None or len(key) > _LONGEST_KEY or len(str(asked.body)) > _MOST_BYTES:
            raise refused(400, "The property's key or value is not valid.")
        is_new = key not in issue.properties
        issue.properties[key] = asked.body
        return Answer(201 if is_new else 200, {})

    def _delete_property(self, asked: Asked, id_or_key: str, key: str) -> Answer:
        issue = self._allowed(asked, id_or_key, Permission.EDIT, "edit")
        if issue.properties.pop(key, None) is None:
            raise refused(404, f"The property {key} does not exist.")
        return Answer(204)

    # Remote links

    def _remote_links(self, asked: Asked, id_or_key: str) -> Answer:
        issue = self._world.visible(asked.user, id_or_key)
        wanted = asked.params.get("globalId")
        if wanted is None:
            return Answer(200, issue.remote_links)
        for one in issue.remote_links:
            if one.get("globalId") == wanted:
                return Answer(200, one)
        raise refused(404, "No remote link with that global id.")

    def _remote_link(self, asked: Asked, id_or_key: str) -> Answer:
        issue = self._allowed(asked, id_or_key, Permission.LINK, "link")
        body = mapping(asked.body)
        what = body.get("object")
        if not isinstance(what, dict) or not what.get("title") or not what.get("url"):
            raise refused(400, title="'title' is required.", url="'url' is required.")
        name = body.get("globalId")
        if name is not None and (not isinstance(name, str) or len(name) > _LONGEST_KEY):
            raise refused(400, globalId=f"'globalId' must be at most {_LONGEST_KEY} characters long.")
        kept = {one: body[one] for one in ("globalId", "application", "relationship", "object") if one in body}
        old = next((one for one in issue.remote_links if name and one.get("globalId") == name), None)
        number = old["id"] if old else int(self._world.number("remote link"))
        link = self._shower.link(f"/issue/{issue.key}/remotelink/{number}")
        made = {"id": number, "self": link} | kept
        issue.remote_links = [one for one in issue.remote_links if one is not old] + [made]
        if old is None:
            self._world.record(issue, asked.user, [("RemoteIssueLink", None, None, str(number), what["title"])])
        return Answer(200 if old else 201, {"id": number, "self": link})

    def _delete_remote_link(self, asked: Asked, id_or_key: str) -> Answer:
        issue = self._allowed(asked, id_or_key, Permission.LINK, "link")
        kept = [one for one in issue.remote_links if one.get("globalId") != asked.params.get("globalId")]
        if len(kept) == len(issue.remote_links):
            raise refused(404, "No remote link with that global id.")
        issue.remote_links = kept
        return Answer(204)

    # Links

    def _link_types(self, _asked: Asked) -> Answer:
        return Answer(200, {"issueLinkTypes": [self._shower.link_type(one[1]) for one in self._world.link_types]})

    def _link(self, asked: Asked) -> Answer:
        body = mapping(asked.body)
        known_only(body, "type", "inwardIssue", "outwardIssue", "comment")
        name = self._link_type(mapping(body.get("type")))
        inward, outward = (self._named(asked, body.get(side)) for side in ("inwardIssue", "outwardIssue"))
        if not self._world.may(asked.user, outward.project, Permission.LINK):
            raise refused(404, f"No Link Issue Permission for issue '{outward.key}'")
        if inward is outward:
            raise refused(400, "You cannot link an issue to itself.")
        if any(link[1:] == (name, inward.id, outward.id) for link in inward.links):
            return Answer(201)
        link = (self._world.number("link"), name, inward.id, outward.id)
        for issue, other in ((inward, outward), (outward, inward)):
            issue.links = [*issue.links, link]
            self._world.record(issue, asked.user, [("Link", None, None, other.key, f"{name}: {other.key}")])
        return Answer(201)

    def _link_type(self, given: dict[str, Any]) -> str:
        for id_, name, _, _ in self._world.link_types:
            if given.get("id") == id_ or str(given.get("name", "")).casefold() == name.casefold():
                return name
        raise refused(404, f"No issue link type with name '{given.get('name', given.get('id'))}' found.")

    def _named(self, asked: Asked, given: Any) -> Issue:
        named = mapping(given)
        return self._world.visible(asked.user, str(named.get("id", named.get("key", ""))))

    def _allowed(self, asked: Asked, id_or_key: str, permission: Permission, verb: str) -> Issue:
        issue = self._world.visible(asked.user, id_or_key)
        if not self._world.may(asked.user, issue.project, permission):
            raise refused(403, f"You do not have the permission to {verb} this issue.")
        return issue
