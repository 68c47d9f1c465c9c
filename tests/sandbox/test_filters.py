"""What finding filters mean, attribute by attribute and operator by operator."""

from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.session import get_session
from hypothesis import given
from hypothesis import strategies as st

from hubposture.sandbox.answers import ServiceError
from hubposture.sandbox.filters import Dialect, compile_filters, compile_sort, values_at
from hubposture.sandbox.filters_attributes import ATTRIBUTES, RULE_CRITERIA, Kind

NOW = datetime(2026, 11, 24, tzinfo=UTC)


@pytest.fixture(scope="module")
def model() -> Any:
    return get_session().get_service_model("securityhub")


def matches(finding: dict[str, Any], **filters: Any) -> bool:
    return compile_filters(filters, now=NOW).matches(finding)


def text(value: str, comparison: str = "EQUALS") -> dict[str, str]:
    return {"Value": value, "Comparison": comparison}


def refusal(dialect: Dialect = Dialect.GET_FINDINGS, **filters: Any) -> str:
    with pytest.raises(ServiceError) as caught:
        compile_filters(filters, now=NOW, dialect=dialect)
    assert caught.value.code == "InvalidInputException"
    return caught.value.message


def test_every_attribute_of_the_api_model_is_known_with_its_kind(model: Any) -> None:
    members = model.shape_for("AwsSecurityFindingFilters").members
    assert {name: shape.member.name for name, shape in members.items()} == {
        name: str(one.kind) for name, one in ATTRIBUTES.items()
    }


def test_every_attribute_lies_where_the_finding_format_has_a_member_of_its_type(model: Any) -> None:
    for attribute in ATTRIBUTES.values():
        shape = model.shape_for("AwsSecurityFinding")
        if attribute.kind is Kind.KEYWORD:
            continue
        for name in attribute.path:
            shape = shape.member if shape.type_name == "list" else shape
            shape = shape.members[name]
        shape = shape.member if shape.type_name == "list" else shape
        kinds = {
            Kind.MAP: {"map"},
            Kind.NUMBER: {"integer", "double"},
            Kind.BOOLEAN: {"boolean"},
        }
        assert shape.type_name in kinds.get(attribute.kind, {"string"}), attribute


def test_every_criterion_of_automation_rules_is_known(model: Any) -> None:
    assert set(RULE_CRITERIA) == set(model.shape_for("AutomationRulesFindingFilters").members)


@given(st.sampled_from(sorted(ATTRIBUTES)))
def test_a_finding_without_the_field_never_matches_a_filter_that_looks_for_something(name: str) -> None:
    conditions = {
        Kind.STRING: text("x"),
        Kind.MAP: {"Key": "k", **text("v")},
        Kind.DATE: {"DateRange": {"Value": 5, "Unit": "DAYS"}},
        Kind.NUMBER: {"Gte": 0.0},
        Kind.IP: {"Cidr": "0.0.0.0/0"},
        Kind.KEYWORD: {"Value": "x"},
        Kind.BOOLEAN: {"Value": True},
    }
    assert not matches({}, **{name: [conditions[ATTRIBUTES[name].kind]]})


def test_values_that_look_for_something_are_joined_by_or() -> None:
    title = [text("Alpha"), text("Be", "PREFIX")]
    assert matches({"Title": "Alpha"}, Title=title)
    assert matches({"Title": "Beta"}, Title=title)
    assert not matches({"Title": "Alphabet"}, Title=title)


def test_values_that_exclude_are_joined_by_and() -> None:
    title = [text("Alpha", "NOT_EQUALS"), text("Be", "PREFIX_NOT_EQUALS")]
    assert matches({"Title": "Gamma"}, Title=title)
    assert not matches({"Title": "Alpha"}, Title=title)
    assert not matches({"Title": "Beta"}, Title=title)


def test_a_prefix_is_looked_for_first_and_exclusions_then_taken_out() -> None:
    kinds = [text("AwsIam", "PREFIX"), text("AwsEc2", "PREFIX"), text("AwsIamPolicy", "NOT_EQUALS")]
    assert matches({"Resources": [{"Type": "AwsIamUser"}]}, ResourceType=kinds)
    assert matches({"Resources": [{"Type": "AwsEc2Vpc"}]}, ResourceType=kinds)
    assert not matches({"Resources": [{"Type": "AwsIamPolicy"}]}, ResourceType=kinds)
    assert not matches({"Resources": [{"Type": "AwsS3Bucket"}]}, ResourceType=kinds)


def test_an_excluding_filter_matches_a_finding_that_lacks_the_field() -> None:
    assert matches({}, NoteText=[text("x", "NOT_EQUALS")])
    assert matches({}, UserDefinedFields=[{"Key": "k", **text("v", "NOT_EQUALS")}])


def test_text_is_compared_with_case() -> None:
    assert not matches({"Title": "alpha"}, Title=[text("Alpha")])


def test_attributes_are_joined_by_and() -> None:
    finding = {"Region": "eu-central-1", "Compliance": {"Status": "FAILED"}}
    assert matches(finding, Region=[text("eu-central-1")], ComplianceStatus=[text("FAILED")])
    assert not matches(finding, Region=[text("eu-central-1")], ComplianceStatus=[text("PASSED")])


@pytest.mark.parametrize(
    ("first", "second"),
    [("EQUALS", "NOT_EQUALS"), ("EQUALS", "PREFIX_NOT_EQUALS")],
)
def test_equals_cannot_be_mixed_with_exclusions_on_one_field(first: str, second: str) -> None:
    assert "cannot be combined" in refusal(Title=[text("a", first), text("b", second)])


