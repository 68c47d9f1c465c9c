import datetime as dt
import re

from hypothesis import given
from hypothesis import strategies as st

from connectors.servicenow.ticket_world import BODY, INCIDENT, OWN
from hubposture.connectors.servicenow import ticket_shape_of
from hubposture.connectors.servicenow.dictionary import FieldDefinition
from hubposture.connectors.servicenow.ticket_values import cut, entry, marks_of, signed, values_of, with_marks
from hubposture.render.spans import units
from hubposture.work.body import Body, Bullets, paragraph, text
from hubposture.work.ticket import Draft, Route

SHAPE = ticket_shape_of(INCIDENT, "servicenow")
TEXTS = st.text(st.characters(exclude_categories=()), max_size=150)
MARKS = st.lists(st.from_regex(r"[0-9a-f]{16}", fullmatch=True), max_size=20, unique=True).map(tuple)


def field(name: str, kind: str = "string", longest: int = 0) -> FieldDefinition:
    return FieldDefinition(name, kind, longest, is_read_only=False, is_mandatory=False, has_default=False, reference="")


def draft(title: str = "S3.8", body: Body = BODY, **changes: object) -> Draft:
    given = {"severity": "HIGH", "due": dt.date(2026, 12, 1), **changes}
    return Draft("shub-0123456789ab", Route("web", "servicenow", ""), title, body, **given)  # type: ignore[arg-type]


@given(TEXTS, TEXTS, st.integers(40, 500))
def test_titles_and_texts_fit_their_fields_whatever_they_are(title: str, words: str, longest: int) -> None:
    fields = {name: field(name, longest=longest) for name in ("short_description", "description")}
    body = Body((paragraph(words), Bullets((text(words), text(title)))))
    found = values_of(draft(title, body), SHAPE, fields)
    assert units(found["short_description"]) <= longest
    assert units(found["description"]) <= longest
    assert not re.search(r"[\x00-\x1f\x7f]", found["short_description"])
    "".join(found.values()).encode()


@given(TEXTS, st.from_regex(r"[0-9a-f]{16}", fullmatch=True))
def test_an_entry_fits_ends_with_its_mark_and_begins_no_markup(words: str, mark: str) -> None:
    for said in (words, f"[code]{words}[/CODE]@[{words}]", f"{words}@[" * 40 + "x" * 9000):
        found = entry(Body((paragraph(said),)), mark)
        assert units(found) <= 4000
        assert found.endswith(signed(mark))
        assert not re.search(r"\[/?code|@\[", found, re.IGNORECASE)


@given(TEXTS, MARKS, st.integers(400, 1000))
def test_marks_in_a_text_are_read_again_and_replaced_by_the_next(words: str, marks: tuple[str, ...], most: int) -> None:
    found = with_marks(words, marks, most=most)
    if marks:
        assert marks_of(found) == marks[-12:]
        assert units(found) <= most
        assert with_marks(found, marks, most=most) == found


@given(TEXTS, st.integers(0, 30))
def test_what_is_cut_fits_and_what_fits_is_whole(words: str, most: int) -> None:
    found = cut(words, most)
    assert units(found) <= most
    assert (found == words) == (units(words) <= most)


def test_a_due_day_is_a_day_or_its_last_second_as_the_field_takes_it() -> None:
    assert values_of(draft(), SHAPE, {})["due_date"] == "2026-12-01 23:59:59"
    assert values_of(draft(), SHAPE, {"due_date": field("due_date", "glide_date")})["due_date"] == "2026-12-01"
    assert values_of(draft(due=None), SHAPE, {})["due_date"] == ""


def test_fields_that_are_taken_out_are_not_written() -> None:
    bare = dict.fromkeys(("due", "body", "comment", "group", "assignee", "parent"), "")
    settings = OWN.model_copy(update={"fields": OWN.fields.model_copy(update=bare)})
    found = values_of(draft(), ticket_shape_of(settings, "servicenow"), {})
    assert set(found) == {"u_key", "short_description", "impact", "urgency"}


def test_a_severity_that_is_not_ours_writes_none() -> None:
    assert {"impact", "urgency"} & set(values_of(draft(severity="INFORMATIONAL"), SHAPE, {})) == set()
