import contextlib
import itertools
from dataclasses import replace

import pytest

from connectors.servicenow.servicenow_world import (
    KIM,
    KINDS,
    LEE,
    MAX,
    OWN,
    PREVIEW,
    REQUEST,
    WAIVER,
    Dying,
    GoneAfterMaking,
    Killed,
    World,
    variables,
    world,
)
from hubposture.connectors.servicenow import Mode, Value
from hubposture.errors import AnswerLost, RemoteRefused
from hubposture.sandbox.remote.servicenow import Fate


def test_a_record_holds_everything_and_nothing_is_lost(place: World) -> None:
    asked = place.records().ask(WAIVER, REQUEST, text=PREVIEW)
    row = place.the_row()
    assert (asked.number, asked.record, asked.lost) == (row["number"], row["sys_id"], {})
    assert row[place.shape.key] == REQUEST.id
    said = "\n".join([*row.values(), *variables(place).values()])
    for text in (PREVIEW, REQUEST.digest, WAIVER.id, WAIVER.reason, "S3.2, S3.8", "acme-public-site-*", "2027-05-01"):
        assert text in said, text


def test_asking_again_finds_the_same_record(place: World) -> None:
    first = place.records().ask(WAIVER, REQUEST, text=PREVIEW)
    again = place.records().ask(WAIVER, REQUEST, text=PREVIEW)
    assert (again.number, again.record) == (first.number, first.record)
    assert len(place.rows()) == 1


def test_another_request_gets_a_record_of_its_own(place: World) -> None:
    place.asked()
    other = replace(REQUEST, id="01KAS4Y7ZQ3W5V8M2N6P9R1T4Y")
    assert place.records().ask(WAIVER, other, text=PREVIEW).record != place.rows()[0]["sys_id"]
    assert len(place.rows()) == 2


def test_people_are_references_and_dates_are_those_of_the_table(exceptions: World, changes: World) -> None:
    exceptions.asked()
    row = exceptions.the_row()
    kim = exceptions.instance.flow.user(KIM)["sys_id"]
    assert (row["requester"], row["valid_from"], row["valid_to"]) == (kim, "2026-11-02", "2027-05-01")
    changes.asked()
    row = changes.the_row()
    assert (row["start_date"], row["end_date"]) == ("2026-11-01 23:00:00", "2027-05-01 21:59:59")


def test_an_item_is_ordered_with_our_values_in_its_variables(items: World) -> None:
    items.asked()
    found = variables(items)
    assert (found["request_id"], found["digest"], found["subjects"]) == (REQUEST.id, REQUEST.digest, "2")
    assert (found["requester"], found["valid_from"], found["until"]) == (KIM, "2026-11-02", "2027-05-01")
    assert found["resources"] == "arn:aws:s3:::acme-public-site-*\naccounts: 111122223333\ntags: site=public*"


def test_constants_are_written_as_they_are(exceptions: World) -> None:
    exceptions.records(constants={"priority": "2"}).ask(WAIVER, REQUEST, text=PREVIEW)
    assert exceptions.the_row()["priority"] == "2"


def test_a_field_that_is_cleared_on_insert_is_written_a_second_time(exceptions: World) -> None:
    exceptions.instance.switches.cleared_on_insert |= {(exceptions.shape.table, "requester")}
    asked = exceptions.records().ask(WAIVER, REQUEST, text=PREVIEW)
    assert asked.lost == {}
    assert exceptions.the_row()["requester"] == exceptions.instance.flow.user(KIM)["sys_id"]


def test_a_field_that_never_persists_is_reported_with_what_stands_there(place: World) -> None:
    title = place.shape.fields[Value.TITLE]
    place.instance.switches.not_persisted |= {(place.shape.table, title), ("variables", "digest")}
    asked = place.records().ask(WAIVER, REQUEST, text=PREVIEW)
    was = "Security Hub waiver" if place.shape.mode is Mode.CATALOG else ""
    digest = {"digest": ""} if place.shape.mode is Mode.CATALOG else {}
    assert asked.lost == {title: was, **digest}


