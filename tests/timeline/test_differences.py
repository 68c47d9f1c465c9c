"""Differences: applying them gives the other document; what people read of them names no secret and has an end."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubposture.timeline.differences import NOTHING, Difference, apply, differences, document_of, opened, same
from hubposture.timeline.facts import ConfigItem
from hubposture.timeline.readable import LONGEST, NOT_SHOWN, line, lines, shown
from lake.lake_world import T0

SCALARS = st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from(["", "a", "b", "\x00", "\u202e"])
DOCUMENTS = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("abcd"), inner, max_size=4),
    max_leaves=20,
)


@given(DOCUMENTS, DOCUMENTS)
def test_applying_the_differences_to_one_gives_the_other(before: Any, after: Any) -> None:
    assert same(apply(before, differences(before, after)), after)


@given(DOCUMENTS)
def test_nothing_differs_from_itself(document: Any) -> None:
    assert differences(document, json.loads(json.dumps(document))) == ()


@given(DOCUMENTS, DOCUMENTS)
def test_applying_changes_neither_document(before: Any, after: Any) -> None:
    kept = json.dumps([before, after])
    apply(before, differences(before, after))
    assert json.dumps([before, after]) == kept


def test_true_is_not_one_and_null_is_not_nothing() -> None:
    assert differences({"a": True}, {"a": 1}) == (Difference(("a",), True, 1),)
    assert differences({}, {"a": None}) == (Difference(("a",), NOTHING, None),)


def test_a_statement_in_the_middle_of_a_policy_is_one_difference() -> None:
    def policy(*names: str) -> str:
        return json.dumps({"Statement": [{"Sid": one, "Action": "s3:*"} for one in names]})

    before = ConfigItem(T0, "OK", "{}", {"BucketPolicy": json.dumps({"policyText": policy("a", "b")})})
    after = ConfigItem(T0, "OK", "{}", {"BucketPolicy": json.dumps({"policyText": policy("a", "new", "b")})})
    (found,) = differences(document_of(before), document_of(after))
    assert str(line(found)) == 'BucketPolicy.policyText.Statement[2]: added {"Sid": "new", "Action": "s3:*"}'


def test_tags_and_relationships_are_compared_too() -> None:
    before = ConfigItem(
        T0, "OK", '{"a": 1}', tags={"owner": "kim"}, relationships=[("Is in", "AWS::EC2::VPC", "vpc-1")]
    )
    after = ConfigItem(T0, "OK", '{"a": 1}', tags={"owner": "lee"}, relationships=[("Is in", "AWS::EC2::VPC", "vpc-2")])
    told, more = lines(differences(document_of(before), document_of(after)))
    assert [str(one) for one in told] == [
        "relationships[1]: Is in AWS::EC2::VPC vpc-1 -> Is in AWS::EC2::VPC vpc-2",
        "tags.owner: kim -> lee",
    ]
    assert more == 0


@pytest.mark.parametrize(
    "document",
    [
        {"password": "hunter2"},
        {"masterUserPassword": "hunter2"},
        {"environment": {"variables": {"COLOUR": "hunter2"}}},
        {"containers": [{"environment": [{"name": "COLOUR", "value": "hunter2"}]}]},
        {"userData": "hunter2"},
        {"apiKey": {"inner": ["hunter2"]}},
        {"note": "AKIAHUNTER2HUNTER2XX"},
        {"url": "https://kim:hunter2@example.com/"},
        {"text": "-----BEGIN PRIVATE KEY----- hunter2"},
        {"deep": json.dumps({"secret": "hunter2"})},
    ],
)
def test_what_looks_like_a_secret_is_never_shown(document: dict[str, Any]) -> None:
    for one in (*differences({}, opened(document)), *differences(opened(document), {})):
        text = str(line(one)).lower()
        assert "hunter2" not in text
        assert NOT_SHOWN in text
    whole = line(Difference((), NOTHING, opened(document)))
    assert "hunter2" not in str(whole).lower()


def test_a_secret_that_changed_is_told_as_changed() -> None:
    (found,) = differences({"token": "a"}, {"token": "b"})
    assert str(line(found)) == "token: (not shown) -> another value (not shown)"


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("passwordPolicy", "minimumPasswordLength"), 14),
        (("isMfaDeleteEnabled",), True),
        (("kmsKeyId",), "arn:aws:kms:eu-central-1:111122223333:key/0a1b2c3d-1234-1234-1234-0123456789ab"),
        (("codeSha256",), "0123456789abcdef" * 4),
        (("secretArn",), "arn:aws:secretsmanager:eu-central-1:111122223333:secret:x"),
    ],
)
def test_numbers_and_names_of_keys_are_no_secrets(path: tuple[str, ...], value: Any) -> None:
    assert shown(path, value) != NOT_SHOWN


def test_long_values_and_many_places_are_cut_and_it_is_said() -> None:
    told, more = lines(differences({}, {f"k{number:03}": "x y " * 300 for number in range(100)}))
    assert (len(told), more) == (40, 60)
    assert all(len(one.after) < LONGEST + 30 and "1,200 characters" in one.after for one in told)


def test_hostile_texts_are_texts() -> None:
    deep = "[" * 100_000 + "]" * 100_000
    assert opened(deep) == deep
    nested: Any = "x"
    for _ in range(30):
        nested = json.dumps([nested])[:200_000] if len(json.dumps([nested])) < 200_000 else nested
    opened(nested)
    assert opened('{"a": NaN}') is not None
    told, _ = lines(differences({}, {"a\nb\u202e": "<script>\x00\n"}))
    assert str(told[0]).isprintable()
    assert "<script>" in str(told[0])  # escaping is for who renders it


def test_what_is_deeper_than_anybody_reads_is_compared_as_a_whole() -> None:
    before: Any = 1
    after: Any = 2
    for _ in range(200):
        before, after = {"a": before}, {"a": after}
    found = differences(opened(before), opened(after))
    assert len(found) == 1
    assert len(found[0].path) <= 45
