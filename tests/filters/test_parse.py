"""The filter language: what it says, and what it says about mistakes."""

import datetime as dt

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from filters.filters_world import FIELDS, NOW, SIGNS, TREES
from hubposture.errors import InputErrors
from hubposture.filters import EVERYTHING, All, AnyOf, Comparison, Filter, Not, Operator, parse, simplify, to_text


def read(text: str) -> Filter:
    return parse(text, fields=FIELDS, now=NOW)


def wrong(text: str) -> list[str]:
    with pytest.raises(InputErrors) as caught:
        read(text)
    return [str(problem) for problem in caught.value.problems]


def is_(name: str, *values: str) -> Comparison:
    return Comparison(name, Operator.IS, values)


def test_an_empty_filter_asks_for_everything() -> None:
    assert read("") == read("  \n") == read("()") == EVERYTHING
    assert to_text(EVERYTHING) == ""


def test_terms_side_by_side_must_all_hold_and_a_comma_gives_a_choice() -> None:
    assert read("control=S3.8,EC2.2 severity>=high AND region=eu-*") == All(
        (
            is_("control", "S3.8", "EC2.2"),
            Comparison("severity", Operator.AT_LEAST, ("HIGH",)),
            is_("region", "eu-*"),
        )
    )


def test_or_binds_weaker_than_and_and_not_stronger_than_both() -> None:
    assert read("status=FAILED -region=a OR NOT (control=b control=c)") == AnyOf(
        (All((is_("status", "FAILED"), Not(is_("region", "a")))), Not(All((is_("control", "b"), is_("control", "c")))))
    )


def test_bare_words_and_quoted_text_are_searched() -> None:
    assert read('public "a b \\"c\\" \\\\"') == All(
        (
            Comparison("text", Operator.CONTAINS, ("public",)),
            Comparison("text", Operator.CONTAINS, ('a b "c" \\',)),
        )
    )
    assert read("arn:aws:s3:::acme-x,y") == Comparison("text", Operator.CONTAINS, ("arn:aws:s3:::acme-x,y",))
    assert read('"AND"') == Comparison("text", Operator.CONTAINS, ("AND",))


def test_a_tag_is_named_behind_a_colon_quoted_where_it_has_blanks() -> None:
    assert read("tag:owner=team-web") == Comparison("tag", Operator.IS, ("team-web",), "owner")
    assert read('tag:"cost center"=""') == Comparison("tag", Operator.IS, ("",), "cost center")
    assert read("tag:aws:cloudformation:stack-name~x").key == "aws:cloudformation:stack-name"  # type: ignore[union-attr]


def test_an_age_means_older_than_and_a_day_means_before_or_after() -> None:
    month = NOW - dt.timedelta(days=30)
    day = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
    assert read("since>30d") == read("since>720h") == Comparison("since", Operator.BELOW, (month,))
    assert read("since<=4w") == Comparison("since", Operator.AT_LEAST, (NOW - dt.timedelta(days=28),))
    assert read("since<2026-11-01") == Comparison("since", Operator.BELOW, (day,))
    assert read("since>2026-11-01") == Comparison("since", Operator.AT_LEAST, (day + dt.timedelta(days=1),))
    assert read("since<=2026-11-01") == Comparison("since", Operator.BELOW, (day + dt.timedelta(days=1),))
    assert read("since=2026-11-01") == All(
        (
            Comparison("since", Operator.AT_LEAST, (day,)),
            Comparison("since", Operator.BELOW, (day + dt.timedelta(days=1),)),
        )
    )
    assert read("since>=2026-11-01T02:00:00+02:00") == Comparison("since", Operator.AT_LEAST, (day,))


def test_values_of_choices_are_read_in_any_case_and_with_any_dash() -> None:
    assert read("status=failed,not-available") == is_("status", "FAILED", "NOT_AVAILABLE")
    assert read("SUPPRESSED=True") == is_("suppressed", "yes")
    assert read("ou=Workloads/") == is_("ou", "/Workloads")
    assert read("ou=/") == is_("ou", "/")


