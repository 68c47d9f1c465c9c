import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubposture.waivers.read import read_waivers
from hubposture.waivers.waiver import Approval, Effect, Revocation, SystemOfApproval, WaiverType
from waivers.files_world import ONE, SUBJECTS, day, problems, read, the_waiver, waiver

FULL = ONE + """\
ous: [ou-ab12-cdefgh34, /Workloads/Prod]
regions: [EU-central-1]
tags: {env: "prod*", "cost center": ""}
risk_owner: lee@example.com
compensating: |
  CloudFront with WAF in front;
  no customer data
covers_new: 2
effect: visible
approvals:
  - {system: servicenow, number: 0010042, by: lee@example.com, on: 2026-11-02, digest: "sha256:DIGEST", subjects: W-2026-014.subjects}
  - system: git
    on: 2026-11-03
    until: 2027-01-01
    digest: sha256:DIGEST
    subjects: W-2026-014.subjects
revoked: {on: 2027-01-15, by: lee@example.com, reason: "The site is gone"}
""".replace("DIGEST", "ab" * 32)  # fmt: skip


def changed(old: str, new: str) -> str:
    assert old in ONE
    return ONE.replace(old, new)


def test_a_waiver_is_read_with_its_types_and_the_place_where_it_stands() -> None:
    assert the_waiver(ONE) == waiver()


def test_every_entry_is_read() -> None:
    found = the_waiver(FULL)
    assert found.criteria.ous == ("ou-ab12-cdefgh34", "/Workloads/Prod")
    assert found.criteria.regions == ("eu-central-1",)
    assert found.criteria.tags == (("cost center", ""), ("env", "prod*"))
    assert (found.risk_owner, found.covers_new, found.effect) == ("lee@example.com", 2, Effect.VISIBLE)
    assert found.compensating == "CloudFront with WAF in front;\nno customer data"
    assert found.revoked == Revocation(day("2027-01-15"), "lee@example.com", "The site is gone")
    first, second = found.approvals
    assert first == Approval(
        SystemOfApproval.SERVICENOW, "0010042", "lee@example.com", day("2026-11-02"), day("2027-05-01"),
        "sha256:" + "ab" * 32, "W-2026-014.subjects", "waivers/W-2026-014.yaml:22:5",
    )  # fmt: skip
    assert second.until == day("2027-01-01")
    assert (second.system, second.number, second.by) == (SystemOfApproval.GIT, "", "")


@pytest.mark.parametrize("text", ["012345678901", "0123_4567", "0x1F", "1e3", "yes", "1:30", "2026-11-02", "null-ish"])
def test_what_looks_like_a_number_a_date_or_a_boolean_stays_text(text: str) -> None:
    found = the_waiver(changed("owner: team-web", f"owner: {text}"))
    assert found.owner == text


def test_a_list_of_waivers_in_one_file_is_read_like_one_file_each() -> None:
    second = ONE.replace("W-2026-014", "W-2026-015")
    listed = "".join("- " + one.split("\n", 1)[1].replace("\n", "\n  ").rstrip() + "\n" for one in (ONE, second))
    found = read_waivers({"waivers.yaml": listed.encode()})
    assert found.problems == ()
    assert [one.id for one in found.waivers] == ["W-2026-014", "W-2026-015"]
    assert found.waivers[0] == waiver(file="waivers.yaml", source="waivers.yaml:1:3")


def test_an_empty_list_names_no_waivers_and_an_emptied_file_is_an_error() -> None:
    assert read("[]\n").problems == ()
    for text in ("", "# nothing\n", "---\n", "~\n"):
        assert ["says nothing" in problem for problem in problems(text)] == [True], text


