import datetime as dt
from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubposture.matrix.cells import Book, CellKind
from hubposture.model.controls import ControlId
from hubposture.waivers.import_row import after
from hubposture.waivers.importing import Imported, import_waivers
from hubposture.waivers.read import read_waivers
from hubposture.waivers.waiver import Criteria, WaiverType
from hubposture.waivers.write import to_yaml
from matrix.matrix_world import book, organization, sheet
from waivers.files_world import TODAY, day

HEADINGS = (
    "Exception ID", "Control(s)", "Resource/ARN", "Account", "Region", "Type", "Justification", "Owner",
    "Requested by", "Approver", "Expiry", "Status",
)  # fmt: skip
ROW = {
    "Exception ID": "EXC-7", "Control(s)": "S3.8, s3.2", "Resource/ARN": "arn:aws:s3:::acme-*", "Account": "012345678901",
    "Justification": "Static site", "Owner": "team-web", "Requested by": "kim", "Approver": "lee", "Expiry": "2027-05-01",
}  # fmt: skip


def listed(*rows: Mapping[str, str], kinds: Mapping[tuple[int, int], CellKind] | None = None) -> Book:
    """A workbook with a title, a blank row and the headings in row 3."""
    lines: list[Sequence[str]] = [
        ["Our exceptions"],
        [],
        HEADINGS,
        *([row.get(one, "") for one in HEADINGS] for row in rows),
    ]
    return book(sheet("Register", lines, kinds=kinds), name="exceptions.xlsx")


def imported(*rows: Mapping[str, str], **given: object) -> Imported:
    return import_waivers(listed(*rows), today=TODAY, **given)  # type: ignore[arg-type]  # a test names what it gives


def wrong(found: Imported) -> list[str]:
    return [str(problem).removeprefix("exceptions.xlsx!Register!") for problem in found.problems]


def test_a_row_becomes_a_waiver_without_an_approval_that_says_where_it_comes_from() -> None:
    found = imported(ROW)
    assert (found.problems, found.notes) == ((), ())
    (one,) = found.waivers
    assert one.id == "EXC-7"
    assert one.criteria == Criteria(
        (ControlId("s3.8"), ControlId("s3.2")), resources=("arn:aws:s3:::acme-*",), accounts=("012345678901",)
    )
    assert (one.type, one.reason, one.owner, one.requested_by) == (
        WaiverType.RISK_ACCEPTANCE, "Static site", "team-web", "kim",
    )  # fmt: skip
    assert (one.valid_from, one.expires, one.approvals) == (TODAY, day("2027-05-01"), ())
    assert found.heads == {"EXC-7": ("imported from exceptions.xlsx!Register!A4", "approved there by lee")}


def test_what_is_imported_can_be_written_and_read() -> None:
    found = imported(
        ROW, {**ROW, "Exception ID": "b/2: x", "Account": "all", "Type": "false positive", "Region": "EU-central-1"}
    )
    texts = {f"waivers/{one.id}.yaml": to_yaml(one, head=found.heads[one.id]).encode() for one in found.waivers}
    read = read_waivers(texts)
    assert read.problems == ()
    assert [(one.id, one.criteria, one.type) for one in read.waivers] == [
        (one.id, one.criteria, one.type) for one in found.waivers
    ]
    assert found.waivers[1].id == "b-2-x"
    assert (found.waivers[1].criteria.accounts, found.waivers[1].criteria.regions) == ((), ("eu-central-1",))


def test_rows_of_one_id_are_joined() -> None:
    found = imported(
        ROW, {**ROW, "Resource/ARN": "arn:aws:s3:::other"}, {**ROW, "Exception ID": "exc-7", "Control(s)": "S3.8"},
        {**ROW, "Exception ID": "EXC-8"},
    )  # fmt: skip
    assert found.problems == ()
    assert [one.id for one in found.waivers] == ["EXC-7", "EXC-8"]
    assert found.waivers[0].criteria.resources == ("arn:aws:s3:::acme-*", "arn:aws:s3:::other")
    assert found.waivers[0].criteria.controls == ("s3.8", "s3.2")
    assert ["differ in controls and resources" in str(one) for one in found.notes] == [True]