def test_a_control_or_account_that_nothing_has_is_no_mistake() -> None:
    assert read("control=S99.1") == is_("control", "S99.1")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("severty=HIGH", "filter:1: there is no field severty (did you mean severity?)"),
        ("severity=HIHG", "filter:10: HIHG is no severity (did you mean HIGH? it is one of INFORMATIONAL, LOW, MEDIUM, HIGH, CRITICAL)"),
        ("control>S3.8", "filter:1: control takes no > (it takes = != ~ !~)"),
        ("tag=web", "filter:1: tag needs a name behind it (write tag:owner=web)"),
        ("region:x=y", "filter:1: region takes no :x (write region=...)"),
        ("control=", 'filter:9: a value is missing here (values follow without a blank; "" is the empty one)'),
        ("control=a, b", 'filter:11: a value is missing here (values follow without a blank; "" is the empty one)'),
        ("control==a", "filter:1: control== is no operator (a value that begins with such a sign needs quotes)"),
        ("severity >= HIGH", "filter:10: >= has no field before it (write severity>=HIGH, without blanks in between)"),
        ("(status=FAILED", "filter:1: ( is not closed (close it with ))"),
        ("status=FAILED)", "filter:14: ) closes nothing (remove it, or open it with ()"),
        ('resource~"a', 'filter:10: the quote " is not closed (write \\" for a quote inside of one)'),
        ('resource~a"b"', 'filter:11: " in the middle of a value (put the whole value in quotes: resource~"...")'),
        ("a or b", 'filter:3: or is ambiguous (write OR in capitals, or "or" as text)'),
        ("a OR", 'filter:3: OR needs something on both sides (quote it if it is text: "OR")'),
        ("AND a", 'filter:1: AND needs something on both sides (quote it if it is text: "AND")'),
        ("a AND", 'filter:3: AND needs something on both sides (quote it if it is text: "AND")'),
        ("a - b", 'filter:3: - stands before nothing (write -status=PASSED without a blank, or "-" as text)'),
        ("a NOT", 'filter:3: NOT stands before nothing (quote it if it is text: "NOT")'),
        ("since=30d", "filter:7: since takes no age with = (write since>30d)"),
        ("since>soon", "filter:7: soon is neither an age nor a day for since (write since>30d, or since<2026-11-01)"),
        ("since>999999w", "filter:7: 999999w is neither an age nor a day for since (write since>30d, or since<2026-11-01)"),
        ("since>=2026-13-01", "filter:8: 2026-13-01 is neither an age nor a day for since (write since>30d, or since<2026-11-01)"),
        ("since<1d,2d", "filter:10: since< takes one value (remove the others)"),
        ("returns>=two", "filter:10: returns is a whole number, not two (write digits alone)"),
        ("suppressed=maybe", "filter:12: suppressed is yes or no, not maybe (write suppressed=yes)"),
        ('""', "filter:1: there is nothing to search for in empty quotes (remove them)"),
        ("\udcff", "filter:1: this is no readable text (give the filter as UTF-8)"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_place_and_what_to_do(text: str, said: str) -> None:
    assert wrong(text) == [said]


def test_all_mistakes_are_told_at_once_in_their_order() -> None:
    found = wrong('severty=HIGH status=open since>soon) "x')
    assert [each.split(": ")[0] for each in found] == ["filter:1", "filter:21", "filter:32", "filter:36", "filter:38"]


def test_where_no_free_text_is_searched_a_bare_word_is_a_mistake() -> None:
    with pytest.raises(InputErrors, match="filter:1: text alone is not searched here"):
        parse("word", fields={"control": FIELDS["control"]}, now=NOW)


def test_limits_are_clear_errors() -> None:
    assert wrong("a" * 4001) == [
        "filter: the filter has 4,001 characters, more than 4,000 (use * or a wider field instead of many values)"
    ]
    read("a" * 4000)
    assert wrong("control=" + ",".join("a" * 201)) == [
        "filter:1: the filter has more than 200 values (use * or a wider field instead)"
    ]
    assert wrong(" ".join(["a"] * 300)) == [
        "filter:401: the filter has more than 200 values (use * or a wider field instead)"
    ]
    read(" ".join(["a"] * 200))
    read("(" * 20 + "a" + ")" * 20)
    assert wrong("(" * 4000)[0].startswith("filter:21: groups and NOT stand in each other more than 20 deep")
    assert wrong("-" * 3000 + "a")[0].startswith("filter:21: groups and NOT stand in each other")


@settings(deadline=None)
@given(TREES)
@example(AnyOf((EVERYTHING, is_("status", "FAILED"))))
@example(Not(Not(AnyOf(()))))
@example(Comparison("text", Operator.CONTAINS, ("NOT",)))
@example(Comparison("since", Operator.IS_NOT, (NOW, NOW)))
def test_a_filter_written_as_text_is_read_as_the_same_filter(wanted: Filter) -> None:
    if not any(value == "" for value in _words(wanted)):
        assert read(to_text(wanted)) == simplify(wanted)
    assert simplify(simplify(wanted)) == simplify(wanted)


def _words(wanted: Filter) -> list[object]:
    """Free text searched alone, which cannot be empty."""
    match wanted:
        case Comparison("text", Operator.CONTAINS, values) if len(values) == 1:
            return list(values)
        case Comparison():
            return []
        case Not(inner):
            return _words(inner)
        case All(parts) | AnyOf(parts):
            return [word for part in parts for word in _words(part)]


@settings(deadline=None, max_examples=300)
@given(
    st.text(alphabet=SIGNS, max_size=40)
    | st.lists(
        st.sampled_from(
            [
                "control", "=", "S3.8", " ", "(", ")", "OR", "AND", "NOT", "-", ",", '"', "tag:", "since", ">", "30d",
                "severity", "HIGH", "text~", "\\",
            ]
        ),
        max_size=20,
    ).map("".join)
)  # fmt: skip
def test_any_text_is_read_and_comes_back_or_gives_problems_within_it(text: str) -> None:
    try:
        found = read(text)
    except InputErrors as errors:
        for problem in errors.problems:
            assert 1 <= int(problem.where.removeprefix("filter:")) <= len(text) + 1
            assert problem.hint
        return
    assert found == simplify(found)
    assert read(to_text(found)) == found
