import datetime as dt
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubposture.errors import InputError
from hubposture.model.controls import ControlId
from hubposture.waivers.read import read_waivers
from hubposture.waivers.waiver import Approval, Criteria, Effect, Revocation, SystemOfApproval, Waiver, WaiverType
from hubposture.waivers.write import to_yaml, with_approval, with_expires, with_revocation
from waivers.files_world import ONE, approval, day, waiver

REVOKED = Revocation(day("2027-01-15"), "lee@example.com", 'The "site" is gone')
LATER = day("2027-08-01")
GIVEN = replace(approval(waiver()), number="0010042", source="")
ENTRY = (
    '{system: file, number: "0010042", by: lee@example.com, on: 2026-11-02, until: 2027-05-01, '
    f'digest: "{GIVEN.digest}", subjects: W-2026-014.subjects}}'
)

NAMES = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1, max_size=8).filter(
    lambda text: text.strip() == text != ""
)
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=20).map(
    str.strip
)
TEXTS = TEXTS.filter(bool)
PATTERNS = TEXTS | st.sampled_from(
    ["*a", "&b", "!c", "- d", "e: f", "g #h", "null", "~", "1e3", "2026-11-02", "{x}", "'", '"', "\\"]
)
DATES = st.dates(day("2026-01-01"), day("2030-01-01"))
APPROVALS = st.builds(
    Approval, system=st.sampled_from(SystemOfApproval), number=NAMES, by=NAMES, on=DATES, until=st.just(LATER).map(lambda _: day("2031-01-01")),
    digest=st.just(GIVEN.digest), subjects=st.just("W-2026-014.subjects"), source=st.just(""),
)  # fmt: skip
WAIVERS = st.builds(
    waiver,
    criteria=st.builds(
        Criteria,
        controls=st.lists(st.sampled_from(["s3.8", "ec2.10", "iam.1"]).map(ControlId), min_size=1, unique=True).map(tuple),
        resources=st.lists(PATTERNS, max_size=3, unique=True).map(tuple),
        accounts=st.lists(st.from_regex(r"[0-9]{12}", fullmatch=True), min_size=1, max_size=2, unique=True).map(tuple),
        ous=st.sampled_from([(), ("/Workloads/Prod",), ("ou-ab12-cdefgh34", "/a b")]),
        regions=st.sampled_from([(), ("eu-central-1", "us-east-1")]),
        tags=st.dictionaries(TEXTS, TEXTS | st.just(""), max_size=2).map(lambda tags: tuple(sorted(tags.items()))),
    ),
    type=st.sampled_from(WaiverType), reason=TEXTS, compensating=TEXTS, owner=NAMES, requested_by=NAMES,
    risk_owner=NAMES | st.just(""), covers_new=st.integers(0, 999), effect=st.sampled_from(Effect),
    approvals=st.lists(APPROVALS, max_size=2).map(tuple), revoked=st.none() | st.just(REVOKED),
)  # fmt: skip


def read_back(raw: bytes) -> list[Waiver]:
    """The waivers of a file without their places."""
    found = read_waivers({"x.yaml": raw})
    assert found.problems == ()
    return [placeless(one) for one in found.waivers]


def placeless(of: Waiver) -> Waiver:
    approvals = tuple(replace(one, source="") for one in of.approvals)
    return replace(of, file="", source="", approvals=approvals)


def test_a_new_file_has_its_entries_in_the_usual_order() -> None:
    of = waiver(revoked=REVOKED, approvals=(GIVEN,), risk_owner="lee@example.com", compensating="WAF")
    assert (
        to_yaml(of, head=["from exceptions.xlsx!Sheet1!A7"], shown=str.upper)
        == f"""\
# from exceptions.xlsx!Sheet1!A7
id: W-2026-014
controls: [S3.2, S3.8]
resources: ["arn:aws:s3:::acme-public-site-*"]
accounts: ["012345678901", "111122223333"]
type: by-design
reason: "Static web site, public on purpose"
compensating: "WAF"
owner: team-web
risk_owner: lee@example.com
requested_by: kim@example.com
valid_from: 2026-11-02
expires: 2027-05-01
covers_new: 0
effect: suppress
approvals:
  - {ENTRY}
revoked: {{on: 2027-01-15, by: lee@example.com, reason: "The \\"site\\" is gone"}}
"""
    )