def test_a_person_whom_the_instance_does_not_know_is_reported_and_the_record_is_made(exceptions: World) -> None:
    waiver = replace(WAIVER, requested_by="new@example.com")
    asked = exceptions.records().ask(waiver, REQUEST, text=PREVIEW)
    assert asked.lost == {"requester": "nothing, since no active sys_user have the email new@example.com"}
    assert exceptions.the_row()["requester"] == ""


def test_a_person_who_left_or_is_there_twice_is_not_taken(exceptions: World) -> None:
    exceptions.instance.flow.user(KIM)["active"] = "false"
    assert "no active sys_user" in exceptions.records().ask(WAIVER, REQUEST, text=PREVIEW).lost["requester"]
    for _ in range(2):
        exceptions.instance.tables.insert("sys_user", {"email": MAX, "active": "true"})
    waiver, request = replace(WAIVER, requested_by=MAX), replace(REQUEST, id="01KAS4Y7ZQ3W5V8M2N6P9R1T4Z")
    assert "3 active sys_user" in exceptions.records().ask(waiver, request, text=PREVIEW).lost["requester"]


@pytest.mark.parametrize("address", ["a@b^ORemail=lee@example.com", "javascript:gs.getUser().getEmail()", "a\nb"])
def test_an_address_does_not_break_out_of_a_query(exceptions: World, address: str) -> None:
    asked = exceptions.records().ask(replace(WAIVER, requested_by=address), REQUEST, text=PREVIEW)
    assert exceptions.the_row()["requester"] == ""
    assert "no active sys_user" in asked.lost["requester"]


def test_a_long_text_is_cut_to_what_its_field_takes_and_says_so(exceptions: World) -> None:
    long = "\n".join(f"a finding, number {number}" for number in range(1000))
    asked = exceptions.records().ask(WAIVER, REQUEST, text=long)
    kept = exceptions.the_row()["justification"]
    assert asked.lost == {}
    assert len(kept) <= 8000
    assert kept.endswith(" characters, cut)")


def test_where_lengths_are_unknown_a_text_that_the_instance_cut_is_reported(exceptions: World) -> None:
    exceptions.instance.switches.hidden_tables |= {"sys_dictionary"}
    long = "a finding, " * 1000
    assert set(exceptions.records().ask(WAIVER, REQUEST, text=long).lost) == {"justification"}


def test_the_instance_asks_the_approvers_and_we_make_no_approval(place: World) -> None:
    place.asked()
    rows = place.instance.records("sysapproval_approver")
    assert sorted(row["state"] for row in rows) == ["requested", "requested"]
    assert not any("sysapproval" in call for call in place.instance.calls if call.startswith(("POST", "PATCH")))


def test_no_state_of_a_change_is_ever_written(changes: World) -> None:
    assert changes.records().ask(WAIVER, REQUEST, text=PREVIEW).lost == {}
    assert changes.the_row()["approval"] == "requested"


@pytest.mark.parametrize("fate", [Fate.LOST_BEFORE, Fate.LOST_AFTER])
def test_a_lost_answer_makes_no_second_record(place: World, fate: Fate) -> None:
    place.instance.lose(fate, on="POST /api")
    if fate is Fate.LOST_AFTER:
        asked = place.records().ask(WAIVER, REQUEST, text=PREVIEW)
    else:
        with pytest.raises(AnswerLost, match="looked for before"):
            place.records().ask(WAIVER, REQUEST, text=PREVIEW)
        asked = place.records().ask(WAIVER, REQUEST, text=PREVIEW)
    assert (asked.record, asked.lost) == (place.the_row()["sys_id"], {})


def test_a_record_that_appears_only_later_is_waited_for(place: World) -> None:
    place.instance.lose(Fate.DONE_LATER, on="POST /api", rests=5)
    asked = place.records().ask(WAIVER, REQUEST, text=PREVIEW)
    assert (asked.record, asked.lost) == (place.the_row()["sys_id"], {})
    assert sum(place.clock.waited) >= 1


