"""Texts cut to a limit, and links that are links."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hubposture.render.plain_body import plain
from hubposture.render.spans import CUT, clean, fitting, units, web_address
from hubposture.work.body import Body, Bullets, Grid, Heading, Paragraph, Plain
from render.bodies import BODIES, TEXTS, long


def size(body: Body) -> int:
    return len(plain(body, most=10**9))


def test_a_body_that_fits_is_left_as_it_is() -> None:
    assert fitting(long(3), size, most=size(long(3))) == long(3)


def test_the_longest_table_loses_rows_and_all_else_stays() -> None:
    found = fitting(long(100), size, most=1_000)
    heading, table, points, end, last = found.blocks
    assert heading == Heading("Resources")
    assert isinstance(table, Grid)
    assert len(table.rows) + table.more == 100
    assert 5 < len(table.rows) < 100
    assert (points, end) == long(100).blocks[2:]
    assert last == Paragraph((Plain(CUT),))
    assert 940 < size(found) <= 1_000


def test_a_list_says_how_many_of_its_lines_were_left_out() -> None:
    lines = tuple((Plain(f"line {number}"),) for number in range(100))
    found = fitting(Body((Bullets(lines),)), size, most=200)
    assert isinstance(found.blocks[0], Bullets)
    shown = len(found.blocks[0].lines) - 1
    assert found.blocks[0].lines[-1] == (Plain(f"and {100 - shown} more"),)


def test_rows_of_which_none_fits_are_counted() -> None:
    found = fitting(Body((Bullets(tuple((Plain("x" * 90),) for _ in range(9))),)), size, most=len(CUT) + 30)
    assert plain(found, most=10**9) == f"9 rows left out.\n\n{CUT}\n"


def test_a_single_overlong_text_is_shortened_before_anything_goes() -> None:
    found = plain(
        Body((Heading("Head"), Paragraph((Plain("x" * 5_000),)), Paragraph((Plain("The end."),)))), most=1_000
    )
    assert found == f"HEAD\n\n{'x' * 500} (cut)\n\nThe end.\n\n{CUT}\n"


def test_blocks_at_the_end_go_last() -> None:
    blocks = tuple(Paragraph((Plain(f"{number} " * 20),)) for number in range(100, 150))
    found = plain(Body(blocks), most=500)
    assert found.startswith("100 ")
    assert found.endswith(f"{CUT}\n")


@settings(deadline=None)
@given(BODIES, st.integers(0, 3_000))
def test_a_body_always_fits_and_says_that_it_is_cut(body: Body, most: int) -> None:
    found = fitting(body, size, most=most)
    assert size(found) <= max(most, 0)
    assert found in (body, Body()) or found.blocks[-1] == Paragraph((Plain(CUT),))


@given(TEXTS)
def test_clean_text_has_no_control_character_and_is_on_one_line(text: str) -> None:
    found = clean(text)
    assert all(letter.isprintable() or letter >= "\xa0" for letter in found)
    assert found.encode().decode() == found
    assert clean(found) == found


def test_astral_letters_count_twice() -> None:
    assert units("a🙂") == 3


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("https://docs.aws.amazon.com/console/securityhub/S3.8/remediation", None),
        ("https://posture.example.com/findings?filter=control%3DS3.8%20owner%3Dweb", None),
        ("http://user@example.com/a|b]c[d{e}", "http://user@example.com/a%7Cb%5Dc%5Bd%7Be%7D"),
        ("javascript:alert(1)", ""),
        ("//example.com", ""),
        ("https://", ""),
        ("https://a b", ""),
        ("https://[bad", ""),
        ("https://example.com/\n", ""),
        ("", ""),
    ],
)
def test_only_addresses_of_the_web_are_links(url: str, address: str | None) -> None:
    assert web_address(url) == (url if address is None else address)
