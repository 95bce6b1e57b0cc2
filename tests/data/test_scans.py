"""Tables on disk: the same rows as read whole, whatever the batches; parts, samples and errors."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import understudy as us
from understudy.data import scans, table
from understudy.data.files import read
from understudy.data.scans import Scan, open_rows
from understudy.data.split import split_rows
from understudy.data.table import Table, chosen
from understudy.errors import SourceError

ROWS = 1000


def frame(rows: int = ROWS) -> pl.DataFrame:
    number = pl.Series(range(rows))
    return pl.DataFrame(
        {
            "number": number,
            "price": (number * 7 % 101) / 4,
            "word": [None if row % 13 == 0 else f"a rather long word, {row % 5}" for row in range(rows)],
            "who": number // 4,
            "day": pl.Series(np.datetime64("2020-01-01") + np.arange(rows) % 400),
        }
    )


@pytest.fixture(autouse=True)
def _everything_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scans, "LARGE_ROWS", 10)
    monkeypatch.setattr(scans, "LARGE_BYTES", 10)
    monkeypatch.setattr(scans, "BATCH_CELLS", 311)
    monkeypatch.setattr(table, "BATCH_CELLS", 311)
    monkeypatch.setattr(scans, "BLOCK", 1 << 12)


def scanned(source: object) -> Scan:
    found = open_rows(source)
    assert isinstance(found, Scan)
    return found


def whole(scan: Scan) -> pl.DataFrame:
    return pl.concat([batch.frame for batch in scan.batches()])


@pytest.mark.parametrize("ending", ["parquet", "csv", "tsv"])
def test_batches_hold_what_reading_holds(tmp_path: Path, ending: str) -> None:
    path = us.write(frame(), tmp_path / f"t.{ending}")
    scan, held = scanned(path), read(path)
    assert whole(scan).equals(held.frame)
    assert scan.source == held.source
    assert (len(scan), scan.columns) == (ROWS, held.columns)
    assert len([*scan.batches()]) > 5
    assert scan.only(["word", "number"]).frame.equals(held.frame.select("word", "number"))


@pytest.mark.parametrize("ending", ["parquet", "csv"])
def test_files_of_one_folder_are_one_table_whatever_the_order_of_columns(tmp_path: Path, ending: str) -> None:
    whole_frame = frame()
    us.write(whole_frame[:300], tmp_path / f"part-1.{ending}")
    us.write(whole_frame[300:].select(reversed(whole_frame.columns)), tmp_path / f"part-2.{ending}")
    scan, held = scanned(tmp_path), read(tmp_path)
    assert whole(scan).equals(held.frame)
    assert scan.source == held.source


def test_small_files_and_what_cannot_be_scanned_are_read_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(open_rows(us.write(frame(), tmp_path / "t.csv.gz")), Table)
    assert isinstance(open_rows(us.write(frame(), tmp_path / "t.feather")), Table)
    assert isinstance(open_rows(frame()), Table)
    monkeypatch.setattr(scans, "LARGE_ROWS", ROWS)
    assert isinstance(open_rows(us.write(frame(), tmp_path / "t.parquet")), Table)


@given(rows=st.integers(1, 60), number=st.integers(0, 80), seed=st.integers(0, 99))
def test_rows_that_stand_for_all_are_some_of_them_once(rows: int, number: int, seed: int) -> None:
    picked = chosen(rows, number, seed)
    assert len(picked) == min(rows, number)
    assert (np.diff(picked) > 0).all()
    assert ((picked >= 0) & (picked < rows)).all()
    assert np.array_equal(picked, chosen(rows, number, seed))


def test_every_row_is_as_likely_to_stand_for_all() -> None:
    many = 4000
    counts = np.bincount(np.concatenate([chosen(10, 3, seed) for seed in range(many)]), minlength=10)
    expected = many * 3 / 10
    assert ((counts - expected) ** 2 / expected).sum() < 30  # chi-square with 9 degrees of freedom; 27.9 at 0.1 %


@pytest.mark.parametrize("ending", ["parquet", "csv"])
def test_a_sample_from_disk_is_that_of_the_rows_in_memory(tmp_path: Path, ending: str) -> None:
    path = us.write(frame(), tmp_path / f"t.{ending}")
    for number in (1, 77, ROWS, 2 * ROWS):
        assert scanned(path).sample(number, seed=5).frame.equals(read(path).sample(number, seed=5).frame)


@settings(max_examples=20)
@given(data=st.data())
def test_rows_taken_of_rows_taken(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    path = tmp_path_factory.getbasetemp() / "taken.parquet"
    if not path.exists():
        us.write(frame(200), path)
    places = st.lists(st.integers(0, 199), unique=True, min_size=1).map(sorted)
    first = np.array(data.draw(places))
    second = np.array(sorted(data.draw(st.sets(st.integers(0, len(first) - 1)))), dtype=np.int64)
    taken = scanned(path).take(first).take(second)
    held = read(path).frame[first][second]
    assert len(taken) == len(held)
    assert whole(taken).equals(held)
    assert taken.sample(3, seed=1).frame.equals(Table(held).sample(3, seed=1).frame)


@pytest.mark.parametrize("said", [{}, {"entity": "who"}, {"time": "day"}, {"entity": "who", "time": "day"}])
def test_the_split_is_that_of_the_rows_in_memory(tmp_path: Path, said: dict[str, str]) -> None:
    path = us.write(frame(), tmp_path / "t.parquet")
    for ours, theirs in zip(
        split_rows(scanned(path), 0.2, **said, seed=4), split_rows(read(path), 0.2, **said, seed=4), strict=True
    ):
        assert np.array_equal(ours, theirs)


def test_names_and_types_must_agree(tmp_path: Path) -> None:
    us.write(frame(), tmp_path / "a.parquet")
    us.write(frame().rename({"word": "ward"}), tmp_path / "b.parquet")
    with pytest.raises(SourceError, match="lacks the column 'word'"):
        open_rows(tmp_path)
    us.write(frame().with_columns(pl.col("number").cast(pl.String)), tmp_path / "b.parquet")
    with pytest.raises(SourceError, match=r"column 'number' is String in 'b\.parquet', Int64 in 'a\.parquet'"):
        open_rows(tmp_path)


def test_damaged_files_are_told(tmp_path: Path) -> None:
    path = us.write(frame(), tmp_path / "t.parquet")
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(SourceError, match="damaged or cut short"):
        open_rows(path)
    text = us.write(frame(), tmp_path / "t.csv")
    text.write_bytes(text.read_bytes() + b"1,2\n")
    with pytest.raises(SourceError, match="damaged"):
        open_rows(text)
    text.write_bytes(b"a,b\n" + "ü,1\n".encode("cp1252") * 50)
    with pytest.raises(SourceError, match="must be UTF-8"):
        open_rows(text)
    text.write_text("a\n" + "1\n" * 50)
    with pytest.raises(SourceError, match="one column"):
        open_rows(text)


def test_nested_values_are_refused_before_anything_is_read(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    frame(20).with_columns(list=pl.Series([[1]] * 20)).write_parquet(path)
    with pytest.raises(SourceError, match="nested values"):
        open_rows(path)
