"""Operations: proposed changes of controls, applies, the inbox, explanations, writes past hubposture, histories, tokens."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from fastapi import Query, Request
from fastapi.responses import Response
from pydantic import Field

from hubposture.access.actions import Action
from hubposture.errors import InputErrors, Problem
from hubposture.model.controls import control_id
from hubposture.timeline.resource import resource_of
from hubposture.verbs.control_inbox import inbox
from hubposture.verbs.control_proposals import Standing, standings, withdraw
from hubposture.verbs.control_propose import Wanted, propose
from hubposture.verbs.control_reach import things
from hubposture.verbs.explain_of_version import explain_of_version
from hubposture.verbs.resource_past import ask_past
from hubposture.verbs.run_rows import one_run, run_rows
from hubposture.web.api import change_models as told
from hubposture.web.api.acting import Believed, done
from hubposture.web.api.kinds import Asked
from hubposture.web.api.overview import stamp
from hubposture.web.api.reading import Operation, of_now
from hubposture.web.changes import proposal_of, proposal_to_change, seen_standings, sight_of
from hubposture.web.controls import changed_to, ground_of, named
from hubposture.web.told import Absent
from hubposture.web.visit import Visit
from hubposture.wiring import draft_means, look_means, naive, outside_view, past_means, propose_means

_DAYS, _MOST = 30, 200
_OFFSET = 10_000_000


class Place(Asked):
    """Where."""

    account: Annotated[str, Field(max_length=64, description="The account's id.")]
    region: Annotated[str, Field(max_length=64)]


class Page(Asked):
    """A page of an apply's changes."""

    offset: Annotated[int, Field(ge=0, le=_OFFSET)] = 0


# Proposals


def changes(request: Request) -> Response:
    """Changes of controls that were proposed, with how git has them: your own, and those of places that you see."""

    def make(visit: Visit) -> told.Proposals:
        found = seen_standings(visit, visit.desk.store.ledger.proposals(visit.desk.name))
        return told.Proposals.model_validate(stamp(visit) | {"proposals": [_proposal(one) for one in found]})

    return of_now(request, make)


def change(request: Request, id: str) -> Response:  # noqa: A002 (the name of the parameter)
    """One proposed change."""
    return of_now(request, lambda visit: _whole(visit, id))


def _whole(visit: Visit, id_: str, left: str = "") -> told.ProposalWhole:
    (found,) = standings(look_means(visit.place), [proposal_of(visit, id_)])
    return told.ProposalWhole.model_validate(stamp(visit) | {"proposal": _proposal(found), "left": left})


def _proposal(found: Standing) -> Mapping[str, Any]:
    one = found.proposal
    kept = {name: getattr(one, name) for name in told.Proposal.model_fields if hasattr(one, name)}
    return kept | {"state": str(found.state), "state_why": found.why, "commit": found.commit}


def propose_change(request: Request, control: str, asked: told.NewProposal, believed: Believed) -> Response:
    """Propose a control's row: a commit on a branch of its own. Nothing is switched before that is merged and applied."""

    def make(visit: Visit) -> told.ProposalWhole:
        name = named(visit, control)
        found = changed_to(visit, name, _fields(asked))
        if found.draft.wrong or found.plan is None:
            raise InputErrors([Problem(f"body.{one.field}".rstrip("."), one.what) for one in found.draft.wrong])
        visit.demand(Action.PROPOSE_CONTROL_CHANGE, things(name, found.severity, found.places))
        wanted = Wanted(found.draft, found.places, found.severity, found.plan)
        ledger = visit.desk.store.ledger
        made = propose(propose_means(visit.place), ledger, wanted, organization=visit.desk.name, by=visit.caller.name)
        return _whole(visit, made.id, made.trouble)

    return done(request, believed, make, status=201)


def _fields(asked: told.NewProposal) -> Mapping[str, str]:
    """The same as the fields of the form: one OU or account a line."""
    values = asked.model_dump()
    return {name: value if isinstance(value, str) else "\n".join(value) for name, value in values.items()}


def withdraw_change(request: Request, id: str, believed: Believed) -> Response:  # noqa: A002
    """Withdraw a proposal of yours."""

    def make(visit: Visit) -> told.ProposalWhole:
        one = proposal_to_change(visit, id)
        at = naive(visit.place.surroundings.now())
        left = withdraw(
            look_means(visit.place), visit.desk.store.ledger, one.id, organization=visit.desk.name,
            by=visit.caller.name, at=at,
        )  # fmt: skip
        return _whole(visit, one.id, left)

    return done(request, believed, make)


# Applies


def applies(request: Request) -> Response:
    """Runs that apply, with what came of them."""

    def make(visit: Visit) -> told.Applies:
        sight = sight_of(visit)
        rows = run_rows(visit.desk.store.ledger, sight)
        return told.Applies.model_validate(stamp(visit) | {"applies": rows, "is_part": sight.accounts is not None})

    return of_now(request, make)