def test_everything_wrong_in_a_file_comes_at_once_with_line_column_and_what_to_do() -> None:
    text = """\
id: "W 14"
controls: [S3.8, "S3.*", s3.8, "S3.1, S3.2"]
resources: ["", arn:x]
accounts: [12345678901, 111122223333]
region: [eu-central-1]
type: bydesign
reason: ""
owner: [team-web]
valid_from: 02/11/2026
expires: 2026-02-30
covers_new: -1
covers_new: 1
effect: hide
"""
    assert problems(text) == [
        "1:1: a waiver has no requested_by (write who asks for it: requested_by: kim@example.com)",
        "1:5: id is 'W 14', which cannot be (write id: W-2026-014 (letters, digits, dot, hyphen and underscore))",
        "2:18: 'S3.*': controls take no wildcards (name each control: [S3.2, S3.8])",
        "2:26: 's3.8' is in controls twice, first in line 2 (keep one)",
        "2:32: 'S3.1, S3.2' is not one control id (write a list: [S3.2, S3.8])",
        "3:13: an empty pattern in resources (write an ARN; * is any run of characters, ? exactly one)",
        "4:12: '12345678901' is not an account id (write all 12 digits; perhaps 012345678901 was meant, zeros in front count)",
        "5:1: 'region' is no entry of a waiver (did you mean regions?)",
        "6:7: type is 'bydesign', which is not one of the choices (did you mean by-design?)",
        "7:9: reason is empty (write why this is excused)",
        "8:8: owner is a list, but one text is meant (write which team owns what is excused)",
        "9:13: valid_from is '02/11/2026', which is no date (write it as 2027-05-01)",
        "10:10: expires is '2026-02-30', which is no date (write it as 2027-05-01)",
        "11:13: covers_new is '-1', which is no whole number of 0 or more (write digits only)",
        "12:1: 'covers_new' is there twice, first in line 11 (keep one)",
        "13:9: effect is 'hide', which is not one of the choices (write one of suppress, visible)",
    ]


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("id", "write id: W-2026-014"),
        ("controls", "controls: [S3.2, S3.8]"),
        ("type", "write one of risk-acceptance, false-positive, by-design, compensating, remediation-plan"),
        ("reason", "why this is excused"),
        ("owner", "which team"),
        ("requested_by", "requested_by: kim@example.com"),
        ("valid_from", "valid_from: 2026-11-02"),
        ("expires", "expires: 2027-05-01"),
    ],
)
def test_what_is_missing_is_an_error_that_says_what_to_write(key: str, said: str) -> None:
    lines = [line for line in ONE.splitlines() if not line.startswith(f"{key}:")]
    found = read("\n".join(lines))
    assert found.waivers == ()
    assert len(found.problems) == 1
    assert f"has no {key}" in found.problems[0].what
    assert said in found.problems[0].hint
    null = read("\n".join(f"{key}: ~" if line.startswith(f"{key}:") else line for line in ONE.splitlines()))
    assert [problem.what for problem in null.problems] == [found.problems[0].what]


def test_resources_accounts_or_ous_must_be_there_and_regions_do_not_stand_for_them() -> None:
    text = changed(
        'resources: ["arn:aws:s3:::acme-public-site-*"]      # * and ?\naccounts: [012345678901, "111122223333"]',
        "regions: [eu-central-1]",
    )
    assert problems(text) == [
        "2:1: a waiver has no resources (write at least one of resources, accounts and ous; regions and tags only narrow)"
    ]


@pytest.mark.parametrize("pattern", ["*", "**", "?*"])
def test_a_pattern_of_only_wildcards_needs_accounts_or_ous(pattern: str) -> None:
    wide = changed("arn:aws:s3:::acme-public-site-*", pattern)
    assert the_waiver(wide).criteria.resources == (pattern,)
    alone = wide.replace('accounts: [012345678901, "111122223333"]\n', "")
    assert ["means every resource" in problem for problem in problems(alone)] == [True]
    assert the_waiver(alone + "ous: /Sandbox\n").criteria.ous == ("/Sandbox",)


def test_it_may_not_expire_before_it_is_valid() -> None:
    assert problems(changed("2027-05-01 ", "2026-11-01 ")) == [
        "11:10: expires on 2026-11-01, before it is valid from 2026-11-02"
    ]
    assert the_waiver(changed("2027-05-01 ", "2026-11-02 ")).expires == day("2026-11-02")


def test_a_compensating_measure_must_be_named() -> None:
    assert ["has no compensating" in one for one in problems(changed("by-design", "compensating"))] == [True]
    named = the_waiver(changed("by-design", "compensating") + "compensating: WAF\n")
    assert (named.type, named.compensating) == (WaiverType.COMPENSATING, "WAF")


def test_an_approval_must_say_all_that_binds_it() -> None:
    text = ONE + "approvals:\n  - {system: servicenow, on: 2026-11-02, digests: x}\n  - yes\n"
    assert problems(text) == [
        "13:5: an approval has no by (write who approved: by: lee@example.com)",
        "13:5: an approval has no digest (hubposture writes it; `hubposture waivers preview` shows it)",
        "13:5: an approval has no number (write the number of the record)",
        '13:5: an approval has no subjects (write the file of the approved set: "W-2026-014.subjects")',
        "13:42: 'digests' is no entry of an approval (did you mean digest?)",
        "14:5: a text in approvals, but a mapping is meant (write {name: value, ...})",
    ]


