"""One line of JSON for each request, with who and how long, and without what people look for."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from hubposture.web.log import REQUESTS, JsonLines
from web.web_world import Pages


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """What is logged of requests."""
    found = io.StringIO()
    handler = logging.StreamHandler(found)
    handler.setFormatter(JsonLines())
    before = REQUESTS.level, REQUESTS.propagate
    REQUESTS.addHandler(handler)
    REQUESTS.setLevel(logging.INFO)
    REQUESTS.propagate = False
    yield found
    REQUESTS.removeHandler(handler)
    REQUESTS.level, REQUESTS.propagate = before


def read(found: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in found.getvalue().splitlines()]


def test_a_request_is_one_line_with_who_and_without_its_query(there: Pages, lines: io.StringIO) -> None:
    there.get("/findings?filter=resource~secret-project")
    (line,) = read(lines)
    assert (line["method"], line["path"], line["status"], line["who"], line["way"]) == (
        "GET",
        "/findings",
        200,
        "kim",
        "local",
    )
    assert line["ms"] > 0
    assert line["bytes"] > 1_000
    assert "secret-project" not in lines.getvalue()


def test_what_is_refused_before_any_page_is_logged_too(there: Pages, lines: io.StringIO) -> None:
    there.get("/", Host="evil.example")
    there.get("/%0a%7b%22level%22:%22forged%22%7d")
    refused, forged = read(lines)
    assert (refused["status"], refused["who"]) == (421, "")
    assert forged["level"] == "info", "a line break in a path begins no line"


def test_a_trouble_has_its_trace_in_the_same_line() -> None:
    try:
        int("broken\nin two")
    except ValueError as error:
        trouble = (ValueError, error, error.__traceback__)
        record = REQUESTS.makeRecord("hubposture", logging.ERROR, "file", 1, "it broke", (), trouble)
    line = json.loads(JsonLines().format(record))
    assert (line["what"], line["level"]) == ("it broke", "error")
    assert "broken" in line["trace"]
