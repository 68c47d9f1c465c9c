"""The tickets' part of `hubposture demo`: made, as the team sees one, closed by a fix, closed by hand and opened again."""

import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Protocol

import click

from hubposture.cli.notify import told as told_teams
from hubposture.cli.output import show
from hubposture.cli.sync import synced
from hubposture.cli.ticketing import synced_tickets, ticket_store
from hubposture.render.plain_body import plain
from hubposture.verbs.ticket_check import check_trackers
from hubposture.verbs.ticket_verify import verify
from hubposture.verbs.tickets import Synced, look
from hubposture.views import notify as notify_view
from hubposture.views import tickets as view
from hubposture.views.document import Document, counted
from hubposture.views.tickets_parts import DID
from hubposture.wiring import Connection, Remotes, connect, open_store, workplace
from hubposture.wiring.slack import Ways, slack_acts
from hubposture.work.action import Action, Kind
from hubposture.work.subject import Standing, Subject
from hubposture.work.ticket import State, Ticket

_ROWS = 6
_BLOCKS = 12
_SHOWN = 3_000
"""Characters of a ticket's text that are shown."""
_KIM = "kim@acme.example"
_LOOKS, _LOOK_SECONDS = 100, 0.1
_MANY = 10
"""A ticket with more resources is long to read."""


class Hands(Protocol):
    """What is done to the emulated organization."""

    def tick(self, days: int) -> None:
        """Let days pass."""

    def fix_resource(self, resource: str, control: str, *, account: str, region: str) -> list[str]:
        """Change a resource so that a control passes."""


@dataclass
class _Story:
    connection: Connection
    hands: Hands
    remotes: Remotes
    number: int
    say: Callable[[str, str], None]

    def chapter(self, heading: str, text: str = "") -> None:
        self.say(f"{self.number}. {heading}", text)
        self.number += 1


def story(connection: Connection, hands: Hands, remotes: Remotes, number: int, say: Callable[[str, str], None]) -> int:
    """Tell it from chapter `number` on, as a team would live it; gives the number of the next chapter."""
    told = _Story(_with_teams(connection, remotes), hands, remotes, number, say)
    _made(told)
    _seen(told)
    _fixed(told)
    _by_hand(told)
    _messages(told)
    _verified(told)
    return told.number


def _with_teams(connection: Connection, remotes: Remotes) -> Connection:
    """The baseline with its teams, committed."""
    at = connection.workplace
    root = at.repository.root
    at.repository.write({at.settings.files.teams: remotes.teams.encode()})
    person = ("-c", "user.name=hubposture demo", "-c", "user.email=demo@example.com", "-c", "commit.gpgsign=false")
    for arguments in (("add", "."), (*person, "commit", "-q", "-m", "Teams")):
        subprocess.run(["git", *arguments], cwd=root, check=True)  # noqa: S603, S607 (git, with fixed arguments)
    return connect(workplace(root, surroundings=at.surroundings), connection.name)


def _made(told: _Story) -> None:
    connection = told.connection
    told.chapter(
        "Tickets (hubposture tickets check, plan, sync)",
        "teams.yaml says who owns what and in which Jira project it is fixed. Jira is emulated as well.",
    )
    with ticket_store(connection) as (store, means), store.reader.snapshot() as snapshot:
        doubts = check_trackers(means, [])
        places = sorted({(one.tracker, one.place) for one in means.routes.values()})
        planned = look(means, snapshot)
    show(view.check_document(connection.name, doubts, places=places, failures=()), "text")
    click.echo()
    document = view.plan_document(connection.name, planned.plan, exceeded=planned.exceeded, failures=(), limit=_ROWS)
    show(document, "text")
    click.echo()
    _sync(told)


def _sync(told: _Story) -> Synced:
    done = synced_tickets(told.connection)
    document = view.sync_document(told.connection.name, view.sync_row(done), limit=_ROWS)
    show(Document(document.title, document.blocks, document.data), "text")
    return done


