"""Addresses: whatever names hold they lead where they should, and nowhere else."""

import datetime as dt
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubposture.filters import Comparison, Operator, parse
from hubposture.lake.fields import FIELDS
from hubposture.views.pages import links
from hubposture.views.pages.consoles import console, partition_of

NOW = dt.datetime(2026, 11, 24, tzinfo=dt.UTC)
NAMES = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1, max_size=60)


@given(NAMES)
def test_a_name_in_a_filter_is_found_again(name: str) -> None:
    address = urlsplit(links.findings(links.term("resource", name), links.OPEN))
    (text,) = parse_qs(address.query)["filter"]
    found = parse(links.term("resource", name), fields=FIELDS, now=NOW)
    assert text == f"{links.term('resource', name)} {links.OPEN}"
    assert found == Comparison("resource", Operator.IS, (name,))


@given(st.text())
def test_a_name_is_one_part_of_an_address(name: str) -> None:
    for made in (links.account(name), links.waiver(name), links.ticket(name)):
        parts = urlsplit(made)
        assert (parts.scheme, parts.netloc, parts.query, parts.fragment) == ("", "", "", "")
        assert parts.path.count("/") == 2
    assert unquote(links.account("a/b?c#d")) == "/accounts/a/b?c#d"


@pytest.mark.parametrize(
    "address",
    ["javascript:alert(1)", "JAVASCRIPT:alert(1)", " javascript:alert(1)", "data:text/html,x", "//evil.example", "/x", "ftp://x/y",
     "https:evil", "https://", "https://a b", "https://a\nb", "https://[", "vbscript:x", ""],
)  # fmt: skip
def test_only_addresses_of_the_web_are_linked(address: str) -> None:
    assert links.outside(address) == ""


def test_the_console_of_each_partition_is_its_own() -> None:
    arn = "arn:aws-cn:s3:::x"
    assert console("eu-central-1", "arn:aws:s3:::x").startswith(
        "https://eu-central-1.console.aws.amazon.com/securityhub/home?"
    )
    assert console("cn-north-1", arn, partition=partition_of(arn)).startswith(
        "https://cn-north-1.console.amazonaws.cn/"
    )
    assert partition_of("arn:aws-us-gov:s3:::x") == "aws-us-gov"
    assert partition_of("arn:evil.example/:s3:::x") == "aws"
    assert console("evil.example/#", "x") == ""
    assert links.outside(console("us-east-1", "a&b=c#d<e>\u00e9"))
