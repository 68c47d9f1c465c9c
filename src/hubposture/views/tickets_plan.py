"""What syncing tickets would do: counts, every action with its reason, what waits and why."""

from collections import Counter
from collections.abc import Iterator, Sequence

from hubposture.reconcile.guard import Exceeded
from hubposture.views.document import Block, Cell, Code, Document, Heading, Lines, Text, Tone, counted
from hubposture.views.tickets_parts import (
    DOES,
    actions_table,
    answers,
    by_kind,
    failure_data,
    guard_data,
    guards,
    held,
    nothing_to_do,
    plan_data,
    unread,
)
from hubposture.views.tickets_rows import Failed
from hubposture.work.action import Action, Kind, TicketPlan


def plan_document(
    organization: str,
    plan: TicketPlan,
    *,
    exceeded: Sequence[Exceeded] = (),
    failures: Sequence[Failed] = (),
    limit: int = 20,
    saved: str = "",
) -> Document:
    """What would be done, and what waits and why; at most `limit` rows a table. `saved` is the file that has the plan."""
    blocks: list[Block] = [Lines(list(_planned(plan, failures)))]
    blocks += guards(exceeded)
    blocks += by_kind(plan.actions)
    if plan.actions:
        blocks += [Heading("To do"), actions_table(plan.actions, limit)]
    blocks += held(plan.held, limit)
    blocks += answers(plan.answers, limit, heading="Answers of people")
    blocks += unread(failures, limit)
    if plan.actions:
        blocks.append(Code(f"hubposture tickets sync {saved}".rstrip()))
    data = {
        **plan_data(organization, plan),
        "guards": [guard_data(one) for one in exceeded],
        "failures": [failure_data(one) for one in failures],
    }
    return Document(f"What syncing tickets would do in {organization}", blocks, data)


def _planned(plan: TicketPlan, failures: Sequence[Failed]) -> Iterator[Cell]:
    if plan.actions:
        yield Text(f"{counted(len(plan.actions), 'action')}: {_counts(plan.actions, DOES)}", Tone.STRONG)
    elif failures:
        yield Text("Nothing to do by what could be read.", Tone.WARN)
    else:
        yield nothing_to_do(plan)
    if plan.unchanged:
        yield f"{counted(plan.unchanged, 'ticket')} {'stays as it is' if plan.unchanged == 1 else 'stay as they are'}"
    if failures:
        yield Text(f"{counted(len(failures), 'thing')} could not be read: see below.", Tone.BAD)


def _counts(actions: Sequence[Action], words: dict[Kind, str]) -> str:
    found = Counter(one.kind for one in actions)
    return ", ".join(f"{found[kind]:,} to {words[kind]}" for kind in Kind if found[kind])
