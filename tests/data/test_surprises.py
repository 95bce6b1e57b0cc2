"""Columns as people's spreadsheets hold them: dates in two writings, post codes that hardly repeat, a lone -999."""

from datetime import date

import polars as pl
import pytest

from understudy.data.infer import infer
from understudy.data.schema import Column, Schema, valued
from understudy.data.schema_files import from_yaml, to_yaml
from understudy.data.table import Source, Table
from understudy.data.values import parse, render
from understudy.errors import SchemaError


def table(name: str, cells: list[str | None]) -> Table:
    return Table(pl.DataFrame({name: cells}, schema={name: pl.String}), Source("t", text=True))


def days(many: int = 60) -> list[date]:
    return [date(2000 + day % 20, 1 + day % 12, 1 + day * 7 % 28) for day in range(many)]


def test_dates_in_two_writings_are_dates() -> None:
    cells = [day.isoformat() if at % 6 == 0 else day.strftime("%d.%m.%Y") for at, day in enumerate(days())]
    found = infer(table("Datum", cells))
    column = found["Datum"]
    assert (column.kind, column.format) == ("date", "%d.%m.%Y|%Y-%m-%d")
    assert any("10 cells written in another way" in note for note in column.notes)
    typed = parse(table("Datum", cells), found)
    assert typed.frame["Datum"].to_list() == days()
    written = render(typed.frame, found, typed.source)["Datum"].to_list()
    assert written == [day.strftime("%d.%m.%Y") for day in days()]
    assert from_yaml(to_yaml(found)) == found


@pytest.mark.parametrize("other", ["12", "noon", "31.02.2021", "2021-02-01 12:00"])
def test_one_cell_that_is_no_date_makes_no_column_of_dates(other: str) -> None:
    cells = [day.isoformat() if at % 2 else day.strftime("%d.%m.%Y") for at, day in enumerate(days())]
    assert infer(table("d", [*cells, other]))["d"].kind != "date"


def test_post_codes_are_kinds_only_where_they_repeat() -> None:
    lone = [f"{code:05d}" for code in range(1000, 1090)]
    assert infer(table("PLZ", lone))["PLZ"].kind == "id"
    assert infer(table("PLZ", lone[:9] * 20))["PLZ"].kind == "categorical"


def test_a_code_that_stands_apart_says_nothing_on_how_numbers_are_written() -> None:
    cells = [f"{at * 7 % 50},{at % 10}0" for at in range(90)] + ["-999"] * 6
    column = infer(table("Umsatz", cells))["Umsatz"]
    assert (column.kind, column.decimals, column.fixed) == ("decimal", 2, True)
    assert any("-999 stands apart" in note for note in column.notes)


def test_the_users_word_is_checked() -> None:
    schema = Schema((Column("a", "integer"),))
    assert schema.edit(a={"missing": "NA"})["a"].missing == ("NA",)
    assert valued("missing", None, "") == ()
    for wrong in ({"nullable": 3}, {"decimals": "two"}, {"decimals": True}, {"kind": 7}, {"format": ["x"]}):
        with pytest.raises(SchemaError, match=next(iter(wrong))):
            schema.edit(a=wrong)
    with pytest.raises(SchemaError, match="did you mean 'kind'"):
        infer(table("a", ["1", "2"]), edits={"a": {"knd": "text"}})
    words = table("a", ["cook", "clerk"] * 20)
    dated = infer(words, edits={"a": {"kind": "date"}})
    with pytest.raises(SchemaError, match="cannot be read as date"):
        parse(words, dated)
