import json
from typing import Any

import pytest
import yaml
from hypothesis import given
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # publishes none

from hubposture.waivers.read import read_waivers
from hubposture.waivers.schema import schema
from hubposture.waivers.waiver import Waiver
from hubposture.waivers.write import to_yaml
from waivers.test_write import WAIVERS


class _Editor(yaml.SafeLoader):
    """Reads as editors do, by YAML 1.2: numbers are numbers, dates and `on` are texts."""


_Editor.yaml_implicit_resolvers = {
    letter: [(tag, pattern) for tag, pattern in pairs if tag.endswith(":int")]
    for letter, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
VALIDATOR = Draft202012Validator(schema())
ENTRY: dict[str, Any] = {
    "system": "servicenow", "number": "PER1", "by": "lee", "on": "2026-11-02", "until": "2027-05-01",
    "digest": "sha256:" + "0" * 64, "subjects": "W-1.subjects",
}  # fmt: skip
GOOD: dict[str, Any] = {
    "id": "W-1", "controls": ["S3.8"], "resources": ["arn:*"], "accounts": ["012345678901"], "ous": ["/Workloads"],
    "regions": ["eu-central-1"], "tags": {"env": "prod*"}, "type": "by-design", "reason": "why", "compensating": "WAF",
    "owner": "team", "risk_owner": "lee", "requested_by": "kim", "valid_from": "2026-11-02", "expires": "2027-05-01",
    "covers_new": 0, "effect": "visible", "approvals": [ENTRY],
    "revoked": {"on": "2027-01-15", "by": "lee", "reason": "gone"},
}  # fmt: skip


def fits(document: object) -> bool:
    return bool(VALIDATOR.is_valid(document))


def is_read(document: object) -> bool:
    return read_waivers({"x.yaml": json.dumps(document).encode()}).problems == ()


def test_the_schema_is_a_schema_and_knows_every_entry_of_a_waiver() -> None:
    Draft202012Validator.check_schema(schema())
    assert fits(GOOD)
    assert is_read(GOOD)
    assert fits([GOOD, {**GOOD, "id": "W-2"}])
    assert fits([])


@given(WAIVERS)
def test_what_is_written_fits_the_schema(of: Waiver) -> None:
    assert fits(yaml.load(to_yaml(of), Loader=_Editor))


@pytest.mark.parametrize("key", sorted(GOOD))
def test_the_schema_and_the_reader_agree_on_what_must_be_there(key: str) -> None:
    without = {name: value for name, value in GOOD.items() if name != key}
    assert fits(without) == is_read(without)
    for kind in ("compensating", "by-design"):
        other = {**without, "type": kind}
        assert fits(other) == is_read(other)
    only = {name: value for name, value in GOOD.items() if name not in {"resources", "accounts", "ous"} or name == key}
    assert fits(only) == is_read(only) or key == "resources", "the schema knows nothing of a pattern of only *"


@pytest.mark.parametrize("system", ["file", "git", "servicenow", "provisional", "mail"])
@pytest.mark.parametrize("key", sorted(ENTRY))
def test_they_agree_on_what_an_approval_must_have(key: str, system: str) -> None:
    entry = {name: value for name, value in {**ENTRY, "system": system}.items() if name != key}
    document = {**GOOD, "approvals": [entry]}
    assert fits(document) == is_read(document)


@pytest.mark.parametrize(
    ("key", "values"),
    [
        ("id", ["W 1", "-W", "x" * 65, "", {}, ["W-1"], "w.1_-"]),
        ("controls", [[], ["S3"], ["S3.*"], ["S3.8", "S3.8"], {}, ["Azure.Storage.1"], [["S3.8"]]]),
        ("resources", [[], [""], ["a", "a"], ["x" * 2049], {}, ["arn:aws:s3:::é[x]"]]),
        ("accounts", [[], ["1234"], ["12345678901x"], {}, ["012345678901", "111122223333"]]),
        ("ous", [[], ["Workloads"], ["ou-x"], ["ou-ab12-cdefgh34"], ["/"], ["r-ab12"]]),
        ("regions", [[], ["europe"], ["us-gov-west-1"], ["EU-central-1"]]),
        ("tags", [{}, {"": "x"}, {"a": ""}, {"a": ["x"]}, {"x" * 129: "a"}, {"a": "x" * 257}, "env"]),
        ("type", ["by design", "", "risk-acceptance"]),
        ("reason", ["", " ", "a\nb", "x" * 10_001, []]),
        ("owner", ["", "x" * 2049, {}]),
        ("expires", ["2027-5-1", "01/05/2027", "2027-13-01", "1999-01-01", "2200-01-01", "2028-02-29"]),
        ("covers_new", [-1, 1_000_000, 999_999, 1.5, [], "many"]),
        ("effect", ["hide", "suppress"]),
        ("approvals", [{}, "x", ["x"], []]),
        ("revoked", [[], "x", {"on": "2027-01-15"}, {**GOOD["revoked"], "until": "x"}]),
        ("surprise", ["x"]),
    ],
)
def test_they_agree_on_values(key: str, values: list[object]) -> None:
    for value in values:
        document = {**GOOD, key: value}
        assert fits(document) == is_read(document), value


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("digest", "sha256:0"),
        ("subjects", "../x.subjects"),
        ("subjects", "W-1.yaml"),
        ("on", "soon"),
        ("by", ""),
        ("x", "y"),
    ],
)
def test_they_agree_on_values_of_an_approval(key: str, value: str) -> None:
    document = {**GOOD, "approvals": [{**ENTRY, key: value}]}
    assert (fits(document), is_read(document)) == (False, False)


def test_reading_takes_what_editors_warn_of() -> None:
    for loose in ({"accounts": "012345678901"}, {"controls": "S3.8"}, {"risk_owner": None}, {"covers_new": "3"}):
        assert (fits({**GOOD, **loose}), is_read({**GOOD, **loose})) == (False, True), loose
