import datetime as dt
import time
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from understudy.data.infer import infer
from understudy.data.schema import Column, Schema
from understudy.data.table import Source, Table
from understudy.data.values import parse, unreadable
from understudy.errors import SchemaError, UnknownColumn

SHARED = Path(__file__).parents[2].parent / "shared" / "data"
needs_shared = pytest.mark.skipif(not SHARED.exists(), reason="shared data not on this machine")


def text(cells: Iterable[object], name: str = "x") -> Table:
    written = [None if cell is None else str(cell) for cell in cells]
    return Table(pl.DataFrame({name: pl.Series(written, dtype=pl.String)}), Source(text=True, file="csv"))


def found(cells: Iterable[object], name: str = "x") -> Column:
    return infer(text(cells, name))[name]


RNG = np.random.default_rng(7)
N = 400


@pytest.mark.parametrize(
    ("name", "cells", "kind"),
    [
        ("age", RNG.integers(17, 90, N), "integer"),
        ("balance", RNG.integers(-500, 500, N), "integer"),
        ("signed", [f"+{each}" for each in range(3, 40)], "integer"),
        ("padded", ["  60", " 7", "110"] * 20, "integer"),
        ("fnlwgt", RNG.permutation(np.arange(12_285, 1_400_000, 3469))[:N], "integer"),
        ("price", RNG.random(N).round(6), "decimal"),
        ("tiny", ["1e-05", "2.5E3", "7"] * 9, "decimal"),
        ("amount", [f"{each:.2f}" for each in RNG.random(N)], "decimal"),
        ("flag", RNG.integers(0, 2, N), "boolean"),
        ("has_rewards", ["True", "False"] * 9, "boolean"),
        ("SEX", RNG.integers(1, 3, N), "categorical"),
        ("EDUCATION", RNG.integers(0, 7, N), "categorical"),
        ("admission_type_id", RNG.integers(1, 9, N), "categorical"),
        ("zipcode", RNG.integers(98_001, 98_199, N), "categorical"),
        ("education_num", RNG.integers(1, 16, N), "integer"),
        ("number_outpatient", RNG.integers(0, 40, N), "integer"),
        ("UID", range(1, N), "id"),
        ("", range(N), "id"),
        ("row", sorted(RNG.choice(N, int(0.9 * N), replace=False)), "id"),
        ("encounter_id", RNG.permutation(N) * 7919 + 12_522, "id"),
        ("patient_nbr", RNG.integers(10_000, 10_000 + N, N), "id"),
        ("Product ID", [f"{'LMH'[each % 3]}{each + 14_860}" for each in range(N)], "id"),
        ("code", [f"{each:05d}" for each in range(N)], "id"),
        ("card", [str(4 * 10**18 + 977 * each) for each in range(N)], "id"),
        ("colour", ["red", "green", "blue"] * 20, "categorical"),
        ("age_group", ["[0-10)", "[10-20)"] * 20, "categorical"),
        ("diag", ["250.83", "V27", "E909", "414"] * 20, "categorical"),
        ("checkin_date", ["27 Dec 2020", "30 Dec 2020"] * 9, "date"),
        ("date", ["930101", "930102", "961231", "950505", "940101"], "date"),
        ("day", ["20200131", "20200201", "20191231"], "date"),
        ("stamp", ["2013-01-01T06:00:00Z", "2013-01-01T07:00:00Z"], "datetime"),
        ("when", ["20141013T000000", "20150225T000000"], "datetime"),
        ("at", ["13:45", "07:05"] * 4, "time"),
        ("review", [f"I have worn this dress {each} times and it is still lovely" for each in range(60)], "text"),
        ("nothing", [None] * 5, "constant"),
        ("same", ["No"] * 5, "constant"),
        ("mail", [f"a{each}@b.org" for each in range(9)], "text"),
    ],
)
def test_kinds(name: str, cells: Iterable[object], kind: str) -> None:
    column = found(cells, name)
    assert column.kind == kind, column
    assert 0 <= column.confidence <= 1
    assert column.reason
    assert unreadable(text(cells, name), Schema((column,))) == {name: 0}


def test_a_reason_counts_in_words_a_user_can_check() -> None:
    assert found([*range(74)] * 15).reason == "1 110 of 1 110 cells are whole numbers, 74 distinct"


