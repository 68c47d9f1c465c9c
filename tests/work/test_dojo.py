import datetime as dt
import json
import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dojo_world import SINCE, WEST, A, B, passed, subject, unknown, waived
from hubposture.sandbox.remote.defectdojo_parsers import parse
from hubposture.sandbox.remote.defectdojo_world import HUB_SCAN
from hubposture.waivers.waiver import Criteria, Waiver, WaiverType
from hubposture.work.dojo import DojoFinding, Evidence, Place, Upload, place_of, subject_of, unique_id
from hubposture.work.dojo_asff import files
from hubposture.work.dojo_desired import Layout, desired
from hubposture.work.dojo_text import clean, literal, plain
from hubposture.work.subject import Standing, Subject

PLACE = Place(f"AWS {A}", A, WEST)
HOSTILE = st.text(st.characters(codec=None), max_size=60) | st.sampled_from(
    ["\x00", "\ud800", "`" * 9, "<script>alert(1)</script>", "@all [x](http://evil)", "a" * 9000, "=1+1", "\u202e", ""]
)


def upload(*subjects: Subject, kept: tuple[DojoFinding, ...] = (), **options: Any) -> Upload:
    wanted = desired(subjects, Layout(), **options).findings
    return Upload(PLACE, None, "AWS", tuple(wanted[one] for one in sorted(wanted)), kept, len(wanted), 0, 0, 0)


def items(*subjects: Subject, **options: Any) -> list[dict[str, Any]]:
    (content,) = files(upload(*subjects, **options))
    found = json.loads(content)["Findings"]
    assert isinstance(found, list)
    return found


def test_a_place_is_known_by_the_title_of_its_test() -> None:
    assert place_of("shop", PLACE.title) == Place("shop", A, WEST)
    assert place_of("shop", "AWS Security Hub") is None
    assert place_of("shop", "AWS Security Hub Scan eu west") is None


def test_the_unique_id_is_of_the_subject_and_of_nothing_else() -> None:
    assert subject_of(unique_id("ab12")) == "ab12"
    assert subject_of("arn:aws:securityhub:eu-west-1::finding/1") == ""
    one, other = items(subject()), items(subject(), evidence={subject().subject: Evidence("another id", "x")})
    assert one[0]["Id"] == other[0]["Id"] == unique_id(subject().subject)


def test_only_what_fails_and_what_is_waived_is_sent() -> None:
    gone = subject("b4", standing=Standing.GONE)
    off = subject("b5", standing=Standing.NOT_REQUIRED)
    observed = subject("b6", is_observed=True)
    found = desired([subject("b1"), waived("b2"), passed("b3"), gone, off, observed, unknown("b7")], Layout())
    assert {one.subject.resource[-2:] for one in found.findings.values()} == {"b1", "b2"}
    assert found.done == {passed("b3").subject, gone.subject, off.subject}


def test_what_is_waived_is_sent_like_what_fails() -> None:
    (one,) = items(waived())
    assert (one["Workflow"], one["RecordState"], one["Compliance"]["Status"]) == ({"Status": "NEW"}, "ACTIVE", "FAILED")


def test_a_subject_is_a_finding_of_its_product_account_and_region() -> None:
    layout = Layout(
        product_type="Org", product_types={A: "Shop", B: "Bank"}, products={"web": "Web shop"}, teams=frozenset({"web"})
    )
    mine, other = subject("b1"), subject("b2", owner="data", account=B)
    found = desired([mine, other], layout)
    assert [one.place for one in found.findings.values()] == [Place("Web shop", A, WEST)]
    assert found.product_types == {"Web shop": "Org"}
    everybody = desired([mine, other], Layout(product_types={A: "Shop", B: "Bank"}))
    assert everybody.product_types == {f"AWS {A}": "Shop", f"AWS {B}": "Bank"}


def test_severity_dates_tags_and_component_are_those_of_the_subject() -> None:
    (one,) = desired([subject(severity="CRITICAL", owner="Team, Web")], Layout()).findings.values()
    assert (one.severity, one.date, one.planned) == ("Critical", SINCE.date(), SINCE.date() + dt.timedelta(days=30))
    assert one.tags == (f"hub-account:{A}", "hub-control:s3.8", "hub-owner:team-web")
    assert one.component == "arn:aws:s3:::bucket-1"
    (odd,) = desired([subject(severity="?", due_days=-1)], Layout()).findings.values()
    assert (odd.severity, odd.planned) == ("Info", None)


def test_a_subject_that_is_given_twice_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"S3\.8 arn:aws:s3:::bucket-1.* is given twice"):
        desired([subject(), passed()], Layout())


