"""The merge of two branches of a workbook, by cases and by its laws."""

from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from hubposture.matrix.cells import Book, Cell, CellKind, Sheet
from hubposture.matrix.edits import CellEdit, Edit, RowAppend, RowDelete
from hubposture.matrix.meaning import column_of, keyed, meaning
from hubposture.matrix.merge import merge
from hubposture.matrix.tables import tables
from matrix.matrix_world import book, controls, detections, sheet

S3 = {"Control": "S3.8", "Disposition": "enforce", "Owner": "a"}
EC2 = {"Control": "EC2.2", "Disposition": "monitor"}


def applied(to: Book, edits: Sequence[Edit]) -> Book:
    """The workbook after the edits, as anything that carries them out must leave it."""
    sheets = {each.name: dict(each.cells) for each in to.sheets}
    for edit in edits:
        cells = sheets[edit.sheet]
        if isinstance(edit, CellEdit):
            put = [(edit.row, edit.column, edit.text, edit.kind)]
        elif isinstance(edit, RowAppend):
            below = max((row for row, _ in cells), default=0) + 1
            put = [(below, cell.column, cell.text, cell.kind) for cell in edit.cells]
        else:
            put = [(row, column, "", CellKind.TEXT) for row, column in cells if row == edit.row]
        for row, column, text, kind in put:
            cells.pop((row, column), None)
            if text:
                cells[row, column] = Cell(edit.sheet, row, column, text, kind)
    return Book(to.name, to.digest, tuple(Sheet(name, cells) for name, cells in sheets.items()))


def said(of: Book) -> dict[str, dict[tuple[str, ...], dict[str, str]]]:
    """All a workbook means: per table and row what each column says, whatever the order."""
    return {
        table.spec.name: {
            key: {
                name: text
                for name, cell in row.cells.items()
                if (text := meaning(cell.text, column_of(table.spec, name)))
            }
            for key, row in keyed(table).rows.items()
        }
        for table in tables(of)[0]
    }


def merged(base: Book, ours: Book, theirs: Book) -> Book:
    found = merge(base, ours, theirs)
    assert found.conflicts == ()
    return applied(ours, found.edits)


def test_two_branches_that_add_different_rows_merge_by_themselves() -> None:
    base = book(controls(S3))
    result = merged(base, book(controls(S3, EC2)), book(controls({"Control": "IAM.6", "Disposition": "enforce"}, S3)))
    assert set(said(result)["Controls"]) == {("s3.8", ""), ("ec2.2", ""), ("iam.6", "")}


def test_different_cells_of_one_row_merge_and_a_removed_row_goes() -> None:
    base = book(controls(S3, EC2))
    result = merged(base, book(controls({**S3, "Owner": "b"}, EC2)), book(controls({**S3, "Disposition": "monitor"})))
    assert said(result)["Controls"] == {("s3.8", ""): {"control": "s3.8", "disposition": "monitor", "owner": "b"}}


def test_the_same_row_added_equally_is_one_and_differently_is_a_conflict_of_cells() -> None:
    base = book(controls(S3))
    same = merge(base, book(controls(S3, EC2)), book(controls({**EC2, "Disposition": "Monitor"}, S3)))
    assert (same.edits, same.conflicts) == ((), ())
    other = merge(
        base, book(controls(S3, EC2)), book(controls(S3, {**EC2, "Disposition": "siem", "Owner": "c"}), name="theirs")
    )
    assert [(each.column, each.ours, each.theirs, each.theirs_at) for each in other.conflicts] == [
        ("Disposition", "monitor", "siem", "theirs!Controls!C3")
    ]
    assert [type(edit) for edit in other.edits] == [CellEdit], "what is not in conflict is merged"


def test_a_conflict_reads_as_one_line_with_both_texts_and_cells() -> None:
    ours, theirs = (book(controls({**S3, "Owner": name}), name=name) for name in ("b", "c"))
    assert str(merge(book(controls(S3)), ours, theirs).conflicts[0]) == (
        "Controls S3.8 Owner: ours b [b!Controls!K2]; theirs c [c!Controls!K2]; before a"
    )


def test_removing_a_row_that_the_other_side_edited_is_a_conflict_both_ways() -> None:
    base, without, edited = book(controls(S3, EC2)), book(controls(EC2)), book(controls({**S3, "Owner": "b"}, EC2))
    for ours, theirs in ((without, edited), (edited, without)):
        found = merge(base, ours, theirs)
        assert found.edits == ()
        assert [(each.row, each.column) for each in found.conflicts] == [("S3.8", "")]


