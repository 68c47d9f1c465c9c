"""Pages of changes: proposals with their plans, withdrawn by who made them; applies with their results."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import Query, Request
from fastapi.responses import Response

from hubposture.access.actions import Action
from hubposture.access.decision import NotAllowed
from hubposture.access.things import Account, Thing, Unit
from hubposture.errors import HubpostureError
from hubposture.filters import EVERYTHING
from hubposture.ports.proposals import Proposal
from hubposture.verbs.control_proposals import Standing, standings, withdraw, words_of
from hubposture.verbs.control_propose import push_again
from hubposture.verbs.control_reach import OU
from hubposture.verbs.run_rows import Sight, one_run, run_rows
from hubposture.views import diff as diff_view
from hubposture.views.control_plan import from_data
from hubposture.views.document import Document
from hubposture.views.pages import changes, runs
from hubposture.views.pages.parts import Page
from hubposture.views.proposals import branch_address
from hubposture.web.posted import Posted, done
from hubposture.web.told import Absent, Route, page_of_now
from hubposture.web.visit import Visit, visiting
from hubposture.wiring import look_means, naive, packaged_catalog, propose_means

_ACCOUNTS = "SELECT account, shown FROM accounts ORDER BY account"

State = Annotated[str, Query(max_length=20)]
From = Annotated[int, Query(alias="from", ge=0, le=10_000_000)]


# --- proposals -------------------------------------------------------------------------------------------------------


def seen_standings(visit: Visit, found: Sequence[Proposal]) -> Sequence[Standing]:
    """How those proposals stand that the caller may see: their own, and those of places that they see all of."""
    return standings(look_means(visit.place), [one for one in found if _sees(visit, one)])


def _sees(visit: Visit, one: Proposal) -> bool:
    if visit.rules is None or one.by == visit.caller.name:
        return True
    places: list[Thing] = [Unit(name) if kind == OU else Account(name) for kind, name in one.places]
    return visit.may(Action.VIEW, places)


def _changes(request: Request) -> Response:
    def make(visit: Visit) -> Page:
        found = visit.desk.store.ledger.proposals(visit.desk.name)
        return changes.page([_shown(visit, one) for one in seen_standings(visit, found)])

    return page_of_now(request, make)


def _shown(visit: Visit, found: Standing) -> changes.Change:
    one = found.proposal
    plan = from_data(one.plan)
    return changes.Change(
        id=one.id, title=one.title, control=plan.control if plan is not None else packaged_catalog().shown(one.control),  # type: ignore[arg-type]
        why=one.why, by=one.by, at=one.at, branch=one.branch, commit=found.commit, state=found.state, state_why=found.why,
        pushed_to=one.pushed_to, trouble=one.trouble, address=_address(visit, one), plan=plan,
    )  # fmt: skip


def _address(visit: Visit, one: Proposal) -> str:
    forge = visit.place.settings.waivers.forge
    return branch_address(forge.kind.value, forge.url, forge.repository, one.branch) if one.pushed_to else ""


def proposal_of(visit: Visit, name: str) -> Proposal:
    """A proposal that the caller may see. Raises Absent."""
    one = visit.desk.store.ledger.proposal(visit.desk.name, name)
    if one is None or not _sees(visit, one):
        raise Absent(f"There is no proposal {name}.")
    return one


def _change(request: Request, name: str) -> Response:
    def make(visit: Visit) -> Page:
        one = proposal_of(visit, name)
        (found,) = standings(look_means(visit.place), [one])
        may_push = bool(visit.place.settings.controls.remote) and one.by == visit.caller.name
        return changes.one_page(
            _shown(visit, found), _cells(visit, found), is_mine=one.by == visit.caller.name, may_push=may_push
        )

    return page_of_now(request, make)


def _cells(visit: Visit, found: Standing) -> Document | None:
    if not found.commit:
        return None
    try:
        cells = words_of(look_means(visit.place), packaged_catalog(), found)
    except HubpostureError:
        return None
    one = found.proposal
    return diff_view.document(cells, old=one.base[:12], new=found.commit[:12]) if cells is not None else None


def proposal_to_change(visit: Visit, name: str) -> Proposal:
    """A proposal for somebody who does something about it. Raises NotAllowed for a token that is not for proposing."""
    if not visit.caller.may_use(Action.PROPOSE_CONTROL_CHANGE):
        raise NotAllowed(f"this token is not for {Action.PROPOSE_CONTROL_CHANGE}")
    return proposal_of(visit, name)


def _withdraw(request: Request, name: str, fields: Posted) -> Response:
    del fields
    with visiting(request) as visit:
        one = proposal_to_change(visit, name)
        at = naive(visit.place.surroundings.now())
        said = withdraw(
            look_means(visit.place), visit.desk.store.ledger, name,
            organization=visit.desk.name, by=visit.caller.name, at=at,
        )  # fmt: skip
        return done(visit.caller, changes.change_href(one.id), f"{one.title} is withdrawn. {said}")


def _push(request: Request, name: str, fields: Posted) -> Response:
    del fields
    with visiting(request) as visit:
        one = proposal_to_change(visit, name)
        if one.by != visit.caller.name:
            raise Absent(f"{one.title} was proposed by {one.by}; only they push it from here.")
        found = push_again(propose_means(visit.place), visit.desk.store.ledger, one)
        said = found.trouble or f"It is pushed to {found.pushed_to}."
        return done(visit.caller, changes.change_href(one.id), said)


# --- runs ------------------------------------------------------------------------------------------------------------


def sight_of(visit: Visit) -> Sight:
    """Accounts whose changes the caller may see: all for who sees everything."""
    names = dict(visit.snapshot.execute(_ACCOUNTS, {}))
    if visit.rules is None or visit.snapshot.within == EVERYTHING:
        return Sight(visit.desk.name, None, names)
    decided = visit.rules.all_allowed(visit.caller.person, Action.VIEW, [Account(one) for one in names])
    seen = {account for account, one in zip(names, decided, strict=True) if one.is_allowed}
    return Sight(visit.desk.name, seen, names)


def _runs(request: Request) -> Response:
    def make(visit: Visit) -> Page:
        sight = sight_of(visit)
        return runs.page(run_rows(visit.desk.store.ledger, sight), is_part=sight.accounts is not None)

    return page_of_now(request, make)


def _run(request: Request, run: str, state: State = "", offset: From = 0) -> Response:
    def make(visit: Visit) -> Page:
        found = one_run(visit.desk.store.ledger, sight_of(visit), run, state=state, offset=offset)
        if found is None:
            raise Absent(f"The ledger knows no apply {run}.")
        return runs.one_page(found)

    return page_of_now(request, make)


ROUTES: Sequence[Route] = (
    ("/changes", _changes),
    ("/changes/runs", _runs),
    ("/changes/runs/{run}", _run),
    ("/changes/{name}", _change),
)
ACTS: Sequence[Route] = (("/changes/{name}/withdraw", _withdraw), ("/changes/{name}/push", _push))
