import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubposture.waivers.subject_file import from_text, to_text
from hubposture.waivers.waiver import SubjectName, SubjectSet
from waivers.files_world import SUBJECTS

ANY = st.text(st.characters(codec=None, exclude_categories=()), max_size=12)
ACCOUNTS = st.from_regex(r"[0-9]{12}", fullmatch=True)
NAMES = st.builds(
    SubjectName, account=ACCOUNTS, region=st.sampled_from(["eu-central-1", "us-east-1", "", "-", "a b", "#"]) | ANY,
    control=st.sampled_from(["s3.8", "ec2.10"]), resource=st.sampled_from(["-", " ", "\\", "\\n", "a ", "a\u2028b"]) | ANY,
)  # fmt: skip
SETS = st.builds(
    lambda subjects, accounts: SubjectSet(tuple(sorted(subjects)), tuple(sorted(accounts))),
    st.sets(NAMES, max_size=5),
    st.sets(ACCOUNTS, max_size=3),
)


def set_of(*resources: str) -> SubjectSet:
    return SubjectSet(tuple(SubjectName("111122223333", "us-east-1", "s3.8", one) for one in resources))


@given(SETS)
def test_every_set_comes_back_from_its_text_whatever_its_resources_are_called(subjects: SubjectSet) -> None:
    text = to_text(subjects)
    assert from_text(text.encode(), "x.subjects") == (subjects, ())
    assert len(text.splitlines()) == len(subjects.subjects) + bool(subjects.accounts)


@given(SETS, st.randoms(use_true_random=False))
def test_order_doubles_comments_blank_lines_and_windows_lines_change_nothing(
    subjects: SubjectSet, random: object
) -> None:
    lines = to_text(subjects).split("\n") * 2
    random.shuffle(lines)  # type: ignore[attr-defined]  # a random.Random
    raw = b"\xef\xbb\xbf" + "\r\n".join(["# approved by lee", "", *lines]).encode()
    assert from_text(raw, "x.subjects") == (subjects, ())


def test_the_text_is_one_sorted_line_a_subject_with_the_accounts_above() -> None:
    accounts = ("111122223333", "444455556666")
    assert to_text(SubjectSet(SUBJECTS.subjects[::-1], accounts)) == (
        "accounts: 111122223333 444455556666\n"
        "012345678901 eu-central-1 s3.8 arn:aws:s3:::acme-public-site-www\n"
        "111122223333 eu-central-1 s3.8 arn:aws:s3:::acme-public-site-www\n"
        "111122223333 us-east-1 s3.2 arn:aws:s3:::acme-public-site-www\n"
    )


@pytest.mark.parametrize(
    ("resource", "written"),
    [
        ("arn with  blanks", "arn with  blanks"),
        ("käse", "käse"),
        (" ends ", r"\x20ends\x20"),
        ("a\\b", r"a\\b"),
        ("a\nb\tc\r", r"a\nb\tc\r"),
        ("left\u202eto right", r"left\u202eto right"),
        ("zero\u200bwidth", r"zero\u200bwidth"),
        ("", "-"),
        ("-", r"\x2d"),
        ("\ud800", r"\ud800"),
        ("\U000e0041", r"\U000e0041"),
    ],
)
def test_what_a_reviewer_could_not_see_is_escaped_and_letters_are_not(resource: str, written: str) -> None:
    assert to_text(set_of(resource)) == f"111122223333 us-east-1 s3.8 {written}\n"


def test_every_wrong_line_is_told_with_its_number() -> None:
    raw = b"""\
# fine
111122223333 us-east-1 S3.8 arn:x
accounts: 111122223333 1234
11112222333 us-east-1 s3.8 arn:x
111122223333 us-east-1 everything arn:x
111122223333 us-east-1 s3.8
111122223333 us-east-1 s3.8 arn:\\q
111122223333 us-east-1 s3.8 arn:\\U00110000
"""
    found, wrong = from_text(raw, "waivers/x.subjects")
    assert found.subjects == (SubjectName("111122223333", "us-east-1", "s3.8", "arn:x"),)
    assert [(one.where, one.what) for one in wrong] == [
        ("waivers/x.subjects:3:1", "'1234' is not an account id of 12 digits"),
        ("waivers/x.subjects:4:1", "'11112222333' is not an account id of 12 digits"),
        ("waivers/x.subjects:5:1", "'everything' is not a control id"),
        ("waivers/x.subjects:6:1", "3 parts where account, Region, control and resource are meant"),
        ("waivers/x.subjects:7:1", "'\\\\q' is no escape; a backslash itself is written twice"),
        ("waivers/x.subjects:8:1", "'\\\\U00110000' is no escape; a backslash itself is written twice"),
    ]


def test_of_very_many_wrong_lines_the_first_are_told_and_the_rest_counted() -> None:
    _, wrong = from_text(b"x\n" * 10_000, "x.subjects")
    assert len(wrong) == 101
    assert wrong[-1].what == "9,900 more lines are wrong"


def test_bytes_that_are_no_text_are_one_problem() -> None:
    found, wrong = from_text(b"\xff\xfe1", "x.subjects")
    assert (found, [one.what for one in wrong]) == (SubjectSet(()), ["not UTF-8 text at byte 0"])