WAIVER = Waiver(
    id="W-2026-014",
    criteria=Criteria(controls=()),
    type=WaiverType.COMPENSATING,
    reason="Static web\nsite",
    owner="team-web",
    requested_by="kim@example.com",
    valid_from=dt.date(2026, 11, 2),
    expires=dt.date(2027, 4, 30),
    compensating="CloudFront with WAF",
    risk_owner="lee@example.com",
)


def test_a_waiver_is_one_acceptance_in_each_product() -> None:
    found = desired([waived("b1"), waived("b2"), waived("b3", account=B)], Layout(), waivers={WAIVER.id: WAIVER})
    assert sorted(found.acceptances) == [(WAIVER.id, f"AWS {A}"), (WAIVER.id, f"AWS {B}")]
    one = found.acceptances[WAIVER.id, f"AWS {A}"]
    assert (one.decision, one.accepted_by, one.expires) == ("M", "lee@example.com", dt.date(2027, 5, 1))
    assert one.details == "compensating: Static web site\nCompensating: CloudFront with WAF\nOwner: team-web"


def test_an_acceptance_ends_on_the_first_day_on_which_its_waiver_never_holds() -> None:
    for until, day in (
        (dt.datetime(2027, 5, 1), 1),
        (dt.datetime(2027, 4, 30, 22), 1),
        (dt.datetime(2027, 5, 1, 1), 2),
    ):
        (one,) = desired([waived(until=until)], Layout()).acceptances.values()
        assert one.expires == dt.date(2027, 5, day)


def test_every_type_of_a_waiver_is_a_decision() -> None:
    for kind in WaiverType:
        (one,) = desired([waived()], Layout(), waivers={WAIVER.id: replace(WAIVER, type=kind)}).acceptances.values()
        assert one.decision in "AMF"


def test_a_file_is_the_same_bytes_in_any_order() -> None:
    some = [subject(f"b{number}") for number in range(5)]
    assert files(upload(*some)) == files(upload(*reversed(some)))


def test_a_file_that_gets_too_large_becomes_several() -> None:
    whole = upload(*(subject(f"b{number}") for number in range(10)))
    (one,) = files(whole)
    many = files(whole, largest_bytes=len(one) // 3)
    assert len(many) > 3
    assert all(len(each) <= len(one) // 3 for each in many)
    assert sum(len(json.loads(each)["Findings"]) for each in many) == 10
    assert len(files(whole, most_findings=4)) == 3


def test_an_upload_of_nothing_is_one_empty_file() -> None:
    assert files(upload()) == [b'{"Findings":[]}']


def test_what_is_unknown_is_sent_again_by_its_id() -> None:
    kept = DojoFinding(
        7, "ab", "High", is_active=True, is_mitigated=False, title="S3.8 X - Resource: b", component="arn:x"
    )
    (one,) = json.loads(files(upload(kept=(kept,)))[0])["Findings"]
    assert (one["Id"], one["Title"], one["Compliance"]["Status"]) == (unique_id("ab"), "S3.8 X", "FAILED")
    assert one["Resources"][0]["Id"] == "arn:x"


TEXTS = ("title", "resource", "resource_type", "owner", "url", "account_shown", "shown")


@given(texts=st.fixed_dictionaries(dict.fromkeys(TEXTS, HOSTILE)), said=HOSTILE)
def test_whatever_a_subject_holds_the_parser_makes_an_open_finding_of_it(texts: dict[str, str], said: str) -> None:
    one = replace(subject(), **texts)  # type: ignore[arg-type]
    evidence = {one.subject: Evidence(said, said)}
    (content,) = files(upload(one, evidence=evidence))
    (parsed,) = parse(HUB_SCAN, content, now=dt.datetime(2026, 11, 24, tzinfo=dt.UTC))
    assert (parsed.active, parsed.is_mitigated, parsed.severity) == (True, False, "High")
    assert "\x00" not in content.decode() + parsed.title + parsed.description
    assert "<" not in re.sub(r"\\.|`[^`]*`", "", parsed.description)  # escaped, or within code


@given(HOSTILE)
def test_texts_are_cut_and_say_so_and_hold_no_markup(text: str) -> None:
    assert len(clean(text, 20)) <= 20
    assert clean(clean(text, 20), 20) == clean(text, 20)
    assert not set(clean(text, 50)) & set(map(chr, range(32)))
    assert literal(text, 50).count("`") == 2
    clean(text, 50).encode()
    assert "\n" not in plain(text, 50)


def test_words_that_look_like_markup_are_read_as_words() -> None:
    assert plain("[a](http://x) <b> @lee", 50) == "\\[a\\]\\(http://x\\) \\<b\\> @\u200blee"
    assert literal("a`b", 50) == "`a'b`"
    assert clean("x" * 30, 10) == "x" * 9 + "…"