def test_a_long_list_is_written_with_an_item_a_line() -> None:
    of = waiver(criteria=replace(waiver().criteria, resources=tuple(f"arn:aws:s3:::bucket-{n}" for n in range(5))))
    assert 'resources:\n  - "arn:aws:s3:::bucket-0"\n  - "arn:aws:s3:::bucket-1"\n' in to_yaml(of)
    assert read_back(to_yaml(of).encode()) == [placeless(of)]


@given(WAIVERS, st.text(max_size=9))
def test_every_waiver_comes_back_from_its_text_whatever_is_said_above_it(of: Waiver, head: str) -> None:
    assert read_back(to_yaml(of, head=[head]).encode()) == [placeless(of)]


def test_an_approval_is_added_and_all_else_stays_byte_for_byte() -> None:
    first = with_approval(ONE.encode(), "W-2026-014", GIVEN).decode()
    assert first == ONE + f"approvals:\n  - {ENTRY}\n"
    other = replace(GIVEN, by="mia@example.com")
    assert with_approval(first.encode(), "W-2026-014", other).decode() == first + (
        f"  - {ENTRY}\n".replace("lee@example.com", "mia@example.com")
    )


def test_the_end_is_moved_and_its_comment_stays() -> None:
    assert with_expires(ONE.encode(), "W-2026-014", LATER).decode() == ONE.replace("2027-05-01", "2027-08-01")


def test_an_approval_without_an_end_gets_the_one_it_was_given_for_when_the_end_is_moved() -> None:
    text = ONE + f"approvals:\n  - {ENTRY}  # first\n".replace(", until: 2027-05-01", "")
    moved = with_expires(text.encode(), "W-2026-014", LATER).decode()
    assert moved == text.replace("expires: 2027-05-01", "expires: 2027-08-01").replace(
        "subjects}", "subjects, until: 2027-05-01}"
    )


def test_a_revocation_is_added_or_replaced() -> None:
    first = with_revocation(ONE.encode(), "W-2026-014", REVOKED)
    line = b'revoked: {on: 2027-01-15, by: lee@example.com, reason: "The \\"site\\" is gone"}\n'
    assert first == ONE.encode() + line
    second = with_revocation(first, "W-2026-014", replace(REVOKED, on=day("2027-01-16")))
    assert second == ONE.encode() + line.replace(b"01-15", b"01-16")


# Ways in which people write the same waiver