@pytest.mark.parametrize("cleared", ["nothing", "the key"])
@pytest.mark.parametrize("kind", KINDS)
def test_wherever_a_process_dies_the_next_one_completes_its_only_record(kind: str, cleared: str) -> None:
    for step in itertools.count():
        with world(kind) as place:
            if cleared == "the key":
                place.instance.switches.cleared_on_insert.add((place.shape.table, place.shape.key))
            with contextlib.suppress(Killed):
                place.records(transport=Dying(after=step)).ask(WAIVER, REQUEST, text=PREVIEW)
                break
            asked = place.records().ask(WAIVER, REQUEST, text=PREVIEW)
            row = place.the_row()
            assert (asked.record, asked.lost, row[place.shape.key]) == (row["sys_id"], {}, REQUEST.id), step
    assert step >= 8


def test_two_records_of_one_request_are_told_and_the_older_one_counts(place: World) -> None:
    first = place.asked()
    row = {name: value for name, value in place.the_row().items() if not name.startswith("sys_") and name != "number"}
    twin = place.instance.tables.insert(place.shape.table, row)
    asked = place.records().ask(WAIVER, REQUEST, text=PREVIEW)
    assert asked.record == first.record
    assert asked.lost == {place.shape.key: f"{REQUEST.id}, which {twin['number']} carries as well"}


def test_no_record_is_made_that_could_not_be_found_again(own: World) -> None:
    """An instance that answers unknown fields in a query by no rows: an empty answer proves nothing."""
    own.asked()
    other = replace(REQUEST, id="01KAS4Y7ZQ3W5V8M2N6P9R1T4Y")
    for is_strict, code in ((True, "no key"), (False, "query ignored")):
        own.instance.switches.invalid_query_returns_no_rows = is_strict
        with pytest.raises(RemoteRefused, match="u_kee") as caught:
            own.records(fields={**OWN.fields, Value.REQUEST_ID: "u_kee"}).ask(WAIVER, other, text=PREVIEW)
        assert caught.value.code == code
    assert len(own.rows()) == 1


def test_nothing_is_ordered_that_could_not_be_found_by_its_variables(items: World) -> None:
    items.asked()
    items.instance.switches.hidden_tables |= {"sc_item_option_mtom"}
    other = replace(REQUEST, id="01KAS4Y7ZQ3W5V8M2N6P9R1T4Y")
    with pytest.raises(RemoteRefused, match="could not be found again"):
        items.records().ask(WAIVER, other, text=PREVIEW)
    assert len(items.rows()) == 1


def test_a_lost_answer_of_an_instance_that_then_goes_away_is_still_a_lost_answer(place: World) -> None:
    with pytest.raises(AnswerLost):
        place.records(transport=GoneAfterMaking()).ask(WAIVER, REQUEST, text=PREVIEW)
    assert place.records().ask(WAIVER, REQUEST, text=PREVIEW).record == place.the_row()["sys_id"]


def test_a_record_that_may_not_be_read_back_is_known_all_the_same(exceptions: World) -> None:
    exceptions.asked()
    exceptions.instance.switches.hidden_tables |= {exceptions.shape.table}
    other = replace(REQUEST, id="01KAS4Y7ZQ3W5V8M2N6P9R1T4Y")
    asked = exceptions.records().ask(WAIVER, other, text=PREVIEW)
    assert asked.record == exceptions.rows()[-1]["sys_id"]
    assert asked.lost["correlation_id"] == "unknown: the record may not be read back"


def test_what_an_approver_wrote_is_never_written_over(place: World) -> None:
    request = place.asked()
    place.instance.approve(request.number, LEE)
    place.instance.shorten(request.number, "2026-12-31")
    place.instance.change(request.number, **{place.shape.fields[Value.TITLE]: ""})
    before = place.the_row(), variables(place)
    assert place.records().ask(WAIVER, REQUEST, text=PREVIEW).record == request.record
    assert (place.the_row(), variables(place)) == before


def test_while_nothing_is_decided_only_what_is_empty_is_completed(exceptions: World) -> None:
    request = exceptions.asked()
    exceptions.instance.change(request.number, valid_to="2026-12-31", reason="")
    asked = exceptions.records().ask(WAIVER, REQUEST, text=PREVIEW)
    row = exceptions.the_row()
    assert (row["valid_to"], row["reason"]) == ("2026-12-31", WAIVER.reason)
    assert asked.lost == {"valid_to": "2026-12-31"}