def test_a_column_of_the_users_own_comes_along_with_its_heading() -> None:
    base = book(sheet("Controls", [["Control", "Owner"], ["S3.8", "a"]]))
    theirs = book(sheet("Controls", [["Jira", "Control", "Owner"], ["X-1", "S3.8", "a"], ["X-2", "S3.9", "b"]]))
    result = merged(base, base, theirs)
    assert said(result) == said(theirs)
    assert result.sheets[0].cells[1, 3].text == "Jira"


def test_what_hubposture_writes_and_sheets_of_the_users_own_are_left_as_ours_has_them() -> None:
    base = book(controls(S3), sheet("Mine", [["1"]]))
    theirs = book(controls({**S3, "Title": "written"}), sheet("Mine", [["2"]]), sheet("Coverage", [["State"]]))
    found = merge(base, base, theirs)
    assert (found.edits, found.conflicts) == ((), ())
    assert found.notices == ("Mine: this sheet of your own differs in theirs; ours is kept",)


def test_a_sheet_that_only_theirs_has_is_a_conflict_to_be_settled_by_hand() -> None:
    found = merge(book(controls(S3)), book(controls(S3)), book(controls(S3), detections({"Detection": "d"})))
    assert [(each.sheet, each.ours, each.theirs) for each in found.conflicts] == [
        ("Detections", "no such sheet", "1 rows")
    ]


def test_dates_keep_their_kind() -> None:
    base = book(sheet("Controls", [["Control", "Expires"], ["S3.8", ""]]))
    theirs = book(sheet("Controls", [["Control", "Expires"], ["S3.8", "2027-01-01"]], kinds={(2, 2): CellKind.DATE}))
    assert merge(base, base, theirs).edits == (CellEdit("Controls", 2, 2, "2027-01-01", CellKind.DATE),)


# --- laws ------------------------------------------------------------------------------------------------------------


@st.composite
def books(draw: st.DrawFn) -> Book:
    """Small workbooks, some with doubled rows, rows without a key, own columns and moved headings."""
    headings = draw(
        st.permutations(["Control", "Scope", "Disposition", "Owner", *draw(st.sampled_from([[], ["Jira"]]))])
    )
    values = {
        "Control": st.sampled_from(["S3.8", "s3.8", "EC2.2", "IAM.6", "IAM.6", ""]),
        "Scope": st.sampled_from(["", "", "prod"]),
        "Disposition": st.sampled_from(["", "enforce", "Enforce", "monitor"]),
        "Owner": st.sampled_from(["", "a", "b"]),
        "Jira": st.sampled_from(["", "X"]),
    }
    rows = draw(st.lists(st.tuples(*(values[heading] for heading in headings)), max_size=5))
    return book(sheet("Controls", [headings, *rows]))


@given(books(), books())
@settings(max_examples=80, deadline=None)
def test_merging_with_an_unchanged_side_is_the_other_side(base: Book, changed: Book) -> None:
    assert merge(base, changed, base).edits == ()
    assert said(merged(base, base, changed)) == said(changed)
    assert merge(base, changed, changed).edits == ()


@given(books(), books(), books())
@settings(max_examples=120, deadline=None)
def test_which_side_is_ours_does_not_matter_when_nothing_conflicts(base: Book, one: Book, other: Book) -> None:
    here, there = merge(base, one, other), merge(base, other, one)
    assert len(here.conflicts) == len(there.conflicts)
    if not here.conflicts:
        assert said(applied(one, here.edits)) == said(applied(other, there.edits))


@given(books(), books(), books())
@settings(max_examples=80, deadline=None)
def test_merging_again_changes_nothing(base: Book, ours: Book, theirs: Book) -> None:
    first = merge(base, ours, theirs)
    after = applied(ours, first.edits)
    if not first.conflicts:
        assert merge(theirs, after, theirs).edits == ()
        assert said(applied(after, merge(base, after, theirs).edits)) == said(after)


def test_row_deletes_name_rows_of_ours() -> None:
    base = book(controls(S3, EC2))
    assert merge(base, book(controls(EC2, S3)), book(controls(EC2))).edits == (RowDelete("Controls", 3),)