def test_digits_and_their_writing() -> None:
    assert (found(["1.50", "2.25"] * 9).decimals, found(["1.50", "2.25"] * 9).fixed) == (2, True)
    assert (found(["1.5", "2.25"] * 9).fixed, found(["1.5", "2.25"] * 9).format) == (False, "0.0")
    assert (found(["1.5", "2"] * 9).fixed, found(["1.5", "2"] * 9).format) == (False, None)
    whole = found(["41.0", "3.0", "7.0"] * 9)
    assert (whole.kind, whole.decimals, whole.fixed) == ("decimal", 1, True)
    assert "whole numbers" in whole.notes[0]


def test_missing_codes_in_measured_columns() -> None:
    column = found([1, 2, 3, 4, 5, "NA", "NA", None, "?", "NA"])
    assert column.kind == "integer"
    assert column.nullable
    assert column.missing[0] == "NA"
    assert set(column.missing) == {"NA", "", "?"}
    assert any("written back as 'NA'" in note for note in column.notes)
    dates = found(["2020-01-01", "2020-01-02", "0000-00-00", "n/a"] * 3)
    assert dates.kind == "date"
    assert set(dates.missing) == {"0000-00-00", "n/a"}


def test_none_may_be_a_category() -> None:
    column = found(["None", "Norm", ">200", "?", None] * 20)
    assert column.kind == "categorical"
    assert set(column.missing) == {"?", ""}
    assert any("'None' (20 cells) may mean missing" in note for note in column.notes)


def test_sentinels_are_noted_and_never_removed() -> None:
    cells = [*range(20, 60)] * 10 + [999] * 12
    column = found(cells)
    assert column.missing == ()
    assert any(note.startswith("999 stands apart") for note in column.notes)
    assert parse(text(cells), infer(text(cells))).frame["x"].max() == 999
    assert not found([*range(20, 60)] * 10).notes


def test_mixed_columns_say_how_many_cells_are_no_numbers() -> None:
    column = found([*range(100), "secretname", "other"])
    assert column.kind in ("categorical", "text")
    assert any(note.startswith("2 cells (2 distinct) are not numbers") for note in column.notes)
    assert not any("secretname" in note for note in column.notes)


def test_infinities_are_missing_and_counted() -> None:
    column = found(["1.5", "inf", "2.5", "-inf"])
    assert column.kind == "decimal"
    assert column.nullable
    assert "2 cells infinite, read as missing" in column.notes
    floats = infer(Table(pl.DataFrame({"x": [1.5, float("inf"), 2.5]})))["x"]
    assert floats.nullable
    assert "1 cell infinite, read as missing" in floats.notes


@pytest.mark.parametrize(
    ("cells", "form", "sure"),
    [
        (["13/02/2020", "01/02/2020"], "%d/%m/%Y", True),
        (["02/13/2020", "01/02/2020"], "%m/%d/%Y", True),
        (["01/02/2020", "03/04/2020"], "%m/%d/%Y", False),
        (["01.02.2020", "03.04.2020"], "%d.%m.%Y", False),
        ([f"0{month}/01/2020" for month in range(1, 10)], "%m/%d/%Y", False),
        ([f"01/0{day}/2020" for day in range(1, 10)], "%d/%m/%Y", False),
        ([f"05/0{day}/2020" for day in range(1, 10)], "%m/%d/%Y", False),
    ],
)
def test_day_and_month_are_told_apart_by_the_data(cells: list[str], form: str, sure: bool) -> None:
    column = found(cells * 10)
    assert column.format == form
    assert (column.confidence > 0.9) is sure
    assert any("cannot be told apart" in note for note in column.notes) is not sure


def test_impossible_dates_are_no_dates() -> None:
    assert found(["30/02/2020", "31/04/2020"] * 9).kind == "categorical"


def test_zones() -> None:
    assert found(["2020-01-01T00:00:00+02:00"] * 2 + ["2020-01-02T00:00:00+02:00"]).zone == "+02:00"
    assert found(["2020-01-01 00:00:00 UTC", "2020-01-01 01:00:00 UTC"]).zone == "UTC"
    assert found(["2020-01-01T00:00:00+01:00", "2020-07-01T00:00:00+02:00"]).zone == "Europe/Berlin"
    odd = found(["2020-01-01T00:00:00+01:00", "2020-01-01T00:00:00+09:00"])
    assert odd.zone == "UTC"
    assert any("different offsets" in note for note in odd.notes)


