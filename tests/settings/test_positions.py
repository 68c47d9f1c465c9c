import tomllib
from collections.abc import Iterator
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from hubposture.settings.positions import Path, Position, positions


def at(text: str, place: Position) -> str:
    return text.split("\n")[place.line - 1][place.column - 1 :]


def leaves(value: Any, path: Path = ()) -> Iterator[Path]:
    if isinstance(value, dict) or (isinstance(value, list) and value):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(item, (*path, key))
    else:
        yield path


DOCUMENT = r"""# a comment with = and [brackets]
top = "a # no comment \" still in" # comment
'quoted key' = 'lit\eral'
"esc\"aped".inner = 1979-05-27 07:32:00
[a.b]   # header
list = [ 1, [2, 3], # inside
  "x]", { k = 'v', "l" = [true] } ]
long = '''
[not.a.header]
x = "1"'''
quotes = ~~~"two quotes""~~~ # end
[[a.rows]]
n = 1
[a.rows.deep]
m = -inf
[[a.rows]]
n = 2
[[a.rows.inner]]
z=0x1F
[[a.rows.inner]]
z = 1_000.5e3
""".replace("~~~", '"' * 3)


def test_every_leaf_of_a_nasty_document_is_found_where_it_stands() -> None:
    found = positions(DOCUMENT)
    assert set(leaves(tomllib.loads(DOCUMENT))) <= set(found.values)
    assert at(DOCUMENT, found.of(("top",))).startswith('"a #')
    assert at(DOCUMENT, found.of(("quoted key",))).startswith("'lit")
    assert at(DOCUMENT, found.of(('esc"aped', "inner"))).startswith("1979")
    assert at(DOCUMENT, found.of_key(('esc"aped', "inner"))).startswith("inner")
    assert at(DOCUMENT, found.of(("a", "b", "list", 1, 0))).startswith("2,")
    assert at(DOCUMENT, found.of(("a", "b", "list", 3, "l", 0))).startswith("true")
    assert at(DOCUMENT, found.of(("a", "b", "quotes"))).startswith('""""two')
    assert at(DOCUMENT, found.of(("a", "rows", 0, "deep", "m"))).startswith("-inf")
    assert at(DOCUMENT, found.of(("a", "rows", 1, "n"))) == "2"
    assert found.of(("a", "rows", 1, "inner", 0, "z")).line < found.of(("a", "rows", 1, "inner", 1, "z")).line
    assert at(DOCUMENT, found.of(("a", "rows", 1, "inner", 1, "z"))).startswith("1_000")


def test_what_is_missing_is_placed_at_the_nearest_table_around_it() -> None:
    found = positions("x = 1\n[a]\n[a.b]\ny = 2\n")
    assert found.of(("a", "b", "missing")) == Position(3, 1)
    assert found.of(("a", "other", "missing")) == Position(2, 1)
    assert found.of(("nothing",)) == Position(1, 1)


def test_keys_and_headers_have_places_of_their_own() -> None:
    found = positions("[one.two]\nthree.four = 4\n")
    assert found.of_key(("one",)) == Position(1, 2)
    assert found.of_key(("one", "two")) == Position(1, 6)
    assert found.of_key(("one", "two", "three")) == Position(2, 1)
    assert found.of_key(("one", "two", "three", "four")) == Position(2, 7)
    assert found.of(("one", "two", "three", "four")) == Position(2, 14)


SCALARS = st.sampled_from(
    [
        "1",
        "-2.5",
        "true",
        "2026-11-24",
        '"a"',
        '"x = [1] # \\" \\\\"',
        "'lit # \\'",
        '"""long\n[no]\nx = 1"""',
        "'''a\n''b'''",
    ]
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: "[ " + ",\n # c ] }\n".join(items) + " ]"),
        st.lists(inner, max_size=3).map(
            lambda items: "{ " + ", ".join(f"k{number} = {item}" for number, item in enumerate(items)) + " }"
        ),
    ),
    max_leaves=6,
)
TABLES = st.lists(
    st.tuples(st.sampled_from(["[t{}]", "[[rows]]", '[t{}."q.d" . x]', "[[rows.in]]"]), st.lists(VALUES, max_size=4)),
    max_size=5,
)


@given(TABLES)
def test_whatever_the_document_values_start_where_the_scan_says(tables: list[tuple[str, list[str]]]) -> None:
    text = ""
    for number, (header, values) in enumerate(tables):
        text += f" {header.format(number)} # h\n"
        for place, value in enumerate(values):
            text += f"\tkey{place} = {value}   # c\n"
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return  # `[[rows.in]]` before any `[[rows]]` can clash; the scan only ever sees valid texts
    found = positions(text)
    for path in leaves(document):
        assert at(text, found.values[path]).startswith(beginnings(inside(document, path)))


def inside(document: Any, path: Path) -> Any:
    for part in path:
        document = document[part]
    return document


def beginnings(value: Any) -> tuple[str, ...]:
    """How the text of a value may begin."""
    match value:
        case bool():
            return (str(value).lower(),)
        case str():
            return ('"', "'")
        case dict():
            return ("{", "[")
        case list():
            return ("[",)
        case _:
            return (str(value),)