def test_an_id_twice_names_both_places_whatever_its_case() -> None:
    found = read_waivers(
        {"waivers/a.yaml": ONE.encode(), "waivers/b.yaml": ONE.lower().replace("s3.8", "S3.8").encode()}
    )
    assert [str(problem) for problem in found.problems] == [
        "waivers/b.yaml:2:1: the id w-2026-014 is there twice, first at waivers/a.yaml:2:1 (give each waiver an id of its own)"
    ]
    assert [one.file for one in found.waivers] == ["waivers/a.yaml"]


def test_sets_are_found_by_file_name_and_a_broken_one_is_left_out() -> None:
    line = b"111122223333 us-east-1 S3.2 arn:aws:s3:::acme-public-site-www\n"
    found = read_waivers(
        {"waivers/W-1.subjects": line, "waivers/W-2.subjects": b"nonsense\n", "waivers/README.md": b"\xff",
         "waivers/old/W-1.subjects": line}
    )  # fmt: skip
    assert list(found.sets) == ["W-1.subjects"]
    assert found.sets["W-1.subjects"].subjects == SUBJECTS.subjects[2:]
    assert [problem.where for problem in found.problems] == ["waivers/W-2.subjects:1:1", "waivers/old/W-1.subjects"]


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"id: W-1\nreason: \xff", "2:9: not UTF-8 text"),
        (b"id: W-1\nreason: a\x00b", "2:10: the character U+0000 is not allowed"),
        (b"id: W-1\n\treason: x", "2:1: not valid YAML"),
        (b"id: W-1\nid: [", "3:1: not valid YAML"),
        (b"a: &x [1]\nb: *x", "1:4: an anchor"),
        (b"resources:\n  - *", "2:6: not valid YAML: did not find expected alphabetic or numeric character (put a text that begins with * into quotes)"),
        (b"resources:\n  - *bucket", "2:5: an alias"),
        (b"id: !!python/object:os.system x", "1:5: a tag"),
        (b"? [a, b]\n: c", "1:3: a key that is no text"),
        (b"id: a\n---\nid: b", "2:1: a second document"),
        (b"- " * 100_000 + b"x", "nested more than 8 deep"),
        (b"[" * 100_000, "nested more than 8 deep"),
        (b"{a: " * 100_000, "nested more than 8 deep"),
        (b"id: " + b"x" * 34_000_000, "bytes; 33,554,432 are read at most"),
        (b"{id: [" + b"a," * 210_000 + b"]}", "more than 200,000 values"),
    ],
)  # fmt: skip
def test_a_hostile_file_is_a_problem_with_a_place_and_takes_nothing_down(raw: bytes, said: str) -> None:
    found = read_waivers({"waivers/x.yaml": raw})
    assert found.waivers == ()
    assert any(said in str(problem) for problem in found.problems), found.problems[:3]
    assert len(found.problems) <= 502
    assert all(len(str(problem)) < 500 for problem in found.problems)


def test_one_file_that_cannot_be_read_leaves_the_others_readable() -> None:
    found = read_waivers({"waivers/a.yaml": b"[", "waivers/b.yaml": ONE.encode()})
    assert [one.id for one in found.waivers] == ["W-2026-014"]
    assert [problem.where for problem in found.problems] == ["waivers/a.yaml:2:1"]


@pytest.mark.parametrize("line", ["unknown{}: x\n", "- {}\n"])
def test_of_very_many_problems_the_first_are_told_and_that_there_are_more(line: str) -> None:
    found = read("".join(line.format(n) for n in range(20_000))).problems
    assert len(found) == 501
    assert any("has more problems than the 500 told here" in problem.what for problem in found)


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_no_file_whatsoever_raises(raw: bytes) -> None:
    read_waivers({"waivers/x.yaml": raw, "waivers/x.subjects": raw})


@given(
    st.recursive(
        st.text(max_size=6),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["id", "controls", "tags", "approvals", "revoked", "x"]), inner, max_size=4
            )
        ),
        max_leaves=12,
    )
)
def test_no_shape_of_values_raises(shape: object) -> None:
    read_waivers({"waivers/x.yaml": json.dumps(shape).encode()})


def test_byte_order_mark_and_windows_lines_change_nothing() -> None:
    raw = b"\xef\xbb\xbf" + ONE.replace("\n", "\r\n").encode()
    assert read_waivers({"waivers/W-2026-014.yaml": raw}).waivers == (waiver(),)
