"""Learning large tables: every row is learned once, in parts that do not depend on the batches."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

import understudy as us
from understudy.data import scans, table
from understudy.data.infer import infer
from understudy.data.scans import open_rows
from understudy.data.table import Table
from understudy.data.values import parse
from understudy.encoding import codebook
from understudy.errors import SchemaError
from understudy.models import fitting, parts
from understudy.models.form import Form
from understudy.rules.constraints import read

COLUMNS = ["site", "age", "pay", "left", "senior", "bonus"]


@pytest.fixture
def rows(real: pl.DataFrame) -> Table:
    return us.read(real.select(COLUMNS)[:3000])


@pytest.mark.parametrize("cells", [7, 1000, 10**6])
def test_parts_are_all_rows_once_in_a_seeded_order(rows: Table, cells: int, monkeypatch: pytest.MonkeyPatch) -> None:
    schema = infer(rows)
    book = codebook.fit(parse(rows, schema).frame, schema)
    wanted = book.encode(parse(rows, schema).frame)
    seen: list[tuple[int, int]] = []
    monkeypatch.setattr(table, "BATCH_CELLS", cells * len(COLUMNS) if cells == 7 else cells)
    learned, tuned = parts.parts(rows, Form(schema, book), 3, lambda _, *at: seen.append(at))
    assert (len(learned), len(tuned)) == (2700, 300)
    order = np.argsort(np.r_[tuned.cells(2), learned.cells(2)], kind="stable")
    assert np.array_equal(np.r_[tuned.cells(2), learned.cells(2)][order], np.sort(wanted.cells(2)))
    found = {tuple(row) for row in np.r_["1", tuned.coarse, learned.coarse].T.tolist()}
    assert found == {tuple(row) for row in wanted.coarse.T.tolist()}
    again, _ = parts.parts(rows, Form(schema, book), 3, lambda *_: None)
    other, _ = parts.parts(rows, Form(schema, book), 4, lambda *_: None)
    assert np.array_equal(again.fine, learned.fine)
    assert not np.array_equal(other.coarse, learned.coarse)
    assert seen[0] == (0, 3000)
    assert seen[-1] == (3000, 3000)


@pytest.mark.parametrize("cells", [1000, 10**6])
def test_rows_that_break_a_rule_are_left_out(rows: Table, cells: int, monkeypatch: pytest.MonkeyPatch) -> None:
    schema = infer(rows)
    frame = parse(rows, schema).frame
    form = Form(schema, codebook.fit(frame, schema), held=(read("age >= 30").held(frame, 8),))
    monkeypatch.setattr(table, "BATCH_CELLS", cells)
    learned, tuned = parts.parts(rows, form, 3, lambda *_: None, form.rules)
    every, _ = parts.parts(rows, form, 3, lambda *_: None)
    wanted = form.encode(frame.filter(pl.col("age") >= 30))
    assert len(learned) + len(tuned) == len(wanted) < len(every)
    found, real = np.c_[tuned.coarse, learned.coarse], wanted.coarse
    assert sorted(map(tuple, found.T.tolist())) == sorted(map(tuple, real.T.tolist()))
    counts = np.arange(3000) % 3
    learned, tuned = parts.parts(rows, form, 3, lambda *_: None, form.rules, counts)
    assert len(learned) + len(tuned) == counts[(frame["age"] >= 30).to_numpy()].sum()


def test_few_rows_are_all_learned_and_many_tune_no_more(rows: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    schema = infer(rows)
    book = codebook.fit(parse(rows, schema).frame, schema)
    learned, tuned = parts.parts(rows.take(range(199)), Form(schema, book), 0, lambda *_: None)
    assert (len(learned), len(tuned)) == (199, 0)
    monkeypatch.setattr(parts, "MOST_INNER", 100)
    learned, tuned = parts.parts(rows, Form(schema, book), 0, lambda *_: None)
    assert (len(learned), len(tuned)) == (2900, 100)


@pytest.mark.parametrize("ending", ["parquet", "csv"])
def test_a_model_from_disk_is_the_model_from_memory(
    real: pl.DataFrame, tmp_path: Path, ending: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = us.write(real[:3000], tmp_path / f"t.{ending}")
    held = us.fit(us.read(path), seed=1)
    monkeypatch.setattr(scans, "LARGE_ROWS", 10)
    monkeypatch.setattr(scans, "LARGE_BYTES", 10)
    assert isinstance(open_rows(path), scans.Scan)
    monkeypatch.setattr(scans, "BATCH_CELLS", 500)
    scanned = us.fit(path, seed=1)
    assert scanned.schema == held.schema
    assert scanned.sample(500, seed=2).frame.equals(held.sample(500, seed=2).frame)
    assert scanned.rows == 3000


def test_some_rows_stand_for_all_where_there_are_many(rows: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fitting, "LARGE_ROWS", 2000)
    monkeypatch.setattr(fitting, "SEEN", 400)
    model = us.fit(rows, seed=0)
    entry = next(entry for entry in model.ledger if entry["what"] == "sampled")
    assert entry["rows"] == 400
    assert "400 of 3000 rows" in entry["text"]
    assert model.rows == 3000
    fake = model.sample(3000, seed=1)
    shares = fake["site"].value_counts(normalize=True).sort("site")["proportion"]
    real_shares = rows.frame["site"].value_counts(normalize=True).sort("site")["proportion"]
    assert shares.to_numpy() == pytest.approx(real_shares.to_numpy(), abs=0.04)


def test_a_cell_that_was_not_foreseen_is_named_by_its_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cells = pl.DataFrame({"a": [str(row % 50) for row in range(3000)], "b": ["x", "y", "z"] * 1000})
    schema = infer(us.read(us.write(cells, tmp_path / "t.csv")))
    spoilt = us.write(
        cells.with_columns(a=pl.when(pl.int_range(3000) == 2345).then(pl.lit("oops")).otherwise("a")),
        tmp_path / "t.csv",
    )
    monkeypatch.setattr(table, "BATCH_CELLS", 1000)
    book = codebook.fit(parse(us.read(cells), schema).frame, schema)
    with pytest.raises(SchemaError, match=r"'oops' cannot be read as integer.*row 2346"):
        parts.parts(us.read(spoilt), Form(schema, book), 0, lambda *_: None)


def test_the_judge_sees_no_row_that_was_learned(rows: Table, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = us.write(rows, tmp_path / "t.parquet")
    held = us.run(path, tmp_path / "held", seed=0)
    monkeypatch.setattr(scans, "LARGE_ROWS", 10)
    scanned = us.run(path, tmp_path / "scanned", seed=0)
    assert scanned.report.measures == held.report.measures
    assert scanned.report.provenance["holdout rows"] == 600
