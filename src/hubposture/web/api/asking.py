"""Operations: asking for waivers, deciding on them, extending and ending them."""

from collections.abc import Mapping, Sequence

from fastapi import Request as Sending
from fastapi.responses import Response

from hubposture.errors import InputError
from hubposture.verbs.waiver_ask import ask, ask_again
from hubposture.verbs.waiver_end import revoke
from hubposture.verbs.waiver_inbox import decidable, inbox_rows
from hubposture.verbs.waiver_review import review
from hubposture.verbs.waiver_scope import Means
from hubposture.waivers.asked import LISTS, TEXTS
from hubposture.web.api import asking_models as told
from hubposture.web.api.acting import Believed, done
from hubposture.web.api.overview import stamp
from hubposture.web.api.reading import Operation, of_now
from hubposture.web.asking import asking
from hubposture.web.things import detail_of
from hubposture.web.told import Absent
from hubposture.web.visit import Visit
from hubposture.web.waiver_requests import decided, there

_MOST = 1_000


def waiver_requests(request: Sending) -> Response:
    """Waivers that were asked for: your own, and those about something that you may see."""

    def make(visit: Visit) -> told.Requests:
        with asking(visit) as means:
            return told.Requests.model_validate(stamp(visit) | {"requests": inbox_rows(means)})

    return of_now(request, make)


def waiver_request(request: Sending, id: str) -> Response:  # noqa: A002 (the name of the parameter)
    """One request with what it covers now, 1,000 subjects at most, and what was said about it."""

    def make(visit: Visit) -> told.RequestWhole:
        with asking(visit) as means:
            there(means, id)
            return _whole(visit, means, id)

    return of_now(request, make)


def _whole(visit: Visit, means: Means, id_: str) -> told.RequestWhole:
    found = decidable(means, review(means, id_))
    names = ("digest", "revision", "added", "gone", "hidden_changes", "events", "why_not", "branch", "commit")
    return told.RequestWhole.model_validate(
        stamp(visit)
        | {name: getattr(found, name) for name in (*names, "can_edit", "can_withdraw")}
        | {
            "request": found.row, "covered": found.covered.rows[:_MOST], "hidden": found.covered.hidden,
            "cautions": found.covered.cautions,
        }
    )  # fmt: skip


def ask_for_waiver(request: Sending, asked: told.NewRequest, believed: Believed) -> Response:
    """Ask for a waiver. Somebody else decides; until then nothing is excused."""

    def make(visit: Visit) -> told.RequestWhole:
        with asking(visit) as means:
            return _whole(visit, means, ask(means, _answers(asked)).id)

    return done(request, believed, make, status=201)


def _answers(asked: told.NewRequest) -> Mapping[str, str]:
    """The same as the answers of the form: one entry a line."""
    lists = {name: "\n".join(getattr(asked, name)) for name in LISTS}
    return lists | {name: str(getattr(asked, name)) for name in TEXTS} | {"comment": asked.comment}


def decide_on_waiver(request: Sending, id: str, asked: told.Decision, believed: Believed) -> Response:  # noqa: A002
    """Approve, reject, ask for changes, withdraw or comment. Who asked for it or edited it never approves it."""

    def make(visit: Visit) -> told.RequestWhole:
        with asking(visit) as means:
            there(means, id)
            sent = {
                "do": str(asked.do), "revision": str(asked.revision), "digest": asked.digest, "comment": asked.comment,
                "until": "" if asked.until is None else asked.until.isoformat(),
            }  # fmt: skip
            decided(means, id, sent)
            return _whole(visit, means, id)

    return done(request, believed, make)


def extend_waiver(request: Sending, name: str, asked: told.Extension, believed: Believed) -> Response:
    """Ask that a waiver holds until a later day; until somebody decides it holds as it does."""

    def make(visit: Visit) -> told.RequestWhole:
        _seen(visit, name)
        with asking(visit) as means:
            made = ask_again(means, name, until=asked.until, comment=asked.comment)
            return _whole(visit, means, made.id)

    return done(request, believed, make, status=201)


def revoke_waiver(request: Sending, name: str, asked: told.Revocation, believed: Believed) -> Response:
    """End a waiver from today on: a commit on a branch, in force once it is merged."""

    def make(visit: Visit) -> told.Revoked:
        _seen(visit, name)
        with asking(visit) as means:
            ended = revoke(means, name, asked.reason)
        values = {"waiver": ended.waiver, "commit": ended.commit, "branch": ended.branch}
        return told.Revoked.model_validate(stamp(visit) | values)

    return done(request, believed, make)


def _seen(visit: Visit, name: str) -> None:
    try:
        detail_of(visit, name)
    except InputError as error:
        raise Absent(str(error)) from error


OPERATIONS: Sequence[Operation] = (
    Operation("GET", "/v1/waiver-requests", waiver_requests, told.Requests, "Requests for waivers", "Asking for waivers"),
    Operation(
        "POST", "/v1/waiver-requests", ask_for_waiver, told.RequestWhole, "Ask for a waiver", "Asking for waivers",
        status=201,
    ),
    Operation("GET", "/v1/waiver-requests/{id}", waiver_request, told.RequestWhole, "One request", "Asking for waivers"),
    Operation(
        "POST", "/v1/waiver-requests/{id}/decision", decide_on_waiver, told.RequestWhole, "Decide on a request",
        "Asking for waivers",
    ),
    Operation(
        "POST", "/v1/waivers/{name}/extension", extend_waiver, told.RequestWhole, "Ask for a later end",
        "Asking for waivers", status=201,
    ),
    Operation(
        "POST", "/v1/waivers/{name}/revocation", revoke_waiver, told.Revoked, "End a waiver", "Asking for waivers"
    ),
)  # fmt: skip
