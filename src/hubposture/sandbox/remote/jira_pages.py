"""Pages of an emulated Jira for people: the list of issues, an issue as it reads, and buttons that people would press."""

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any
from urllib.parse import parse_qsl

from hubposture.sandbox.remote.jira import Jira
from hubposture.sandbox.remote.jira_answers import Answer
from hubposture.sandbox.remote.jira_model import Category, Issue

WHO = "kim"
"""Whose hands press the buttons."""
_MOST = 500
_FOUND, _SEE_OTHER, _MISSING = 200, 303, 404
_STYLE = """
body{font:16px/1.5 system-ui,sans-serif;max-width:62rem;margin:2rem auto;padding:0 1rem;color:#172b4d;background:#fff}
a{color:#0052cc}table{border-collapse:collapse;margin:.75rem 0;display:block;overflow-x:auto}
th,td{border:1px solid #c1c7d0;padding:.3rem .6rem;text-align:left;vertical-align:top}
code{font-family:ui-monospace,monospace;font-size:.9em;overflow-wrap:anywhere}
.is{display:inline-block;padding:.1rem .5rem;border-radius:.25rem;background:#dfe1e6;font-weight:600}
.done{background:#c6edd8}.note{color:#5e6c84}form{display:inline}button{font:inherit;margin-right:.5rem}
section{border-top:1px solid #dfe1e6;margin-top:1.5rem}
@media(prefers-color-scheme:dark){body{color:#e6e9ef;background:#1d2125}a{color:#79b8ff}.is{background:#44546f}
.done{background:#216e4e}.note{color:#9fadbc}th,td,section{border-color:#44546f}}
"""
_MARKS = {"strong": "strong", "code": "code", "em": "em"}
_NODES = {
    "paragraph": "p", "bulletList": "ul", "orderedList": "ol", "listItem": "li", "table": "table", "tableRow": "tr",
    "tableHeader": "th", "tableCell": "td", "blockquote": "blockquote", "panel": "div", "codeBlock": "pre",
}  # fmt: skip


def page_for(jira: Jira, method: str, path: str, content: bytes) -> Answer | None:
    """The page of a path, or what pressing a button on it does; None for paths of the API."""
    if path == "/" and method == "GET":
        with jira.lock:
            return Answer(_FOUND, _page("Emulated Jira", "".join(_list(jira))))
    if not path.startswith("/browse/"):
        return None
    key = path.removeprefix("/browse/")
    if method == "POST":
        _press(jira, key, dict(parse_qsl(content.decode("utf-8", "replace"))).get("do", ""))
        return Answer(_SEE_OTHER, None, {"location": path})
    with jira.lock:
        issue = jira.find(key)
        if issue is None:
            return Answer(_MISSING, _page("Not found", "<h1>There is no such issue</h1>"))
        return Answer(_FOUND, _page(f"{issue.key}", "".join(_issue(jira, issue))))


def _press(jira: Jira, key: str, what: str) -> None:
    person = jira.person(WHO)
    try:
        match what:
            case "close":
                person.close(key)
            case "wont":
                person.close(key, "Won't Do")
            case "reopen":
                person.reopen(key)
            case "not-mine":
                issue = jira.find(key)
                person.label(key, *(issue.fields.get("labels") or () if issue else ()), "not-mine")
    except LookupError:
        return  # there is no way there, and the page shows that nothing changed


def _page(title: str, inside: str) -> str:
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{_STYLE}</style></head>'
        f'<body><p class="note">An emulated Jira, not verified against a real one. <a href="/">All issues</a></p>'
        f"<main>{inside}</main></body></html>"
    )


def _list(jira: Jira) -> Iterator[str]:
    yield "<h1>Issues</h1><table><tr><th>Issue</th><th>Status</th><th>Summary</th><th>Due</th></tr>"
    issues = sorted(jira.issues.values(), key=lambda one: (one.key.rpartition("-")[0], len(one.key), one.key))
    for one in issues[:_MOST]:
        yield (
            f'<tr><td><a href="/browse/{escape(one.key)}">{escape(one.key)}</a></td><td>{_status(jira, one)}</td>'
            f"<td>{escape(str(one.fields.get('summary', '')))}</td><td>{escape(str(one.fields.get('duedate') or ''))}</td></tr>"
        )
    yield "</table>"


def _status(jira: Jira, issue: Issue) -> str:
    is_done = jira.statuses[issue.status].category is Category.DONE
    return f'<span class="is{" done" if is_done else ""}">{escape(issue.status)}</span>'


def _issue(jira: Jira, issue: Issue) -> Iterator[str]:
    fields = issue.fields
    priority = jira.priorities.get(str(fields.get("priority")), "")
    yield f"<h1>{escape(issue.key)}: {escape(str(fields.get('summary', '')))}</h1><p>{_status(jira, issue)}"
    for name, value in (("Priority", priority), ("Due", fields.get("duedate") or "none")):
        yield f" {name}: <b>{escape(str(value))}</b>"
    yield f" Labels: <b>{escape(', '.join(map(str, fields.get('labels') or ())) or 'none')}</b></p>"
    yield f'<form method="post">As {WHO}: '
    for what, words in (
        ("close", "Close"),
        ("wont", "Close as won't do"),
        ("reopen", "Reopen"),
        ("not-mine", "Not mine"),
    ):
        yield f'<button name="do" value="{what}">{words}</button>'
    yield f"</form><section>{_text(fields.get('description'))}</section>"
    for one in issue.comments:
        name = jira.users[one.author].display_name if one.author in jira.users else one.author
        yield f'<section><p class="note">{escape(name)}, {one.created:%Y-%m-%d %H:%M} UTC</p>{_text(one.body)}</section>'


def _text(body: Any) -> str:
    """A document of Jira, or wiki text as it stands."""
    if isinstance(body, Mapping):
        return "".join(_nodes(body.get("content")))
    return f"<pre>{escape(str(body or ''))}</pre>"


def _nodes(content: Any) -> Iterator[str]:
    for node in content if isinstance(content, list | tuple) else ():
        if not isinstance(node, Mapping):
            continue
        kind, inside = str(node.get("type")), "".join(_nodes(node.get("content")))
        if kind == "text":
            yield _marked(node)
        elif kind == "hardBreak":
            yield "<br>"
        elif kind == "rule":
            yield "<hr>"
        elif kind == "heading":
            yield f"<h2>{inside}</h2>"
        else:
            tag = _NODES.get(kind, "div")
            yield f"<{tag}>{inside}</{tag}>"


def _marked(node: Mapping[str, Any]) -> str:
    words = escape(str(node.get("text", "")))
    for mark in node.get("marks") or ():
        kind = mark.get("type")
        if kind == "link":
            url = str((mark.get("attrs") or {}).get("href", ""))
            words = (
                f'<a href="{escape(url)}" rel="noreferrer">{words}</a>'
                if url.startswith(("https://", "http://"))
                else words
            )
        elif kind in _MARKS:
            words = f"<{_MARKS[kind]}>{words}</{_MARKS[kind]}>"
    return words
