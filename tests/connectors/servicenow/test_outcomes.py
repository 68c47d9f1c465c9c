import datetime as dt
from dataclasses import replace

import pytest

from connectors.servicenow.servicenow_world import KIM, LEE, MAX, PREVIEW, REQUEST, WAIVER, World
from hubposture.errors import RemoteError, RemoteRefused
from hubposture.ports.approvals import Outcome
from hubposture.ports.waivers import Request
from hubposture.sandbox.remote.servicenow import Fate, Trouble
from hubposture.sandbox.remote.servicenow_answers import Answer
from hubposture.waivers.standing import Verdict


def outcome(place: World, request: Request) -> Outcome:
    found = place.records().outcome(request)
    assert found is not None
    return found


def test_nothing_is_decided_while_approvers_are_asked(place: World) -> None:
    request = place.asked()
    found = outcome(place, request)
    assert found == Outcome(request.number, request.record, None)


def test_an_approval_says_who_when_and_until(place: World) -> None:
    request = place.asked()
    place.instance.approve(request.number, LEE)
    found = outcome(place, request)
    assert (found.verdict, found.by, found.until) == (Verdict.APPROVED, LEE, REQUEST.until)
    assert found.at is not None
    assert dt.datetime(2026, 11, 2, 9) < found.at < dt.datetime(2026, 11, 2, 10)


def test_a_rejection_says_who_and_in_which_words(place: World) -> None:
    request = place.asked()
    place.instance.reject(request.number, MAX, "Not in production.\nAsk again in May.")
    found = outcome(place, request)
    assert (found.verdict, found.by, found.detail) == (Verdict.REJECTED, MAX, "Not in production. Ask again in May.")


def test_a_record_that_was_taken_back_is_withdrawn(place: World) -> None:
    request = place.asked()
    place.instance.approve(request.number, LEE)
    place.instance.withdraw(request.number, "No longer needed")
    found = outcome(place, request)
    assert found.verdict is Verdict.WITHDRAWN
    if place.shape.comments:
        assert found.detail == "No longer needed"


def test_changes_may_be_asked_for_where_a_state_means_it(own: World) -> None:
    request = own.asked()
    own.instance.change(request.number, u_state="to be changed")
    assert outcome(own, request).verdict is Verdict.CHANGES_REQUESTED


def test_an_approver_may_shorten_what_is_granted(place: World) -> None:
    request = place.asked()
    place.instance.shorten(request.number, "2026-12-31")
    place.instance.approve(request.number, LEE)
    expected = dt.date(2026, 12, 31)
    assert outcome(place, request).until == expected


def test_a_record_without_an_end_grants_what_was_asked(place: World) -> None:
    request = place.asked()
    place.instance.shorten(request.number, "")
    place.instance.approve(request.number, LEE)
    assert (outcome(place, request).verdict, outcome(place, request).until) == (Verdict.APPROVED, None)


def test_an_end_that_is_no_date_grants_nothing(items: World) -> None:
    request = items.asked()
    items.instance.shorten(request.number, "when it is done")
    items.instance.approve(request.number, LEE)
    found = outcome(items, request)
    assert (found.verdict, found.until) == (None, None)
    assert "when it is done, which is no date" in found.detail


def test_an_approval_that_names_nobody_is_none(place: World) -> None:
    request = place.asked()
    place.instance.change(request.number, state="8", approval="approved", u_state="granted")
    found = outcome(place, request)
    assert (found.verdict, found.by) == (None, "")
    assert "by whom" in found.detail


def test_an_approver_without_an_address_could_be_the_one_who_asked(place: World) -> None:
    request = place.asked()
    place.instance.approve(request.number, LEE)
    place.instance.flow.user(LEE)["email"] = ""
    found = outcome(place, request)
    assert (found.verdict, found.by) == (None, "")
    assert "no address" in found.detail


def test_of_several_approvers_one_counts_who_did_not_ask(place: World) -> None:
    place.instance.flow.approvers[:] = [LEE]
    request = place.asked()
    table, row = place.instance.find(request.number)
    place.instance.approve(request.number, LEE)
    place.instance.flow.ask(table, row, KIM)
    place.instance.flow.decide(row, KIM, "approved", "")
    assert outcome(place, request).by == LEE


def test_of_several_approvers_none_counts_whom_the_record_names_as_the_one_who_asked(exceptions: World) -> None:
    request = replace(exceptions.asked(), asked_by="pipeline@example.com")
    table, row = exceptions.instance.find(request.number)
    exceptions.instance.approve(request.number, LEE)
    exceptions.instance.flow.ask(table, row, KIM)
    exceptions.instance.flow.decide(row, KIM, "approved", "")
    assert outcome(exceptions, request).by == LEE


def test_the_only_approver_is_named_even_if_it_is_the_one_who_asked(place: World) -> None:
    place.instance.flow.approvers[:] = [KIM]
    request = place.asked()
    place.instance.approve(request.number, KIM)
    assert outcome(place, request).by == KIM


