"""Pages of controls: one as it is lived, its explanation in one place, the inbox, and the form of a proposal."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Annotated

from fastapi import Query, Request
from fastapi.responses import Response

from hubposture.access.actions import Action
from hubposture.access.decision import NotAllowed
from hubposture.access.things import ROOT, Account, ControlAt, Thing, Unit
from hubposture.errors import HubpostureError, InputError, InputErrors
from hubposture.matrix.rows import Matrix, Parsed
from hubposture.model.controls import ControlId, control_id, is_control_id
from hubposture.verbs import control_form as form
from hubposture.verbs.control_change import Change, change
from hubposture.verbs.control_draft import Means, committed
from hubposture.verbs.control_effect import Ground
from hubposture.verbs.control_inbox import inbox
from hubposture.verbs.control_lived import Listing, lived, weeks_of, with_extras
from hubposture.verbs.control_proposals import Standing
from hubposture.verbs.control_propose import Wanted, propose
from hubposture.verbs.control_reach import things
from hubposture.verbs.explain_of_version import explain_of_version
from hubposture.verbs.of_control import of_control
from hubposture.views import explain as explained
from hubposture.views.document import Tone
from hubposture.views.pages import changes, control_form, control_inbox, control_lived, controls, links
from hubposture.views.pages.blocks import as_parts
from hubposture.views.pages.parts import Banner, Link, Links, Page, Part
from hubposture.views.proposals import State
from hubposture.views.trend import Week
from hubposture.web.changes import seen_standings
from hubposture.web.posted import Posted, done
from hubposture.web.told import Absent, Route, page_of_now, shown_page
from hubposture.web.visit import Visit, visiting
from hubposture.wiring import draft_means, ground_of_hub, ground_of_version, propose_means

_UNITS = "SELECT DISTINCT ou_path, ou FROM units ORDER BY ou_path, ou"
_INVALID, _FORBIDDEN = 422, 403
_MOST_OPEN = 20

Show = Annotated[str, Query(max_length=20)]
From = Annotated[int, Query(alias="from", ge=0, le=1_000_000)]
Place = Annotated[str, Query(max_length=64)]


# --- a control -------------------------------------------------------------------------------------------------------


def _control(request: Request, control: str, show: Show = "", offset: From = 0) -> Response:
    def make(visit: Visit) -> Page:
        name, snapshot = control_id(control), visit.snapshot
        found = of_control(snapshot, name)
        if found is None:
            raise Absent(f"No control {control} is known in version {snapshot.number}.")
        ground = ground_of(visit, name)
        parsed, trouble = _workbook(visit)
        told = lived(parsed, name, ground, listing=Listing(offset, is_drift_only=show == "drift"), trouble=trouble)
        told = with_extras(
            told, weeks=_weeks(visit, ground, name), may_propose=_may_propose(visit, name),
            proposals=[Link(one.proposal.title, changes.change_href(one.proposal.id)) for one in _open_ones(visit, name)],
        )  # fmt: skip
        return controls.one_page(found, at=snapshot.at, lived=control_lived.parts(told))

    return page_of_now(request, make)


def ground_of(visit: Visit, control: ControlId) -> Ground:
    """What is on in a version, for one control."""
    return ground_of_version(visit.place, visit.desk.name, visit.desk.store, visit.snapshot, control)


def _weeks(visit: Visit, ground: Ground, control: ControlId) -> Sequence[Week]:
    desk, snapshot = visit.desk, visit.snapshot
    key = f"weeks {control} {snapshot.within!r}"
    return desk.kept.get(snapshot.number, key, lambda: weeks_of(desk.store.reader, ground, control))


def _workbook(visit: Visit) -> tuple[Parsed | None, Sequence[str]]:
    """The workbook as it is now; None with everything that cannot be read in it."""
    try:
        found = visit.place.parsed()
    except InputErrors as error:
        return None, [str(one) for one in error.problems]
    except HubpostureError as error:
        return None, [str(error)]
    return (None, [str(one) for one in found.problems]) if found.problems else (found, ())


def _open_ones(visit: Visit, control: ControlId) -> Sequence[Standing]:
    found = [one for one in visit.desk.store.ledger.proposals(visit.desk.name) if one.control == control][:_MOST_OPEN]
    return [one for one in seen_standings(visit, found) if one.state is State.OPEN]


def _explain(request: Request, control: str, account: Place = "", region: Place = "") -> Response:
    def make(visit: Visit) -> Page:
        if not account or not region:
            raise InputError("An explanation is of one account and one Region: choose them on the page of the control.")
        name = control_id(control)
        ground = ground_of(visit, name)
        parsed, trouble = _workbook(visit)
        told = explain_of_version(
            visit.desk.store.reader, ground, parsed.matrix if parsed is not None else None,
            control=name, account=account, region=region,
        )  # fmt: skip
        document = explained.document(told)
        trail = (Link("Controls", "/controls"), Link(told.control, links.control(told.control)))
        where = [
            Link("The account", links.account(account)),
            Link("What it judges there", _findings(told.control, account)),
        ]
        banner: list[Part] = [Banner(trouble[:_MOST_OPEN], Tone.BAD)] if trouble else []
        parts: list[Part] = [*banner, *as_parts(document.blocks), Links("More", where)]
        return Page(
            document.title,
            parts,
            place="/controls",
            trail=trail,
            lead=[f"By {ground.source}, and the workbook as it is now."],
        )

    return page_of_now(request, make)


def _findings(shown: str, account: str) -> str:
    return links.findings(links.term("control", shown), links.term("account", account))


# --- the inbox -------------------------------------------------------------------------------------------------------


def _inbox(request: Request) -> Response:
    def make(visit: Visit) -> Page:
        parsed, trouble = _workbook(visit)
        if parsed is None:
            return control_inbox.page([], may_propose=False, trouble=trouble)
        means, days = draft_means(visit.place, visit.snapshot), visit.place.settings.controls.settling_days
        found = inbox(visit.snapshot, parsed.matrix, means.catalog, settling_days=days)
        return control_inbox.page(found, may_propose=_may_propose(visit, ControlId("")))

    return page_of_now(request, make)


def _may_propose(visit: Visit, control: ControlId) -> bool:
    """Whether the caller may propose a change of it somewhere: everywhere, or in a place of theirs."""
    if visit.rules is None:
        return visit.caller.may_use(Action.PROPOSE_CONTROL_CHANGE)
    severity = next((row[0] for row in visit.snapshot.execute(_SEVERITY, {"control": control})), "LOW")
    person = visit.caller.person
    theirs = {path for path, id_ in visit.snapshot.execute(_UNITS, {}) if {path, id_} & set(person.units)}
    places: list[Unit | Account] = [Unit(ROOT), *map(Unit, sorted(theirs)), *map(Account, person.accounts)]
    return any(visit.may(Action.PROPOSE_CONTROL_CHANGE, [ControlAt(control, severity, one)]) for one in places)


_SEVERITY = "SELECT severity FROM controls WHERE control = $control ORDER BY severity"


# --- proposing -------------------------------------------------------------------------------------------------------


def _form(request: Request, control: str) -> Response:
    def make(visit: Visit) -> Page:
        name = named(visit, control)
        means = draft_means(visit.place, visit.snapshot)
        matrix = committed(means).matrix
        values = form.begun(matrix, name, {key: text[:4_000] for key, text in request.query_params.items()})
        return control_form.page(form.filled(means, matrix, name, values=values))

    return page_of_now(request, make)


def named(visit: Visit, control: str) -> ControlId:
    """A control that the hub offers. Raises Absent."""
    name = control_id(control)
    if not is_control_id(control) or name not in draft_means(visit.place, visit.snapshot).catalog.controls:
        raise Absent(f"No control {control} is known in version {visit.snapshot.number}.")
    return name


def _propose(request: Request, control: str, fields: Posted) -> Response:
    with visiting(request) as visit:
        name = named(visit, control)
        means = draft_means(visit.place, visit.snapshot)
        try:
            made = changed_to(visit, name, fields)
        except HubpostureError as error:
            return _again(request, visit, means, name, fields, general=_said(error), status=_INVALID)
        if made.draft.wrong or made.plan is None:
            return _again(request, visit, means, name, fields, made=made, status=_INVALID)
        return _decided(request, visit, means, name, fields, made=made)


def changed_to(visit: Visit, name: ControlId, fields: Mapping[str, str]) -> Change:
    """What the fields of the form ask for, with everything that is wrong with it, and its plan where nothing is."""
    others = [
        f"{one.proposal.title} is proposed already by {one.proposal.by}, on {one.proposal.branch}"
        for one in _open_ones(visit, name)
    ]
    means, asked = draft_means(visit.place, visit.snapshot), form.asked_of(name, fields)
    return change(means, asked, _asked_ground(visit, name, fields), others=others)


def _decided(
    request: Request, visit: Visit, means: Means, name: ControlId, fields: Mapping[str, str], *, made: Change
) -> Response:
    """A change without problems: its plan, or its commit, if the rules allow it."""
    assert made.plan is not None
    concerned: list[Thing] = things(name, made.severity, made.places)
    try:
        visit.demand(Action.PROPOSE_CONTROL_CHANGE, concerned)
    except NotAllowed as error:
        return _again(request, visit, means, name, fields, made=made, general=[str(error)], status=_FORBIDDEN)
    if fields.get("action") != "propose":
        return _again(request, visit, means, name, fields, made=made, status=200)
    if fields.get("digest") != _digest(made):
        why = "The workbook, or what you ask for, is not what the plan was made of. This is the plan now: propose it if it is what you want."
        return _again(request, visit, means, name, fields, made=made, general=[why], status=_INVALID)
    wanted = Wanted(made.draft, made.places, made.severity, made.plan)
    ledger = visit.desk.store.ledger
    try:
        found = propose(propose_means(visit.place), ledger, wanted, organization=visit.desk.name, by=visit.caller.name)
    except HubpostureError as error:
        return _again(request, visit, means, name, fields, made=made, general=_said(error), status=_INVALID)
    what = f"It is proposed: branch {found.branch}, commit {found.commit[:12]}. Nothing is switched."
    return done(visit.caller, changes.change_href(found.id), f"{what} {found.trouble}".strip())


def _asked_ground(visit: Visit, name: ControlId, fields: Mapping[str, str]) -> Ground:
    if fields.get("fresh"):
        if not _may_propose(visit, name):
            raise NotAllowed(f"{visit.caller.name} may propose a change of it nowhere, so AWS is not asked")
        return ground_of_hub(visit.desk.connection(), visit.desk.store, visit.snapshot)
    return ground_of(visit, name)


def _again(
    request: Request,
    visit: Visit,
    means: Means,
    name: ControlId,
    fields: Mapping[str, str],
    *,
    status: int,
    made: Change | None = None,
    general: Sequence[str] = (),
) -> Response:
    """The form with every value kept, what is wrong at its fields, and the plan where there is one."""
    try:
        matrix = made.draft.old.matrix if made is not None else committed(means).matrix
    except InputErrors:
        matrix = Matrix("", "")
    wrong = made.draft.wrong if made is not None else ()
    plan = made.plan if made is not None and status != _FORBIDDEN else None
    values = {**fields, "digest": _digest(made) if plan is not None and made is not None else ""}
    filled = form.filled(means, matrix, name, values=values, wrong=wrong, general=general)
    return shown_page(request, visit, control_form.page(filled, plan), status=status)


def _said(error: HubpostureError) -> list[str]:
    return [str(one) for one in error.problems] if isinstance(error, InputErrors) else [str(error)]


def _digest(made: Change | None) -> str:
    """What a plan was made of: the workbook that was committed, and the one that is proposed."""
    if made is None:
        return ""
    return hashlib.sha256(made.draft.old.raw + b"\0" + made.draft.raw).hexdigest()


ROUTES: Sequence[Route] = (
    ("/controls/inbox", _inbox),
    ("/controls/{control}/explain", _explain),
    ("/controls/{control}/propose", _form),
    ("/controls/{control:path}", _control),
)
ACTS: Sequence[Route] = (("/controls/{control}/propose", _propose),)
