from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from understudy.data import formats


def series(*cells: str | None) -> pl.Series:
    return pl.Series("x", list(cells), dtype=pl.String)


@pytest.mark.parametrize(
    ("sample", "picture"),
    [
        (["$1,200.50", "$3.00"], "$#,##0.0"),
        (["1,5", "0,125"], "0,0"),
        (["1,5", "1,234"], "0,0"),
        (["12%", "3%"], "0%"),
        (["1.234,50", "3,20"], "#.##0,0"),
        (["1,234", "3,200", "5"], "#,##0"),
        (["12 €", "3 €"], "0 €"),
        (["1'234.5", "7.25"], "#'##0.0"),
        (["1.2.3"], None),
        (["12 kg"], None),
        (["$1", "€1"], None),
        (["a"], None),
    ],
)
def test_pictures_of_marked_numbers(sample: list[str], picture: str | None) -> None:
    assert formats.find_number_form(sample) == picture
    if picture is not None:
        assert formats.read_numbers(series(*sample), picture).null_count() == 0


@pytest.mark.parametrize("picture", [None, "0.0", "#,##0", "0,0", "#.##0,0", "$#,##0.0", "0%", "#'##0.0"])
def test_a_picture_survives_taking_apart(picture: str | None) -> None:
    assert formats.number_form(picture).picture == picture


@given(st.lists(st.decimals(-(10**9), 10**9, places=2), min_size=1))
def test_fixed_decimals_come_back_as_written(numbers: list[Decimal]) -> None:
    cells = series(*[str(abs(each)) if each == 0 else str(each) for each in numbers])
    back = formats.write_decimals(formats.read_numbers(cells, None), 2, True, None)
    assert back.to_list() == cells.to_list()


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e15, max_value=1e15), min_size=1))
def test_shortest_decimals_say_the_same_number(numbers: list[float]) -> None:
    values = pl.Series("x", numbers, dtype=pl.Float64)
    text = formats.write_decimals(values, None, False, None)
    if all(each == 0 or abs(each) > 1e-30 for each in numbers):
        assert not text.str.contains("e", literal=True).any()
    assert not text.str.contains(r"\.0$").any()
    assert formats.read_numbers(text, None).to_list() == numbers


@given(
    st.lists(st.decimals(-(10**12), 10**12, places=2), min_size=1),
    st.sampled_from(["$#,##0.0", "#.##0,0", "0,0 €", "#\u202f##0,0", "0.0%"]),
)
def test_marked_numbers_say_the_same_number(numbers: list[Decimal], picture: str) -> None:
    values = pl.Series("x", [float(each) for each in numbers])
    text = formats.write_decimals(values, 2, True, picture)
    assert formats.read_numbers(text, picture).to_list() == values.to_list()


@given(st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1))
def test_integers_are_exact(numbers: list[int]) -> None:
    cells = series(*map(str, numbers))
    assert formats.read_integers(cells, None).to_list() == numbers
    assert formats.write_integers(formats.read_integers(cells, None), None).to_list() == cells.to_list()


def test_integers_read_what_means_a_whole_number() -> None:
    cells = series("5", "+6", " 7", "8.0", "1e3", "x", None, "9.5", "18446744073709551615")
    assert formats.read_integers(cells.head(8), None).to_list() == [5, 6, 7, 8, 1000, None, None, None]
    assert formats.read_integers(cells[[0, 8]], None).dtype == pl.UInt64


def test_rounding_goes_to_the_digits_of_the_column() -> None:
    values = pl.Series([0.1 + 0.2, 2.0, 1e20, 1e-7, None])
    assert formats.write_decimals(values, 2, False, None).to_list() == ["0.3", "2", "1" + "0" * 20, "0", None]
    assert formats.write_decimals(values.head(2), 2, False, "0.0").to_list() == ["0.3", "2.0"]


def test_digits_behind_the_point() -> None:
    assert formats.digits_behind(series("1.50", "2", "-3.123")) == (0, 3)
    assert formats.digits_behind(series("1e-5", "2")) == (0, 5)
    assert formats.digits_behind(series("$1,000.25"), "$#,##0.0") == (2, 2)


@pytest.mark.parametrize(
    ("cells", "spellings"),
    [
        (["True", "False"], "True|False"),
        (["no", "yes"], "yes|no"),
        (["Y", "N"], "Y|N"),
        (["TRUE", "FALSE"], "TRUE|FALSE"),
        (["f", "t"], "t|f"),
        (["true", "False"], None),
        (["Yes"], None),
        (["Yes", "No", "Maybe"], None),
    ],
)
def test_spellings_of_booleans(cells: list[str], spellings: str | None) -> None:
    assert formats.find_spellings(cells) == spellings
    if spellings:
        read = formats.read_booleans(series(*cells), spellings)
        assert formats.write_booleans(read, spellings).to_list() == cells