def test_the_primary_key_is_the_first_unique_id() -> None:
    frame = pl.DataFrame(
        {"district_id": ["1", "2"] * 20, "account_id": [str(each) for each in range(40)], "k": ["a", "b"] * 20}
    )
    schema = infer(Table(frame, Source(text=True)))
    assert schema.primary_key == "account_id"
    assert schema["account_id"].unique
    assert schema.entity is None
    gaps = infer(text([*range(40), None], "account_id"))
    assert gaps.primary_key is None


def test_numbers_that_never_repeat_are_no_keys() -> None:
    for cells in (RNG.random(N), RNG.choice(10**7, N, replace=False), RNG.integers(0, 10**9, N) * 100):
        column = found(cells, "weight")
        assert column.kind in ("integer", "decimal")
        assert not column.unique


def test_typed_sources_are_believed() -> None:
    frame = pl.DataFrame(
        {
            "i": [5, 6, 9], "f": [1.0, None, 3.5], "b": [True, False, True],
            "d": [dt.date(2020, 1, day) for day in (1, 2, 3)],
            "t": [dt.time(hour) for hour in (1, 2, 3)], "s": ["27 Dec 2020", "28 Dec 2020", None],
        }
    )  # fmt: skip
    schema = infer(Table(frame, Source(dtypes={name: str(dtype) for name, dtype in frame.schema.items()})))
    kinds = {column.name: column.kind for column in schema.columns}
    assert kinds == {"i": "integer", "f": "decimal", "b": "boolean", "d": "date", "t": "time", "s": "date"}
    labelled = infer(Table(pl.DataFrame({"c": ["1", "2", "3"]}), Source(dtypes={"c": "Categorical"})))
    assert labelled["c"].kind == "categorical"


# --- the user's word ---------------------------------------------------------------------------------------------


def test_an_edit_wins_and_what_it_leaves_open_is_found() -> None:
    table = text(["1.50", "2.50", "n/a"] * 9)
    schema = infer(table, edits={"x": {"kind": "categorical"}})
    assert schema["x"].kind == "categorical"
    assert (schema["x"].confidence, schema["x"].decimals, schema["x"].fixed) == (1.0, None, False)
    dates = infer(text(["20200131", "20200201"] * 9), edits={"x": {"kind": "date"}})["x"]
    assert (dates.kind, dates.format) == ("date", "%Y%m%d")
    assert infer(text(["0", "1"] * 9), edits={"x": {"kind": "integer"}})["x"].format is None
    money = infer(text(["$1.50", "$1,000.00"] * 9), edits={"x": {"kind": "decimal"}})["x"]
    assert (money.format, money.decimals, money.fixed) == ("$#,##0", 2, True)


def test_naming_missing_words_lets_the_numbers_be_read() -> None:
    table = text([*range(50), *range(50), "unknown", "refused"])
    schema = infer(table, edits={"x": {"missing": ["unknown", "refused"]}})
    assert schema["x"].kind == "integer"
    assert schema["x"].missing == ("unknown", "refused")
    assert schema["x"].nullable
    assert parse(table, schema).frame["x"].null_count() == 2


def test_wrong_edits_are_refused_with_the_nearest_name() -> None:
    table = text([1, 2], "age")
    with pytest.raises(UnknownColumn, match="did you mean 'age'"):
        infer(table, edits={"aeg": {"kind": "integer"}})
    with pytest.raises(SchemaError, match="did you mean 'kind'"):
        infer(table, edits={"age": {"kinds": "integer"}})
    with pytest.raises(SchemaError, match="did you mean 'integer'"):
        infer(table, edits={"age": {"kind": "integr"}})