def test_a_field_may_name_the_approver_where_no_rows_are_kept(exceptions: World) -> None:
    exceptions.instance.switches.flow_asks = False
    request = exceptions.asked()
    lee = exceptions.instance.flow.user(LEE)["sys_id"]
    exceptions.instance.change(request.number, state="8", approver=lee)
    found = exceptions.records(approver="approver").outcome(request)
    assert found is not None
    assert (found.verdict, found.by, found.at) == (Verdict.APPROVED, LEE, None)


def test_a_state_that_nobody_gave_a_meaning_decides_nothing(own: World) -> None:
    request = own.asked()
    own.instance.approve(request.number, LEE)
    own.instance.change(request.number, u_state="parked")
    found = outcome(own, request)
    assert found.verdict is None
    assert found.detail == "u_state is parked, which the settings give no meaning to"


def test_a_record_that_names_another_digest_approves_something_else(own: World) -> None:
    request = own.asked()
    own.instance.approve(request.number, LEE)
    own.instance.change(request.number, u_digest="sha256:" + "cd34" * 16)
    found = outcome(own, request)
    assert found.verdict is Verdict.WITHDRAWN
    assert "another digest" in found.detail
    own.instance.change(request.number, u_digest="")
    assert outcome(own, request).verdict is Verdict.APPROVED


def test_a_record_is_found_by_its_request_where_its_name_was_never_learned(place: World) -> None:
    request = place.asked()
    found = outcome(place, REQUEST)
    assert (found.number, found.record) == (request.number, request.record)


def test_a_request_without_a_record_has_no_outcome(place: World) -> None:
    assert place.records().outcome(REQUEST) is None


def test_a_deleted_record_has_no_outcome_if_others_are_seen(place: World) -> None:
    request = place.asked()
    place.records().ask(WAIVER, replace(REQUEST, id="01KAS4Y7ZQ3W5V8M2N6P9R1T4Y"), text=PREVIEW)
    place.instance.delete(request.number)
    assert place.records().outcome(request) is None


def test_a_record_that_may_not_be_read_is_not_taken_for_deleted(place: World) -> None:
    request = place.asked()
    place.instance.approve(request.number, LEE)
    place.instance.switches.hidden_tables |= {place.shape.table}
    with pytest.raises(RemoteRefused, match="may no longer be read") as caught:
        place.records().outcome(request)
    assert caught.value.code == "unseen"
    place.instance.switches.forbidden_tables |= {place.shape.table}
    with pytest.raises(RemoteRefused, match="HTTP 403"):
        place.records().outcome(request)


def test_approvers_who_may_not_be_read_approve_nothing(place: World) -> None:
    request = place.asked()
    place.instance.approve(request.number, LEE)
    place.instance.switches.hidden_tables |= {"sysapproval_approver"}
    assert outcome(place, request).verdict is None
    place.instance.switches.forbidden_tables |= {"sysapproval_approver"}
    with pytest.raises(RemoteRefused, match="sysapproval_approver"):
        place.records().outcome(request)


@pytest.mark.parametrize("trouble", ["asleep", "500", "cut", "gone", "half"])
def test_an_instance_that_cannot_be_read_says_nothing_about_an_approval(place: World, trouble: str) -> None:
    request = place.asked()
    match trouble:
        case "asleep":
            place.instance.switches.is_asleep = True
        case "500":
            place.instance.fail(500, times=1000)
        case "cut":
            place.instance.lose(Fate.LOST_BEFORE, times=1000)
        case "half":
            body = {"result": [], "error": {"message": "Transaction cancelled"}, "status": "failure"}
            place.instance.troubles.append(Trouble(Fate.ANSWERED, times=1000, answer=Answer(200, body)))
        case _:
            place.instance.troubles.append(Trouble(Fate.ANSWERED, times=1000, answer=Answer(404, "no such page")))
    with pytest.raises(RemoteError):
        place.records().outcome(request)


def test_an_approval_is_read_over_short_and_empty_pages(exceptions: World) -> None:
    """The limit is applied before the access rules, so what may be read can lie behind pages of nothing."""
    for number in range(450):
        hidden = exceptions.instance.tables.insert(exceptions.shape.table, {"correlation_id": REQUEST.id})
        exceptions.instance.switches.hidden_rows.add(hidden["sys_id"])
        assert number >= 0
    asked = exceptions.instance.tables.insert(exceptions.shape.table, {"correlation_id": REQUEST.id, "state": "7"})
    found = outcome(exceptions, REQUEST)
    assert (found.record, found.verdict) == (asked["sys_id"], Verdict.REJECTED)


def test_requests_beyond_a_limit_wait_as_long_as_they_are_told(place: World) -> None:
    limited = {"Retry-After": "30", "X-RateLimit-Limit": "100", "X-RateLimit-Rule": "REST"}
    place.instance.fail(429, on="POST", headers=limited)
    place.instance.fail(429, on="GET", headers=limited)
    place.instance.fail(503, on="PATCH", headers={"Retry-After": "7"})
    assert place.records().ask(WAIVER, REQUEST, text=PREVIEW).lost == {}
    assert len(place.rows()) == 1
    assert place.clock.waited[:2] == [30.0, 30.0]