@pytest.mark.parametrize("comparison", ["CONTAINS", "NOT_CONTAINS", "CONTAINS_WORD"])
def test_get_findings_refuses_the_comparisons_of_other_operations(comparison: str) -> None:
    assert comparison in refusal(Title=[text("a", comparison)])


def test_automation_rules_may_look_for_a_part_of_a_text() -> None:
    query = compile_filters({"Title": [text("lph", "CONTAINS")]}, now=NOW, dialect=Dialect.AUTOMATION_RULE)
    assert query.matches({"Title": "Alpha"})
    assert not query.matches({"Title": "Beta"})
    assert "CONTAINS_WORD" in refusal(Dialect.AUTOMATION_RULE, Title=[text("a", "CONTAINS_WORD")])


def test_an_automation_rule_takes_a_hundred_resources_and_get_findings_twenty_values() -> None:
    arns = [text(f"arn:{number}") for number in range(100)]
    query = compile_filters({"ResourceId": arns}, now=NOW, dialect=Dialect.AUTOMATION_RULE)
    assert query.matches({"Resources": [{"Id": "arn:99"}]})
    assert "at most 100" in refusal(Dialect.AUTOMATION_RULE, ResourceId=[*arns, text("more")])
    assert "at most 20" in refusal(ResourceId=arns[:21])


def test_get_findings_takes_ten_attributes() -> None:
    names = [name for name, one in ATTRIBUTES.items() if one.kind is Kind.STRING][:11]
    compile_filters({name: [text("x")] for name in names[:10]}, now=NOW)
    too_many: dict[str, Any] = {name: [text("x")] for name in names}
    assert "at most 10" in refusal(**too_many)


def test_an_unknown_attribute_is_an_error_and_never_ignored() -> None:
    assert "ProcessedAt" in refusal(ProcessedAt=[{"DateRange": {"Value": 1, "Unit": "DAYS"}}])


def test_a_date_range_counts_days_back_from_now() -> None:
    recent, old = {"UpdatedAt": "2026-11-20T00:00:00.000Z"}, {"UpdatedAt": "2026-10-01T00:00:00Z"}
    within = [{"DateRange": {"Value": 7, "Unit": "DAYS", "Comparison": "WITHIN"}}]
    older = [{"DateRange": {"Value": 7, "Unit": "DAYS", "Comparison": "OLDER_THAN"}}]
    assert matches(recent, UpdatedAt=within)
    assert not matches(old, UpdatedAt=within)
    assert matches(old, UpdatedAt=older)
    assert not matches(recent, UpdatedAt=older)


def test_start_and_end_are_both_included_and_zones_are_understood() -> None:
    window = [{"Start": "2026-11-20T01:00:00+01:00", "End": "2026-11-21T00:00:00Z"}]
    assert matches({"CreatedAt": "2026-11-20T00:00:00.000Z"}, CreatedAt=window)
    assert matches({"CreatedAt": "2026-11-21T00:00:00.000Z"}, CreatedAt=window)
    assert not matches({"CreatedAt": "2026-11-21T00:00:00.001Z"}, CreatedAt=window)
    assert "ISO 8601" in refusal(CreatedAt=[{"Start": "yesterday"}])


def test_numbers_of_one_filter_are_all_met() -> None:
    assert matches({"Confidence": 50}, Confidence=[{"Gte": 40.0, "Lt": 60.0}])
    assert not matches({"Confidence": 60}, Confidence=[{"Gte": 40.0, "Lt": 60.0}])
    assert matches({"Confidence": 60}, Confidence=[{"Lte": 10.0}, {"Eq": 60.0}])


def test_a_map_filter_looks_at_the_value_of_its_key() -> None:
    finding = {"Resources": [{"Tags": {"owner": "team-web"}}, {"Tags": {"env": "prod"}}]}
    assert matches(finding, ResourceTags=[{"Key": "env", **text("prod")}])
    assert not matches(finding, ResourceTags=[{"Key": "owner", **text("prod")}])
    assert not matches(finding, ResourceTags=[{"Key": "owner", **text("team-web", "NOT_EQUALS")}])


def test_an_address_matches_by_network() -> None:
    finding = {"Network": {"SourceIpV4": "10.1.2.3"}}
    assert matches(finding, NetworkSourceIpV4=[{"Cidr": "10.0.0.0/8"}])
    assert not matches(finding, NetworkSourceIpV4=[{"Cidr": "192.168.0.0/16"}])
    assert "Cidr" in refusal(NetworkSourceIpV4=[{"Cidr": "everywhere"}])


def test_a_keyword_is_found_anywhere_in_any_case() -> None:
    finding = {"Resources": [{"Details": {"Other": {"note": "Internet Gateway"}}}]}
    assert matches(finding, Keyword=[{"Value": "gateway"}])
    assert not matches(finding, Keyword=[{"Value": "bucket"}])


def test_a_value_in_any_list_entry_counts() -> None:
    finding = {"Compliance": {"SecurityControlParameters": [{"Name": "p", "Value": ["80", "443"]}]}}
    assert values_at(finding, ATTRIBUTES["ComplianceSecurityControlParametersValue"]) == ["80", "443"]
    assert matches(finding, ComplianceSecurityControlParametersValue=[text("443")])


def test_sorting_by_a_map_or_an_unknown_field_is_refused() -> None:
    assert compile_sort([{"Field": "UpdatedAt", "SortOrder": "desc"}])[0].descending
    for field in ("ResourceTags", "Nonsense"):
        with pytest.raises(ServiceError, match=field):
            compile_sort([{"Field": field}])
