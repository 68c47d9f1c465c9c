import pytest

from hubposture.matrix.parameters import EVERY, Misfit, typed, typed_parameters
from hubposture.matrix.rows import DEFAULT, WantedParameters
from hubposture.model.parameters import ParameterKind, ParameterSpec, ParameterValue
from matrix.matrix_world import controls, matrix, read


@pytest.mark.parametrize(
    ("cell", "pairs"),
    [
        ("a=1", (("a", "1"),)),
        ("a=1, b=2", (("a", "1"), ("b", "2"))),
        ("keys=Owner, Team; b=2", (("b", "2"), ("keys", "Owner, Team"))),
        ('a="x,y=z;w"', (("a", '"x,y=z;w"'),)),
        ("a = Default", (("a", DEFAULT),)),
        ('a="default"', (("a", '"default"'),)),
        ("default", ((EVERY, DEFAULT),)),
        ("b=2\r\na=1", (("a", "1"), ("b", "2"))),
    ],
)
def test_pairs_are_read_from_a_cell(cell: str, pairs: WantedParameters) -> None:
    assert matrix(controls({"Control": "S3.8", "Parameters": cell})).controls[0].parameters == pairs


@pytest.mark.parametrize("cell", ["a=", "=1", "a=1; a=2", "1, a=2"])
def test_what_is_no_pair_is_a_problem_of_the_cell(cell: str) -> None:
    assert [p.where for p in read(controls({"Control": "S3.8", "Parameters": cell})).problems] == [
        "controls.xlsx!Controls!J2"
    ]


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (ParameterKind.INTEGER, "30", 30),
        (ParameterKind.DOUBLE, "0.5", 0.5),
        (ParameterKind.BOOLEAN, "TRUE", True),
        (ParameterKind.STRING, '"a,b"', "a,b"),
        (ParameterKind.ENUM, "error", "ERROR"),
        (ParameterKind.INTEGER_LIST, "22, 80;22", (22, 80)),
        (ParameterKind.STRING_LIST, 'x, "y,z"', ("x", "y,z")),
        (ParameterKind.ENUM_LIST, "info", ("INFO",)),
    ],
)
def test_a_text_becomes_a_value_of_its_kind(kind: ParameterKind, text: str, value: ParameterValue) -> None:
    choices = ("ERROR", "INFO") if "Enum" in kind else ()
    assert typed(text, ParameterSpec("p", kind, choices=choices)) == value


@pytest.mark.parametrize(
    ("spec", "text"),
    [
        (ParameterSpec("p", ParameterKind.INTEGER, minimum=14, maximum=365), "13"),
        (ParameterSpec("p", ParameterKind.INTEGER, minimum=14, maximum=365), "366"),
        (ParameterSpec("p", ParameterKind.INTEGER), "1.5"),
        (ParameterSpec("p", ParameterKind.DOUBLE, maximum=1), "1.01"),
        (ParameterSpec("p", ParameterKind.BOOLEAN), "maybe"),
        (ParameterSpec("p", ParameterKind.ENUM, choices=("A",)), "B"),
        (ParameterSpec("p", ParameterKind.INTEGER_LIST, maximum=65535), "22, 70000"),
        (ParameterSpec("p", ParameterKind.STRING_LIST, max_items=1), "a, b"),
    ],
)
def test_a_text_that_does_not_fit_is_told(spec: ParameterSpec, text: str) -> None:
    found = typed(text, spec)
    assert isinstance(found, Misfit)
    assert "p: " in found.what


def test_names_take_any_case_default_alone_covers_all_and_unknown_names_are_suggested() -> None:
    specs = (ParameterSpec("maxAge", ParameterKind.INTEGER), ParameterSpec("other", ParameterKind.STRING))
    assert typed_parameters((("MAXAGE", "3"),), specs) == ((("maxAge", 3),), ())
    assert typed_parameters(((EVERY, DEFAULT),), specs)[0] == (("maxAge", DEFAULT), ("other", DEFAULT))
    assert typed_parameters((("maxAges", "3"),), specs)[1][0].hint == "did you mean maxAge?"
    assert "takes no parameters" in typed_parameters((("a", "3"),), ())[1][0].what


def test_prose_in_the_cell_is_one_problem_and_not_one_per_line() -> None:
    problems = read(controls({"Control": "ACM.1", "Parameters": "Parameter: days\nType: Integer\n---"})).problems
    assert [problem.what for problem in problems] == ["'Parameter: days' is not name=value, and 2 more like it"]
