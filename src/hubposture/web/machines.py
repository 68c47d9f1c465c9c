"""What machines ask: whether the service lives, whether it can answer, and its figures.

The first two are anybody's and say nothing of the organization. Figures are of all of it: where people sign in, or the rules
hold on this machine, they are for those who may administer hubposture, by a token.
"""

import datetime as dt
from collections.abc import Iterator, Sequence

from fastapi import Request
from fastapi.responses import PlainTextResponse, Response

from hubposture import __version__
from hubposture.access.actions import Action
from hubposture.access.decision import NotAllowed
from hubposture.errors import HubpostureError
from hubposture.ports.lake import NoSuchVersion
from hubposture.ports.ledger import RunStatus
from hubposture.posture import rollup
from hubposture.posture.scores import Dimension
from hubposture.render.prometheus import Gauge, Sample, render
from hubposture.web.caller import NotSignedIn, caller_of
from hubposture.web.desk import Desk
from hubposture.web.told import Route, desk_of
from hubposture.web.visit import visiting
from hubposture.wiring import naive

_NEVER = {"Cache-Control": "no-store"}
_SYNCED = ("sync", "run")
_UNREADABLE = 503


def _health() -> Response:
    return PlainTextResponse("ok\n", headers=_NEVER)


def _ready(request: Request) -> Response:
    is_open = _is_open(request)
    try:
        with desk_of(request).snapshot() as snapshot:
            more = f", version {snapshot.number}" if is_open else ""
            return PlainTextResponse(f"ready{more}\n", headers=_NEVER)
    except HubpostureError as error:
        why = f": {error}" if is_open else ""
        return PlainTextResponse(f"not ready{why}\n", status_code=_UNREADABLE, headers=_NEVER)


def _is_open(request: Request) -> bool:
    """Whether everybody who gets here may know everything: on this machine, where no rules are asked."""
    try:
        return not caller_of(request).is_asked
    except (NotSignedIn, HubpostureError):
        return False


def _metrics(request: Request) -> Response:
    try:
        with visiting(request) as visit:
            visit.demand(Action.ADMINISTER)
    except NotSignedIn:
        told = "figures need a token of somebody who may administer hubposture\n"
        return PlainTextResponse(told, status_code=401, headers={**_NEVER, "WWW-Authenticate": "Bearer"})
    except NotAllowed as error:
        return PlainTextResponse(f"{error}\n", status_code=403, headers=_NEVER)
    except NoSuchVersion:
        pass  # there are no figures yet; that there are none is said below
    desk = desk_of(request)
    gauges = [Gauge("hubposture_build_info", "The program's version.", [Sample(1, (("version", __version__),))])]
    try:
        gauges += [*_of_version(desk), *_of_work(desk)]
        gauges.append(Gauge("hubposture_up", "Whether a version can be read.", [Sample(1)]))
    except HubpostureError:
        gauges.append(Gauge("hubposture_up", "Whether a version can be read.", [Sample(0)]))
    return Response(render(gauges), media_type="text/plain; version=0.0.4; charset=utf-8", headers=_NEVER)


def _of_version(desk: Desk) -> Iterator[Gauge]:
    with desk.snapshot() as snapshot:
        whole = rollup.score(snapshot.execute, Dimension.ORGANIZATION)
        severities = rollup.scores(snapshot.execute, Dimension.SEVERITY)
        number, at = snapshot.number, snapshot.at
    now, mine = naive(desk.at.surroundings.now()), (("organization", desk.name),)
    yield Gauge("hubposture_version_number", "The newest version of the lake.", [Sample(number, mine)])
    yield Gauge("hubposture_version_age_seconds", "How old it is.", [Sample(_age(now, at), mine)])
    if whole is not None:
        yield Gauge("hubposture_obligations", "Obligations.", [Sample(whole.as_is.total, mine)])
        yield Gauge(
            "hubposture_obligations_met", "Obligations that pass or are waived.", [Sample(whole.as_is.met, mine)]
        )
        yield Gauge("hubposture_accounts", "Accounts that something is asked of.", [Sample(whole.accounts.total, mine)])
        yield Gauge("hubposture_accounts_met", "Accounts with all obligations met.", [Sample(whole.accounts.met, mine)])
    by = [(one, (*mine, ("severity", one.key))) for one in severities]
    yield Gauge(
        "hubposture_obligations_open",
        "Obligations that are not met.",
        [Sample(one.failing, labels) for one, labels in by],
    )
    yield Gauge(
        "hubposture_obligations_overdue",
        "Open for longer than allowed.",
        [Sample(one.overdue.total, labels) for one, labels in by],
    )


def _of_work(desk: Desk) -> Iterator[Gauge]:
    ledger, now = desk.store.ledger, desk.at.surroundings.now()
    mine = (("organization", desk.name),)
    ended = [run.ended for verb in _SYNCED for run in ledger.runs(verb=verb) if run.organization == desk.name
             and run.ended is not None and run.status in (RunStatus.DONE, RunStatus.INCOMPLETE)]  # fmt: skip
    if ended:
        yield Gauge("hubposture_sync_age_seconds", "Since the last sync ended.", [Sample(_age(now, max(ended)), mine)])
    jobs = [(job, (*mine, ("job", job.name))) for job in ledger.jobs(desk.name)]
    failed = [Sample(int(job.last_status in (RunStatus.FAILED, RunStatus.INTERRUPTED)), labels) for job, labels in jobs]
    yield Gauge("hubposture_job_failed", "Whether a job's last try failed.", failed)
    due = [Sample(_age(now, job.next_at), labels) for job, labels in jobs if job.next_at is not None]
    yield Gauge("hubposture_job_late_seconds", "For how long a job has been due.", due)


def _age(now: dt.datetime, at: dt.datetime) -> int:
    """Whole seconds; never negative, since clocks differ."""
    return max(0, int((now - at).total_seconds()))


ROUTES: Sequence[Route] = (("/health", _health), ("/ready", _ready), ("/metrics", _metrics))