def test_rows_of_one_id_must_agree_and_must_not_narrow_each_other() -> None:
    found = imported(ROW, {**ROW, "Account": "", "Expiry": "2027-06-01", "Owner": "team-x"})
    assert found.waivers == ()
    assert wrong(found) == [
        (
            "D5: EXC-7 names accounts in exceptions.xlsx!Register!D4 and none here; joined, they hold for both "
            "(write them in every row of this id, or give it another id)"
        ),
        (
            "H5: owner of EXC-7 is not what exceptions.xlsx!Register!H4 says "
            "(rows of one id are one waiver; let them say the same)"
        ),
        (
            "K5: expires of EXC-7 is not what exceptions.xlsx!Register!K4 says "
            "(rows of one id are one waiver; let them say the same)"
        ),
    ]


def test_all_that_is_wrong_comes_at_once_with_its_cells_and_keeps_only_its_waivers_out() -> None:
    found = imported(
        {**ROW, "Control(s)": "S3.*; all", "Account": "1234, acme", "Region": "Frankfurt", "Type": "because", "Expiry": "01/02/2027"},
        {"Exception ID": "EXC-8", "Control(s)": "S3.8"},
        {**ROW, "Exception ID": "EXC-9"},
    )  # fmt: skip
    assert [one.id for one in found.waivers] == ["EXC-9"]
    assert [line.partition(":")[0] for line in wrong(found)] == [
        "B4", "B4", "C5", "D4", "D4", "E4", "F4", "G5", "H5", "I5", "K4", "K5",
    ]  # fmt: skip
    assert "C5: EXC-8 has neither resources nor accounts nor OUs (write at least one of them)" in wrong(found)
    assert "K5: EXC-8 has no expires (write it, or give one for all rows that have none)" in wrong(found)


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("90 days", "2027-02-22"), ("90d", "2027-02-22"), ("in 2 weeks", "2026-12-08"), ("for 3 months", "2027-02-24"),
        ("1 Year", "2027-11-24"), ("2027-05-01", "2027-05-01"), ("0 days", "2026-11-24"),
    ],
)  # fmt: skip
def test_how_long_it_may_hold_counts_from_today(text: str, end: str) -> None:
    assert [one.expires for one in imported({**ROW, "Expiry": text}).waivers] == [day(end)]


@pytest.mark.parametrize("text", ["never", "Permanent", "n/a", "TBD"])
def test_what_never_ends_is_no_waiver(text: str) -> None:
    found = imported({**ROW, "Expiry": text})
    assert wrong(found) == [f"K4: {text!r} is no end (a waiver expires; write the last day, or how long: 90 days)"]


@given(st.dates(dt.date(2020, 1, 1), dt.date(2030, 12, 31)), st.integers(0, 999))
def test_months_end_with_the_month_and_twelve_are_a_year(today: dt.date, count: int) -> None:
    assert after(today, 12 * count, "months") == after(today, count, "y")
    end = after(today, count, "month")
    assert (end.year * 12 + end.month) - (today.year * 12 + today.month) == count
    assert end.day == today.day or (end.day < today.day and (end + dt.timedelta(days=1)).day == 1)


def test_what_is_over_is_passed_over_and_told() -> None:
    found = imported(
        {**ROW, "Expiry": "2026-11-23", "Owner": ""}, {**ROW, "Exception ID": "EXC-8", "Expiry": "2026-11-24"}
    )
    assert [one.id for one in found.waivers] == ["EXC-8"]
    assert [str(one) for one in found.notes] == ["exceptions.xlsx!Register!K4: EXC-7 ended on 2026-11-23 (passed over)"]
    assert found.problems == ()


def test_headings_can_be_given_a_meaning_and_blank_cells_a_value() -> None:
    rows = [
        ["Nr", "Regel", "Objekt", "Warum"],
        ["1", "S3.8", "arn:aws:s3:::a", "Weil"],
        ["", "S3.8", "arn:aws:s3:::b", "Auch"],
    ]
    given = import_waivers(
        book(sheet("Ausnahmen", rows), sheet("Liste", [["Region"]]), name="x.xlsx"),
        today=TODAY,
        mapping={"Nr": "id", "Regel": "Controls", "Objekt": "resources", "Warum": "Justification"},
        defaults={"owner": "team-web", "Requested by": "kim", "expires": "90 days", "type": "by-design"},
    )
    assert given.problems == ()
    assert [(one.id, one.reason, one.owner, one.type.value) for one in given.waivers] == [
        ("1", "Weil", "team-web", "by-design"),
        ("W-IMPORT-3", "Auch", "team-web", "by-design"),
    ]


