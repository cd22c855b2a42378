import pytest

from cvlab.errors import ParameterError
from cvlab.reports.plans.parameters import Parameter, convert_value, read_parameters


def convert(value, annotation):
    return convert_value(value, Parameter(name="x", annotation=annotation, default=None))


@pytest.mark.parametrize(
    ("typed", "annotation", "value"),
    [
        ("007", "str", "007"),
        ("true", "str", "true"),
        ("", "str", ""),
        ("7", "int", 7),
        ("-7", "int", -7),
        ("7", "float", 7.0),
        ("1e-3", "float", 0.001),
        ("yes", "bool", True),
        ("0", "bool", False),
        ("a, b", "list[str]", ["a", "b"]),
        ("007,8", "list[str]", ["007", "8"]),
        ("[1, 2]", "list[int]", [1, 2]),
        ("", "list[int]", []),
        ("none", "float | None", None),
        ("2.5", "float | None", 2.5),
        ("full", "Literal['quick', 'full']", "full"),
        ("3", "Literal[2, 3]", 3),
        (3, "float", 3.0),
        ((1, 2), "list[int]", [1, 2]),
    ],
)
def test_a_value_becomes_what_the_notebook_declares(typed, annotation, value):
    converted = convert(typed, annotation)
    assert converted == value
    assert type(converted) is type(value)


@pytest.mark.parametrize(
    ("typed", "annotation", "wanted"),
    [
        ("three", "int", "a whole number"),
        ("3.0", "int", "a whole number"),
        ("1_000", "int", "a whole number"),
        (True, "int", "a whole number"),
        (2.5, "int", "a whole number"),
        ("1_0", "float", "a number such as 0.5"),
        ("nan", "float", "a number such as 0.5"),
        ("inf", "float", "a number such as 0.5"),
        (True, "float", "a number such as 0.5"),
        ("maybe", "bool", "true or false"),
        (1, "bool", "true or false"),
        (7, "str", "text"),
        ("1, b", "list[int]", "a list, separated by commas, each a whole number"),
        ("[1, ", "list[int]", "a list, separated by commas, each a whole number"),
        ("fast", "Literal['quick', 'full']", "one of 'quick', 'full'"),
        ("cheap", "float | None", "a number such as 0.5 or none"),
    ],
)
def test_a_value_of_another_type_is_refused_in_words(typed, annotation, wanted):
    with pytest.raises(ParameterError) as caught:
        convert(typed, annotation)
    assert str(caught.value) == f"x is {typed!r}: give {wanted}"


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("k = 3", "line 1 of the parameters cell is `k = 3`: write it as name: type = literal"),
        ("import os", "line 1 of the parameters cell is `import os`: write it as name: type = literal"),
        ("k: int = len('abc')", "the value must be a literal"),
        ("k: int = 'three'", "k is 'three': give a whole number"),
        ("k: int", "write it as name: type = literal"),
        ("k: dict = {}", "the annotation dict is not one a report can fill"),
        ("k: int = 1\nk: int = 2", "declares k twice"),
        ("k: int = ", "line 1 of the parameters cell is not Python"),
    ],
)
def test_a_cell_that_is_not_plain_is_refused(source, message):
    with pytest.raises(ParameterError) as caught:
        read_parameters(source)
    assert message in str(caught.value)


def test_a_cell_is_read_in_order_and_never_run(tmp_path):
    declared = read_parameters(
        'product_line: str = "x"  # the folder\n\n# how hard\neffort: str = "quick"\nprice: float | None = None'
    )
    assert list(declared) == ["product_line", "effort", "price"]
    assert declared["price"].default is None
    trap = tmp_path / "ran"
    with pytest.raises(ParameterError):
        read_parameters(f"k: str = open({str(trap)!r}, 'w').name")
    assert not trap.exists()
