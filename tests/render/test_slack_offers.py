import datetime as dt

import orjson
from hypothesis import given
from hypothesis import strategies as st

from hubposture.render.slack import blocks
from hubposture.render.slack_offers import NOTES, OFFERS, beside, view_of, with_notes
from hubposture.sandbox.remote.slack_forms import complaint, view_complaint
from hubposture.work.body import Body, paragraph
from hubposture.work.offers import Doing, Form, FormField, Kind, Note, Offer, Thing, settled_by
from render.bodies import BODIES

AT = dt.datetime(2026, 11, 24, 9, 30)
TEXT = st.text(max_size=400)
THINGS = st.builds(Thing, st.sampled_from(Kind), TEXT, TEXT, TEXT, TEXT)
OFFERED = st.lists(
    st.builds(
        Offer, st.sampled_from(Doing), st.lists(THINGS, max_size=30).map(lambda found: tuple(dict.fromkeys(found)))
    ),
    max_size=6,
    unique_by=lambda one: one.doing,
)
NOTED = st.lists(st.builds(Note, st.sampled_from(Doing), TEXT, TEXT, st.just(AT)), max_size=30)
THING = Thing(Kind.TICKET, "shub-1", "SHOP-1: S3.8", "team-web")


@given(body=BODIES, offers=OFFERED, notes=NOTED)
def test_whatever_is_offered_and_noted_slack_takes_the_message(
    body: Body, offers: list[Offer], notes: list[Note]
) -> None:
    made = [*blocks("Title", body, room=2), *beside(offers, notes)]
    assert complaint({"text": "x", "blocks": made}) == ""
    again = with_notes(made, notes, settled_by(notes))
    assert complaint({"text": "x", "blocks": again}) == ""
    assert with_notes(again, notes, settled_by(notes)) == again


@given(title=TEXT, thing=THINGS, label=TEXT, first=TEXT)
def test_whatever_a_form_is_about_slack_opens_it(title: str, thing: Thing, label: str, first: str) -> None:
    fields = [
        FormField("a", label, hint=label, first=first[:200], is_long=True),
        FormField("b", label, choices=[("x", label), ("y", first)], first="y"),
    ]
    assert view_complaint(view_of(Form(Doing.REJECT, title or "Title", "C1 1.5", thing, fields))) == ""


def test_a_button_names_a_thing_by_what_means_nothing_elsewhere() -> None:
    (block,) = beside([Offer(Doing.ACKNOWLEDGE), Offer(Doing.NOT_MINE, (THING,))], [])
    assert block["block_id"] == OFFERS
    assert [one["value"] for one in block["elements"]] == ["-", THING.ref]
    assert len(THING.ref) == 16
    assert b"shub-1" not in orjson.dumps(block)


def test_what_is_settled_is_offered_no_more_and_the_rest_is() -> None:
    note = Note(Doing.ACKNOWLEDGE, "", "kim@example.com", AT)
    noted, offered = beside([Offer(Doing.ACKNOWLEDGE), Offer(Doing.NOT_MINE, (THING,))], [note])
    assert noted["block_id"] == NOTES
    assert [one["action_id"] for one in offered["elements"]] == ["hubposture.not-mine"]
    assert settled_by([Note(Doing.REJECT, "", "ray", AT)]) == {Doing.APPROVE, Doing.REJECT}


def test_names_of_people_and_things_call_nobody() -> None:
    note = Note(Doing.NOT_MINE, "<!channel> SHOP-1", "<@U1>", AT)
    (block,) = beside([], [note])
    text = block["elements"][0]["text"]
    assert "<!channel>" not in text
    assert "<@U1>" not in text
    assert "|2026-11-24 09:30 UTC>" in text


def test_a_note_replaces_the_former_one_in_place_of_standing_twice() -> None:
    one, two = Note(Doing.NOT_MINE, "a", "kim", AT), Note(Doing.OPEN_TICKET, "b", "lee", AT)
    first = [*blocks("T", Body((paragraph("x"),)), room=2), *beside([Offer(Doing.ACKNOWLEDGE)], [one])]
    after = with_notes(first, [one, two], set())
    assert [block.get("block_id", "") for block in after][-2:] == [NOTES, OFFERS]
    assert len(after) == len(first)