# --- strange tables ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "frame",
    [
        pl.DataFrame({"a": pl.Series([], dtype=pl.String), "b": pl.Series([], dtype=pl.Int64)}),
        pl.DataFrame({"a": ["1"]}),
        pl.DataFrame({"a": [1.5]}),
        pl.DataFrame({"a": ["x@y.zz"]}),
        pl.DataFrame({"a": [None, None]}),
        pl.DataFrame({"a": ["", None, " "]}),
        pl.DataFrame({"a": [float("inf"), float("nan")]}),
        pl.DataFrame({"🎉": ["1", "2"], "": ["a", "b"], "a.b c": [True, False], "class": [1, 2], "self": ["1", "x"]}),
        pl.DataFrame({"a": [[1, 2], [3]], "b": [{"x": 1}, {"x": 2}], "c": [b"x", b"y"]}),
        pl.DataFrame({"a": [dt.timedelta(1), dt.timedelta(2)]}),
        pl.DataFrame({"a": ["9" * 400, "1e999", "-"]}),
        pl.DataFrame({"a": ["\x00", "\ud7ff", "\n\n"]}),
        pl.DataFrame({"a": ["-", ".", ":", "T", "+", "e", "1/1/1", "99:99"]}),
    ],
)
@pytest.mark.parametrize("as_text", [False, True])
def test_legal_tables_never_raise(frame: pl.DataFrame, as_text: bool) -> None:
    schema = infer(Table(frame, Source(text=as_text)))
    assert schema.names == tuple(frame.columns)
    parse(Table(frame, Source(text=as_text)), schema)


def test_two_thousand_columns_take_seconds() -> None:
    numbers = {f"n{each}": RNG.integers(0, 50, 1000) for each in range(1500)}
    frame = pl.DataFrame(numbers | {f"w{each}": RNG.choice(["aa", "bb"], 1000) for each in range(500)}).cast(pl.String)
    start = time.process_time()
    assert len(infer(Table(frame, Source(text=True)))) == 2000
    assert time.process_time() - start < 15  # processor seconds of all threads: about 3 of the clock


def test_inference_does_not_hang_on_row_order() -> None:
    cells = [*map(str, RNG.integers(0, 9, 200)), "NA", "?", "x"]
    shuffled = [cells[place] for place in RNG.permutation(len(cells))]
    assert found(cells) == found(shuffled)


# --- published tables --------------------------------------------------------------------------------------------

PUBLISHED = {
    "adult/adult": {
        "age": "integer", "workclass": "categorical", "fnlwgt": "integer",
        "capital_gain": "integer", "income": "categorical",
    },
    "ai4i2020/ai4i2020": {
        "UID": "id", "Product ID": "id", "Type": "categorical",
        "Torque [Nm]": "decimal", "TWF": "boolean",
    },
    "appliances_energy/energydata_complete": {"date": "datetime", "Appliances": "integer", "T1": "decimal"},
    "clothing_reviews/reviews": {
        "": "id", "Clothing ID": "categorical", "Review Text": "text",
        "Title": "text", "Rating": "integer",
    },
    "credit_default/credit_default": {
        "ID": "id", "SEX": "categorical",
        "EDUCATION": "categorical", "PAY_0": "integer",
    },
    "diabetes130/diabetic_data": {
        "encounter_id": "id", "patient_nbr": "id", "admission_type_id": "categorical", "diag_1": "categorical",
        "max_glu_serum": "categorical", "examide": "constant", "age": "categorical", "number_emergency": "integer",
    },
    "kc_house/kc_house": {
        "id": "id", "date": "datetime", "price": "integer",
        "bathrooms": "decimal", "zipcode": "categorical",
    },
    "california_housing/housing": {
        "longitude": "decimal", "total_bedrooms": "decimal",
        "ocean_proximity": "categorical",
    },
    "nycflights13/weather": {"time_hour": "datetime", "year": "constant", "temp": "decimal"},
    "berka_loans354/trans": {"trans_id": "id", "account_id": "id", "date": "date", "amount": "decimal"},
    "chinook/Customer": {"Email": "text", "Phone": "text", "City": "categorical", "CustomerId": "id"},
}  # fmt: skip


@needs_shared
@pytest.mark.parametrize("name", PUBLISHED)
def test_published_tables(name: str) -> None:
    table = Table(pl.read_csv(SHARED / f"{name}.csv.gz", infer_schema=False), Source(text=True, file="csv"))
    schema = infer(table)
    assert {column: schema[column].kind for column in PUBLISHED[name]} == PUBLISHED[name]
    assert not any(unreadable(table, schema).values())


@needs_shared
def test_hotel_guests() -> None:
    frame = pl.read_csv(SHARED / "fake_hotel_guests_head5" / "fake_hotel_guests_head5.csv.gz", infer_schema=False)
    schema = infer(Table(frame, Source(text=True, file="csv")))
    semantics = {column.name: column.semantic for column in schema.columns if column.semantic}
    assert semantics == {"guest_email": "email", "billing_address": "address", "credit_card_number": "card"}
    assert schema["checkin_date"].format == "%d %b %Y"
    assert schema["has_rewards"].format == "True|False"