def apply(request: Request, id: str, asked: Annotated[Page, Query()]) -> Response:  # noqa: A002
    """One run that applies, with its changes."""

    def make(visit: Visit) -> told.ApplyWhole:
        found = one_run(visit.desk.store.ledger, sight_of(visit), id, offset=asked.offset)
        if found is None:
            raise Absent("The ledger knows no such apply.")
        failures = [{"where": where, "what": what} for where, what in found.failures]
        values = {"apply": found.row, "failures": failures, "changes": found.changes, "offset": found.offset}
        more = {"has_more": found.has_more, "is_part": found.is_part}
        return told.ApplyWhole.model_validate(stamp(visit) | values | more)

    return of_now(request, make)


# Controls


def controls_inbox(request: Request) -> Response:
    """Controls that no row speaks of, each with the row that is proposed for it."""

    def make(visit: Visit) -> told.Inbox:
        means, days = draft_means(visit.place, visit.snapshot), visit.place.settings.controls.settling_days
        found = inbox(visit.snapshot, visit.place.matrix(), means.catalog, settling_days=days)
        return told.Inbox.model_validate(stamp(visit) | {"waiting": found})

    return of_now(request, make)


def explain(request: Request, control: str, asked: Annotated[Place, Query()]) -> Response:
    """Why a control is on or off in one account and Region: the deciding row and why it won, and what is on now."""

    def make(visit: Visit) -> told.Explanation:
        name = control_id(control)
        found = explain_of_version(
            visit.desk.store.reader, ground_of(visit, name), visit.place.matrix(), control=name,
            account=asked.account, region=asked.region,
        )  # fmt: skip
        return told.Explanation.model_validate({name: getattr(found, name) for name in _EXPLAINED} | stamp(visit))

    return of_now(request, make)


_EXPLAINED = [name for name in told.Explanation.model_fields if name not in ("version", "at")]


# AWS


def outside(request: Request) -> Response:
    """Writes to Security Hub that did not come from hubposture, with who; nothing is asked of AWS now."""

    def make(visit: Visit) -> told.Outside:
        desk, at = visit.desk, visit.place
        since = at.surroundings.now() - dt.timedelta(days=_DAYS)
        found = outside_view(
            at, desk.name, desk.store.ledger, visit.snapshot, since=since, limit=_MOST, seen=sight_of(visit).accounts
        )
        unseen = [{"account": account, "region": region, "why": why} for account, region, why in found.unseen]
        values = {"writes": found.writes, "unapproved": found.unapproved, "unseen": unseen, "since": found.since}
        return told.Outside.model_validate(stamp(visit) | values)

    return of_now(request, make)


def ask_history(request: Request, subject: str, believed: Believed) -> Response:
    """Ask AWS Config and CloudTrail for the history of a finding's resource; what they said is kept."""

    def make(visit: Visit) -> told.Past:
        found = visit.snapshot.item(subject)
        if found is None:
            raise Absent(f"No finding is called so in version {visit.snapshot.number}.")
        means = past_means(visit.desk.connection(), visit.desk.store.ledger, at=visit.place)
        past = ask_past(means, resource_of(found.fields))
        values = {name: getattr(past, name) for name in ("asked_at", "asked_by", "since", "writes", "gaps")}
        return told.Past.model_validate(stamp(visit) | values | {"recorded": len(past.items)})

    return done(request, believed, make)


def tokens(request: Request) -> Response:
    """Your own tokens. They are made and revoked by people who signed in, on /me, and not by programs."""

    def make(visit: Visit) -> told.Tokens:
        found = visit.desk.store.ledger.tokens(visit.caller.name)
        kept = [{name: getattr(one, name) for name in told.Token.model_fields} for one in found]
        return told.Tokens.model_validate(stamp(visit) | {"tokens": kept})

    return of_now(request, make)


OPERATIONS: Sequence[Operation] = (
    Operation("GET", "/v1/controls/inbox", controls_inbox, told.Inbox, "Controls without a row", "Changes"),
    Operation(
        "GET", "/v1/controls/{control}/explanation", explain, told.Explanation, "Why a control is on or off", "Changes",
        asks=True,
    ),
    Operation(
        "POST", "/v1/controls/{control}/proposals", propose_change, told.ProposalWhole, "Propose a change", "Changes",
        status=201,
    ),
    Operation("GET", "/v1/changes", changes, told.Proposals, "Proposed changes", "Changes"),
    Operation("GET", "/v1/changes/{id}", change, told.ProposalWhole, "One proposed change", "Changes"),
    Operation(
        "POST", "/v1/changes/{id}/withdrawal", withdraw_change, told.ProposalWhole, "Withdraw a proposal", "Changes"
    ),
    Operation("GET", "/v1/applies", applies, told.Applies, "Applies", "Changes"),
    Operation("GET", "/v1/applies/{id}", apply, told.ApplyWhole, "One apply", "Changes", asks=True),
    Operation("GET", "/v1/outside", outside, told.Outside, "Writes past hubposture", "Changes"),
    Operation(
        "POST", "/v1/findings/{subject}/history", ask_history, told.Past, "Ask for a resource's history", "Findings"
    ),
    Operation("GET", "/v1/tokens", tokens, told.Tokens, "Your tokens", "Overview"),
)  # fmt: skip