def _seen(told: _Story) -> None:
    """One ticket as the team reads it."""
    with ticket_store(told.connection) as (store, means), store.reader.snapshot() as snapshot:
        tickets = _open(means.ledger.tickets(told.connection.name))
        subjects = {one.subject: one for one in snapshot.work({m.subject for t in tickets for m in t.members})}
        ticket = max(tickets, key=lambda one: (1 < len(one.members) <= _MANY, len(one.members), one.key))
        draft = means.words.draft(ticket, subjects)
    issue = told.remotes.jira.issue(ticket.shown)
    fields = issue["fields"]
    told.chapter(f"{ticket.shown} as the team reads it in Jira")
    click.echo(f"  {fields['summary']}")
    click.echo(f"  {fields['status']['name']}, priority {fields['priority']['name']}, due {fields['duedate']}, "
               f"labels {', '.join(fields['labels'])}\n")  # fmt: skip
    click.echo("\n".join(f"  {line}".rstrip() for line in plain(draft.body, most=_SHOWN).splitlines()))


def _open(tickets: Sequence[Ticket]) -> list[Ticket]:
    return [one for one in tickets if one.state is State.OPEN and one.id]


def _fixed(told: _Story) -> None:
    """A team mends what is in one of its tickets; the check says so, and the ticket closes."""
    ticket, fixed = _mended(told)
    told.chapter(
        f"Fixed: {ticket.shown}",
        f"The team mended {counted(len(fixed), 'resource')} and touched nothing in Jira. The checks look again, and then:",
    )
    told.hands.tick(1)
    synced(told.connection, "api", sweep=True)
    _sync(told)
    _comments(told, ticket)


def _mended(told: _Story) -> tuple[Ticket, Sequence[Subject]]:
    """A ticket whose failing resources the sandbox can mend, after that was done."""
    with ticket_store(told.connection) as (store, means), store.reader.snapshot() as snapshot:
        tickets = _open(means.ledger.tickets(told.connection.name))
        known = {one.subject: one for one in snapshot.work({m.subject for t in tickets for m in t.members})}
    for ticket in sorted(tickets, key=lambda one: (len(one.members), one.key)):
        failing = [known[one.subject] for one in ticket.members if _fails(known, one.subject)]
        if failing and _mend(told.hands, failing):
            return ticket, failing
    raise AssertionError("the sandbox always has a resource that can be mended")


def _fails(known: Mapping[str, Subject], name: str) -> bool:
    return name in known and known[name].standing is Standing.FAILING


def _mend(hands: Hands, failing: Sequence[Subject]) -> bool:
    try:
        for one in failing:
            hands.fix_resource(one.resource, one.shown, account=one.account, region=one.region)
    except ValueError:  # a control that this sandbox does not judge by its resources
        return False
    return True


def _by_hand(told: _Story) -> None:
    """Somebody closes a ticket although its check fails."""
    with ticket_store(told.connection) as (_, means):
        ticket = next(one for one in _open(means.ledger.tickets(told.connection.name)) if one.route.place == "SHOP")
    told.remotes.jira.person("kim").close(ticket.shown, "Done")
    told.chapter(
        f"Closed by hand: {ticket.shown}",
        "Kim closed it, and nothing was mended. For a day the check is given time to look again; then it says so.",
    )
    synced_tickets(told.connection)
    told.hands.tick(2)
    synced(told.connection, "api", sweep=True)
    done = synced_tickets(told.connection)
    reopened = [one for one in done.written.done if one.kind is Kind.REOPEN and one.after.key == ticket.key]
    for one in reopened:
        click.echo(_line(one))
    _comments(told, ticket)


def _line(action: Action) -> str:
    return f"  {DID[action.kind]} {action.after.shown}: {action.reason}"


def _comments(told: _Story, ticket: Ticket) -> None:
    """The newest comment of a ticket, as its readers see it."""
    issue = told.remotes.jira.issues[ticket.id]
    status = told.remotes.jira.issue(ticket.shown)["fields"]["status"]["name"]
    click.echo(f"\n  {ticket.shown} is {status} now. Its last comment:")
    if issue.comments:
        for line in _words(issue.comments[-1].body).splitlines():
            click.echo(f"    {line}".rstrip())