def test_a_meaning_that_does_not_exist_is_told_with_the_one_that_was_meant() -> None:
    found = imported(ROW, mapping={"Control(s)": "contols"}, defaults={"ownr": "x"})
    assert [str(one) for one in found.problems[:2]] == [
        "exceptions.xlsx: 'contols' in the mapping is no entry of a waiver (did you mean controls?)",
        "exceptions.xlsx: 'ownr' in the defaults is no entry of a waiver (did you mean owner?)",
    ]
    assert found.waivers == ()


def test_accounts_may_be_named_where_the_organization_is_known() -> None:
    row = {**ROW, "Account": "acme-shop; bank\n333333333333 (lab)"}
    found = imported(row, organization=organization())
    assert found.waivers[0].criteria.accounts == ("012345678901", "222222222222", "333333333333")
    assert [line.partition(" (")[0] for line in wrong(imported(row))] == [
        "D4: 'acme-shop' is not an account",
        "D4: 'bank' is not an account",
    ]


def test_broken_cells_and_accounts_without_their_zeros_are_told() -> None:
    kinds = {(4, 4): CellKind.NUMBER, (4, 7): CellKind.ERROR, (5, 11): CellKind.NO_CACHED_VALUE}
    rows = ({**ROW, "Account": "12345678901", "Justification": "#REF!"}, {**ROW, "Exception ID": "EXC-8", "Expiry": ""})
    found = import_waivers(listed(*rows, kinds=kinds), today=TODAY)
    assert [line.partition(":")[0] for line in wrong(found)] == ["D4", "G4", "K5"]
    assert "perhaps 012345678901 was meant" in wrong(found)[0]
    assert "no stored result" in wrong(found)[2]


def test_everything_everywhere_is_no_waiver() -> None:
    found = imported({**ROW, "Resource/ARN": "all", "Account": "all"})
    assert wrong(found) == ["C4: EXC-7 means every resource of the organization (write ARNs, or add accounts or OUs)"]
    assert imported({**ROW, "Resource/ARN": "all"}).waivers[0].criteria.resources == ("*",)


def test_a_name_that_is_no_arn_is_taken_and_told() -> None:
    found = imported({**ROW, "Resource/ARN": "acme-logs"})
    assert found.waivers[0].criteria.resources == ("acme-logs",)
    assert ["is no ARN" in str(one) for one in found.notes] == [True]


def test_two_names_that_would_be_one_id_are_told() -> None:
    found = imported({**ROW, "Exception ID": "EXC 7"}, ROW)
    assert wrong(found) == [
        (
            "A5: 'EXC-7' would be called EXC-7, and so would 'EXC 7' "
            "(an id has letters, digits, dot, hyphen and underscore)"
        )
    ]


def test_a_sheet_can_be_named_and_one_without_controls_is_told() -> None:
    both = book(*listed(ROW).sheets, sheet("Other", [["Notes"]]), name="exceptions.xlsx")
    assert [one.id for one in import_waivers(both, today=TODAY).waivers] == ["EXC-7"]
    for name, said in (("Other", "no heading 'Controls'"), ("Registr", "did you mean Register?")):
        found = import_waivers(both, today=TODAY, sheet=name)
        assert found.waivers == ()
        assert [said in str(problem) for problem in found.problems] == [True]


CELLS = st.sampled_from(
    ["", "S3.8", "x", "90 days", "1234", "#REF!", "a, b", "all", "2027-05-01", "\x00", "=1", "a: b"]
) | st.text(max_size=6)


@given(st.lists(st.dictionaries(st.sampled_from(HEADINGS), CELLS, max_size=3), max_size=3))
def test_whatever_a_sheet_holds_what_comes_out_can_be_read(changes: list[dict[str, str]]) -> None:
    found = imported(*({**ROW, "Exception ID": f"EXC-{at}", **change} for at, change in enumerate(changes)))
    texts = {f"waivers/{one.id}.yaml": to_yaml(one, head=found.heads[one.id]).encode() for one in found.waivers}
    assert read_waivers(texts).problems == ()
    assert len(texts) == len(found.waivers)
    assert found.waivers or found.problems or found.notes or not changes