BODY = ONE.split("\n", 1)[1]
FLOW = """{id: W-2026-014, controls: [S3.2, S3.8], resources: ["arn:aws:s3:::acme-public-site-*"],
  accounts: [012345678901, '111122223333'], type: by-design, reason: "Static web site, public on purpose",
  owner: team-web, requested_by: kim@example.com, valid_from: 2026-11-02, expires: '2027-05-01',   # comment
}
"""
LIST = "# all of them\n\n- " + BODY.rstrip().replace("\n", "\n  ") + "\n\n# the next\n- " + BODY.rstrip().replace(
    "\n", "\n  "
).replace("W-2026-014", "W-2026-015") + "\n"  # fmt: skip
APPROVED = f"approvals:  # newest last\n  # the first\n  - {ENTRY}  # by mail\n"
BLOCK_APPROVED = "approvals:\n- system: file\n  number: '0010042'\n  by: lee@example.com\n  on: 2026-11-02\n  digest: {d}\n  subjects: >-\n    W-2026-014.subjects\n\n# end\n".replace(
    "{d}", GIVEN.digest
)
WAYS = {
    "plain": ONE,
    "without a last line end": ONE.rstrip(),
    "comments at the end": ONE + "\n\n# the end\n\n",
    "windows lines": ONE.replace("\n", "\r\n"),
    "windows lines, list": LIST.replace("\n", "\r\n"),
    "byte order mark": "\ufeff" + ONE,
    "document marks": "---\n" + ONE + "...\n",
    "block text last": ONE + "risk_owner: |\n  lee@example.com\n\n\n# the end\n",
    "block text last, without line end": ONE + "compensating: |+\n  WAF",
    "indented": "  " + ONE.replace("\n", "\n  ").rstrip() + "\n",
    "approvals empty": ONE + "approvals: []   # none yet\n",
    "approvals empty over lines": ONE + "approvals: [  # none yet\n  ]\n",
    "approvals null": ONE + "approvals: ~  # none yet\n",
    "approvals nothing": "approvals:   # none yet\n" + ONE,
    "approvals there": ONE + APPROVED + "# the end\n",
    "approvals in the middle": APPROVED + ONE,
    "approvals in block": ONE + BLOCK_APPROVED,
    "approvals in flow": ONE + f"approvals: [{ENTRY},  # by mail\n  ]\n",
    "one flow mapping": FLOW,
    "list": LIST,
    "list, approvals there": LIST.replace(
        "\n\n# the next", "\n  " + APPROVED.rstrip().replace("\n", "\n  ") + "\n\n# the next"
    ),
    "list of flow mappings": "- " + FLOW.replace("\n", "\n  ").rstrip() + "\n",
    "list in brackets": "[" + FLOW.rstrip() + "]\n",
    "revoked there": ONE + 'revoked:\n  on: 2027-02-01\n  by: lee@example.com\n  reason: "x"  # why\ncovers_new: 1\n',
    "revoked nothing": ONE + "revoked:\ncovers_new: 1\n",
    "quoted keys": ONE.replace("expires:", "'expires':").replace("id:", '"id":'),
    "explicit keys": "? id\n: W-2026-014\n" + BODY.split("\n", 1)[1],
    "end over lines": ONE.replace("expires: 2027-05-01", "expires:\n  2027-05-01"),
    "end as block": ONE.replace(
        "expires: 2027-05-01            # through the end of that day", "expires: >-\n  2027-05-01"
    ),
}
CHANGES: dict[str, tuple[Callable[[bytes], bytes], Callable[[Waiver], Waiver]]] = {
    "approval": (
        lambda raw: with_approval(raw, "W-2026-014", replace(GIVEN, by="mia: [x]")),
        lambda of: replace(of, approvals=(*of.approvals, replace(GIVEN, by="mia: [x]"))),
    ),
    "expires": (lambda raw: with_expires(raw, "W-2026-014", LATER), lambda of: replace(of, expires=LATER)),
    "revocation": (lambda raw: with_revocation(raw, "W-2026-014", REVOKED), lambda of: replace(of, revoked=REVOKED)),
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("way", WAYS)
def test_exactly_one_thing_changes_however_it_is_written(way: str, change: str) -> None:
    raw = WAYS[way].encode()
    before = read_back(raw)
    edit, wanted = CHANGES[change]
    made = edit(raw)
    assert read_back(made) == [wanted(one) if one.id == "W-2026-014" else one for one in before]
    assert made.startswith(b"\xef\xbb\xbf") == raw.startswith(b"\xef\xbb\xbf")
    assert (b"\r\n" in made) == (b"\r\n" in raw)
    assert b"\r\n" not in raw or made.count(b"\n") == made.count(b"\r\n")
    comments = [line.partition(b"#")[2] for line in raw.splitlines() if b"#" in line]
    assert [one for one in comments if b"#" + one not in made] == []
    assert edit(made) == made, "once more changes nothing"


@given(WAIVERS, APPROVALS, DATES, TEXTS)
def test_edits_of_a_file_of_ours_change_exactly_what_they_say(
    of: Waiver, given: Approval, last: dt.date, why: str
) -> None:
    expires = max(last, of.valid_from)
    revoked = Revocation(last, "lee", why)
    raw = to_yaml(of).encode()
    made = with_revocation(with_expires(with_approval(raw, of.id, given), of.id, expires), of.id, revoked)
    approvals = of.approvals if given in of.approvals else (*of.approvals, given)
    assert read_back(made) == [placeless(replace(of, approvals=approvals, expires=expires, revoked=revoked))]
    kept = [line for line in raw.splitlines() if not line.startswith((b"expires", b"revoked"))]
    assert [line for line in kept if line not in made.splitlines()] == []


def test_a_waiver_that_is_not_there_or_cannot_be_read_is_not_edited() -> None:
    with pytest.raises(InputError, match="W-2026-099: is not in the file"):
        with_expires(ONE.encode(), "W-2026-099", LATER)
    with pytest.raises(InputError, match="a waiver has no owner"):
        with_expires(ONE.replace("owner: team-web\n", "").encode(), "W-2026-014", LATER)


def test_what_only_a_person_can_edit_is_refused_and_not_guessed() -> None:
    text = FLOW.replace("# comment\n", "approvals,\n")
    assert read_back(text.encode())[0].approvals == ()
    with pytest.raises(InputError, match="must be edited by hand"):
        with_approval(text.encode(), "W-2026-014", GIVEN)