def _words(node: object) -> str:
    """The words of a document of Jira."""
    if not isinstance(node, Mapping):
        return ""
    if node.get("type") == "text":
        return str(node.get("text", ""))
    inside = [_words(one) for one in node.get("content", ())]
    joined = "\n" if node.get("type") in ("doc", "bulletList", "table") else ""
    if node.get("type") == "tableRow":
        joined = "  "
    return joined.join(inside)


def _messages(told: _Story) -> None:
    """What the teams are told in Slack."""
    told.chapter("Told in Slack, each once (hubposture notify)")
    done = told_teams(told.connection)
    show(notify_view.document(told.connection.name, done, most=_ROWS), "text")
    posts = [(one.name, post) for one in told.remotes.workspace.channels.values() for post in one.posts]
    digests = [one for one in posts if "obligations" in one[1].text] or posts
    if digests:
        channel, post = digests[0]
        click.echo(f"\n  In #{channel}, as Slack has it:\n")
        for block in post.blocks[:_BLOCKS]:
            for line in _block_words(block).splitlines():
                click.echo(f"    {line}".rstrip())
    _pressed(told)


def _pressed(told: _Story) -> None:
    """Somebody of a team presses a button, over a WebSocket as from Slack; the message says so then."""
    if find_spec("websockets") is None:
        return
    connection, slack = told.connection, told.remotes.slack
    offering = [one for one in told.remotes.workspace.channels.values() if one.posts and _offers(one.posts[-1].blocks)]
    if not offering:
        return
    name = offering[0].name
    click.echo(f"\n  {_KIM} presses Acknowledge there (hubposture listen --slack):\n")
    ways = Ways(socket=True, signed=False, tell=lambda text: click.echo(f"    {text}", err=True), sync=None)
    at = connection.workplace
    with at.ledger() as ledger, open_store(at, connection.name, ledger) as store, slack_acts(connection, store, ways):
        slack.hands.press(name, "acknowledge", _KIM)
        for _ in range(_LOOKS):
            if not ledger.acts(connection.name):
                break
            time.sleep(_LOOK_SECONDS)
    for block in offering[0].posts[-1].blocks:
        if block.get("type") in ("context", "actions"):
            click.echo(f"    {_block_words(block)}")


def _offers(blocks: Sequence[Mapping[str, object]]) -> bool:
    return any("hubposture.acknowledge" in str(one) for one in blocks if one.get("type") == "actions")


def _block_words(block: Mapping[str, object]) -> str:
    """The words of a block of Slack."""
    if block.get("type") == "actions":
        return " ".join(f"[{_label(one)}]" for one in _inside(block, "elements"))
    text = block.get("text")
    found = [str(text.get("text", ""))] if isinstance(text, Mapping) else []
    for name in ("fields", "elements"):
        found += [str(one.get("text", "")) for one in _inside(block, name)]
    return "\n".join(found)


def _inside(block: Mapping[str, object], name: str) -> list[Mapping[str, object]]:
    inside = block.get(name)
    return [one for one in inside if isinstance(one, Mapping)] if isinstance(inside, list) else []


def _label(element: Mapping[str, object]) -> str:
    """What a button or a list says."""
    words = element.get("text") or element.get("placeholder")
    return str(words.get("text", "")) if isinstance(words, Mapping) else ""


def _verified(told: _Story) -> None:
    told.chapter("What the tickets say against what the checks say (hubposture tickets verify)")
    with ticket_store(told.connection) as (store, means), store.reader.snapshot() as snapshot:
        found = verify(means, snapshot)
    document = view.verify_document(
        told.connection.name, found.disagreements, tickets=found.tickets, subjects=found.subjects,
        failures=found.failures, limit=_ROWS,
    )  # fmt: skip
    show(document, "text")
