"""What files say is what tables hold; what cannot be read is refused in one line."""

import gzip
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from sys import getrefcount

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from understudy.data.delimited import held
from understudy.data.files import read, write
from understudy.data.table import Table
from understudy.errors import ArgumentError, SourceDenied, SourceError, SourceMissing, UnderstudyError

SHARED = Path(__file__).parents[2].parent / "shared" / "data"
PEOPLE = b"id,name\n1,Ada\n2,Bob\n"


@pytest.fixture
def put(tmp_path: Path) -> Callable[[str, bytes], Path]:
    def place(name: str, data: bytes) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return path

    return place


@contextmanager
def nobody() -> Iterator[None]:
    """As a user without rights, so that permissions are real even where tests run as root."""
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)


def zipped(data: bytes) -> bytes:
    """The same bytes at any time, so that test names stay the same."""
    return gzip.compress(data, mtime=0)


def refusal(source: object, kind: type[UnderstudyError] = SourceError) -> str:
    with pytest.raises(kind) as caught:
        read(source)
    said = str(caught.value)
    assert "\n" not in said
    assert len(said) < 400
    return said


def workbook(path: Path, rows: list[list[object]], *sheets: str) -> Path:
    with xlsxwriter.Workbook(path) as book:
        for name in sheets or ("Sheet1",):
            sheet = book.add_worksheet(name)
            for place, row in enumerate(rows):
                sheet.write_row(place, 0, row)
    return path


# Formats


def test_csv_cells_stay_as_written(put) -> None:
    table = read(put("a.csv", b'id,price,when,note\n1234567890123456789,1.50,27 Dec 2020," x"\n007,3.,,""\n'))
    assert table.frame.to_dict(as_series=False) == {
        "id": ["1234567890123456789", "007"],
        "price": ["1.50", "3."],
        "when": ["27 Dec 2020", None],
        "note": [" x", ""],
    }
    assert table.source.text
    assert (table.source.name, table.source.file, table.source.delimiter) == ("a", "csv", ",")


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_delimiter_is_sniffed(put, mark: str) -> None:
    data = f'a{mark}b{mark}c\n1,5{mark}"x{mark}y"{mark}2\n'.replace("1,5", '"1,5"' if mark == "," else "1,5")
    table = read(put("a.csv", data.encode()))
    assert table.frame.rows() == [("1,5", f"x{mark}y", "2")]
    assert table.source.delimiter == mark


def test_a_header_with_commas_does_not_hide_semicolons(put) -> None:
    table = read(put("a.csv", b"name;amount, EUR;note\nAda;1,50;x\nBob;2,00;y\n"))
    assert table.columns == ["name", "amount, EUR", "note"]


def test_txt_is_read_only_where_clearly_delimited(put) -> None:
    assert read(put("a.txt", b"a\tb\n1\t2\n")).frame.shape == (1, 2)
    assert "not clearly delimited" in refusal(put("b.txt", b"To whom it may concern,\nhello\n"))


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("last", [True, False])
def test_line_ends_of_all_systems(put, end: str, last: bool) -> None:
    data = end.join(["a,b", "1,x", '2,"y z"']) + (end if last else "")
    assert read(put("a.csv", data.encode())).frame.rows() == [("1", "x"), ("2", "y z")]


def test_newlines_and_quotes_inside_cells(put) -> None:
    table = read(put("a.csv", b'a,b\n"1 Main St\nTown","say ""hi"""\r\n"x\ry",2\n'))
    assert table.frame.rows() == [("1 Main St\nTown", 'say "hi"'), ("x\ry", "2")]


def test_quotation_marks_inside_plain_cells_are_text(put) -> None:
    assert read(put("a.csv", b'a,b\n5" pipe,x\n"q",6"\n')).frame.rows() == [('5" pipe', "x"), ("q", '6"')]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_byte_order_marks(put, encoding: str) -> None:
    assert read(put("a.csv", "é,b\n1,€\n".encode(encoding))).frame.to_dicts() == [{"é": "1", "b": "€"}]


def test_latin_1_is_served_with_a_note(put) -> None:
    table = read(put("a.csv", "name,city\nZoë,Köln\n".encode("latin-1")))
    assert table.frame.rows() == [("Zoë", "Köln")]
    assert "cp1252" in table.source.notes[0]
    assert read(put("b.csv", b"name\n\x81\xe9\n")).source.notes[0].endswith("latin-1")


def test_latin_1_far_down_the_file_is_found(put) -> None:
    table = read(put("a.csv", b"a\n" + b"x\n" * 100_000 + b"\xe9\n"))
    assert table.frame[-1, 0] == "é"


def test_odd_names_are_kept(put) -> None:
    names = ["class", "a.b", "two words", "🙂", "Unnamed: 0", "from", " lead"]
    assert read(put("a.csv", (",".join(names) + "\n" + ",".join("1" * 7) + "\n").encode())).columns == names


def test_empty_names_get_their_place_and_come_back_empty(put, tmp_path: Path) -> None:
    table = read(put("a.csv", b",a,\n0,x,y\n"))
    assert table.columns == ["column_1", "a", "column_3"]
    first = read(put("b.csv", b",a\n0,x\n"))
    write(first, tmp_path / "c.csv")
    assert (tmp_path / "c.csv").read_bytes() == b'"",a\n0,x\n'
    assert read(put("d.csv", b",column_1\n0,x\n")).columns == ["column_1_", "column_1"]


def test_header_only_is_a_table_without_rows(put) -> None:
    for data in (b"a,b", b"a,b\n", b"a,b\r\n\r\n"):
        assert read(put("a.csv", data)).frame.shape == (0, 2)


def test_one_column_and_one_row(put) -> None:
    assert read(put("a.csv", b"a\n1\n")).frame.rows() == [("1",)]
    assert read(put("b.csv", b'a\n1\n\n""\n2\n\n\n')).frame["a"].to_list() == ["1", None, None, "2"]


def test_all_missing_and_constant_columns(put) -> None:
    table = read(put("a.csv", b"a,b,c\n,x,1\n,x,2\n"))
    assert table.frame.rows() == [(None, "x", "1"), (None, "x", "2")]
    assert table.frame.dtypes == [pl.String] * 3


def test_two_thousand_columns(put) -> None:
    names = ",".join(f"a_rather_long_column_name_{place}" for place in range(2000))
    rows = "\n".join(",".join("7" * 2000) for _ in range(20))
    assert read(put("a.csv", f"{names}\n{rows}\n".encode())).frame.shape == (20, 2000)


def test_cells_larger_than_a_block(put) -> None:
    long = "x" * (5 << 20)
    assert read(put("a.csv", f"a,b\n{long},1\n".encode())).frame[0, "a"] == long


@pytest.mark.parametrize("ending", ["csv", "tsv", "json", "jsonl", "ndjson"])
def test_gzipped_text(tmp_path: Path, ending: str) -> None:
    frame = pl.DataFrame({"a": ["x", "y, z"], "b": ["1", "2"]})
    assert read(write(frame, tmp_path / f"t.{ending}.gz")).frame.equals(frame)
    assert (tmp_path / f"t.{ending}.gz").read_bytes()[:2] == b"\x1f\x8b"


def test_json_forms(put) -> None:
    want = [{"a": 1, "b": "x"}, {"a": 2, "b": None}]
    forms = [
        json.dumps(want),
        json.dumps({"a": [1, 2], "b": ["x", None]}),
        json.dumps({"a": {"0": 1, "1": 2}, "b": {"0": "x", "1": None}}),
        "\n".join(map(json.dumps, want)),
    ]
    for form in forms:
        table = read(put("a.json", form.encode()))
        assert table.frame.to_dicts() == want
        assert not table.source.text
        assert table.source.dtypes == {"a": "Int64", "b": "String"}


def test_json_keeps_large_integers_and_mixed_columns(put) -> None:
    table = read(put("a.json", b'[{"id": 1234567890123456789, "m": 1}, {"id": 2, "m": "x"}]'))
    assert table.frame.rows() == [(1234567890123456789, "1"), (2, "x")]


def test_json_lines_with_gaps(put) -> None:
    table = read(put("a.jsonl", b'{"a": 1}\n\n{"b": 2.5}\n'))
    assert table.frame.to_dicts() == [{"a": 1, "b": None}, {"a": None, "b": 2.5}]


@pytest.mark.parametrize("ending", ["parquet", "pq", "feather", "arrow", "ipc"])
def test_typed_files_keep_dtypes(tmp_path: Path, ending: str) -> None:
    frame = pl.DataFrame(
        {"i": [1, None], "t": ["a", None], "z": pl.Series([0, 1]).cast(pl.Datetime("us", "Europe/Berlin"))},
        schema_overrides={"i": pl.Int16},
    )
    table = read(write(frame, tmp_path / f"t.{ending}"))
    assert table.frame.equals(frame)
    assert table.frame.schema == frame.schema
    assert table.source.dtypes["i"] == "Int16"


def test_zones_polars_does_not_know(tmp_path: Path) -> None:
    table = pa.table({"z": pa.array([0, None], pa.timestamp("us", tz="+05:30"))})
    pq.write_table(table, tmp_path / "z.parquet")
    found = read(tmp_path / "z.parquet").frame["z"]
    assert found.dtype == pl.Datetime("us", "UTC")
    assert found.cast(pl.Int64).to_list() == [0, None]


def test_typed_files_with_two_columns_of_one_name(tmp_path: Path) -> None:
    pq.write_table(pa.table([[1], [2]], names=["a", "a"]), tmp_path / "t.parquet")
    assert "'a' stands twice" in refusal(tmp_path / "t.parquet")


def test_arrow_streams_are_read(tmp_path: Path) -> None:
    pl.DataFrame({"a": [1]}).write_ipc_stream(tmp_path / "s.arrow")
    assert read(tmp_path / "s.arrow").frame.rows() == [(1,)]


def test_categorical_parquet_becomes_text_and_nan_null(tmp_path: Path) -> None:
    frame = pl.DataFrame({"c": pl.Series(["u", "v"], dtype=pl.Categorical), "f": [1.0, float("nan")]})
    frame.write_parquet(tmp_path / "c.parquet")
    table = read(tmp_path / "c.parquet")
    assert table.frame.rows() == [("u", 1.0), ("v", None)]
    assert table.source.dtypes["c"] == "Categorical"


def test_xlsx(tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {"i": [1, None, 3], "f": [1.5, 2.0, None], "t": ["x", "=1+1", None], "b": [True, False, None]}
    ).with_columns(d=pl.Series(["2020-12-27", None, "1999-01-01"]).str.to_date())
    table = read(write(frame, tmp_path / "t.xlsx"))
    assert table.frame.equals(frame)
    assert table.frame.schema == frame.schema


def test_xlsx_keeps_long_numbers_as_text(tmp_path: Path) -> None:
    path = write(pl.DataFrame({"card": [1234567890123456789]}), tmp_path / "t.xlsx")
    assert read(path).frame.rows() == [("1234567890123456789",)]


def test_xlsx_with_several_sheets_and_an_empty_name(tmp_path: Path) -> None:
    table = read(workbook(tmp_path / "t.xlsx", [["", "b"], [1, "x"]], "First", "Second"))
    assert table.frame.rows() == [(1, "x")]
    assert table.columns == ["column_1", "b"]
    assert "first of 2 sheets" in table.source.notes[0]


WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\ufeff"))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(*[st.none() | WORDS] * 2)), st.lists(WORDS, min_size=2, max_size=2, unique=True))
def test_any_text_round_trips_through_csv(rows: list, names: list[str]) -> None:
    frame = pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row")
    with tempfile.TemporaryDirectory() as folder:
        first = read(write(frame, Path(folder) / "a.csv"))
        assert first.frame.rows() == frame.rows()
        again = read(write(first, Path(folder) / "b.csv"))
        assert again.columns == first.columns
        assert [name for name in names if name] == [name for name in first.columns if name in names]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.none() | WORDS.filter(bool)))
def test_one_column_round_trips_through_csv(cells: list) -> None:
    frame = pl.DataFrame({"a": cells}, schema={"a": pl.String})
    with tempfile.TemporaryDirectory() as folder:
        assert read(write(frame, Path(folder) / "a.csv")).frame["a"].to_list() == cells


# Folders, globs, lists


def test_folder_glob_and_list_are_one_table(put, tmp_path: Path) -> None:
    put("t/trips_1.csv", b"a,b\n1,x\n")
    put("t/trips_2.csv.gz", zipped(b"b;a\ny;2\n"))
    put("t/metadata.json", b"{}")
    put("t/_SUCCESS", b"")
    put("t/LICENSE.txt", b"free")
    for source in (tmp_path / "t", str(tmp_path / "t" / "trips_*"), sorted((tmp_path / "t").glob("trips*"))):
        table = read(source)
        assert table.frame.rows() == [("1", "x"), ("2", "y")]
        assert table.source.name == "trips"
    assert read(tmp_path / "t", name="mine").source.name == "mine"


def test_folder_of_typed_files_finds_a_common_dtype(tmp_path: Path) -> None:
    write(pl.DataFrame({"a": pl.Series([1], dtype=pl.Int32)}), tmp_path / "1.parquet")
    write(pl.DataFrame({"a": [2.5]}), tmp_path / "2.parquet")
    table = read(tmp_path)
    assert table.frame["a"].to_list() == [1.0, 2.5]
    assert table.source.name == tmp_path.name
    assert table.source.dtypes == {"a": "Float64"}


def test_files_that_disagree_are_named(put, tmp_path: Path) -> None:
    put("t/1.csv", b"a,b\n1,x\n")
    odd = put("t/2.csv", b"a,c\n1,x\n")
    said = refusal(tmp_path / "t")
    assert "'2.csv' lacks the column 'b' of '1.csv'" in said
    odd.write_bytes(b"a,b,c\n1,x,2\n")
    assert "'2.csv' has a column 'c'" in refusal(tmp_path / "t")


def test_types_that_disagree_are_named(tmp_path: Path) -> None:
    write(pl.DataFrame({"a": [1]}), tmp_path / "1.parquet")
    write(pl.DataFrame({"a": ["x"]}), tmp_path / "2.parquet")
    assert "column 'a' is String in '2.parquet', Int64 in '1.parquet'" in refusal(tmp_path)
    write(pl.DataFrame({"a": [None]}), tmp_path / "2.parquet")
    assert read(tmp_path).frame["a"].to_list() == [1, None]


def test_a_folder_of_several_formats_is_refused(put, tmp_path: Path) -> None:
    put("1.csv", PEOPLE)
    put("2.json", b"[]")
    assert "different formats: '2.json' and '1.csv'" in refusal(tmp_path) or "'1.csv'" in refusal(tmp_path)


def test_a_name_with_brackets_is_a_name_first(put) -> None:
    assert len(read(put("a[1].csv", PEOPLE))) == 2


def test_a_table_is_returned_as_it_is(put) -> None:
    table = read(put("a.csv", PEOPLE))
    assert read(table) is table
    assert read(table, name="b").source.name == "b"


# Bad input


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("a.csv", b"", "is empty"),
        ("a.csv", b"\xef\xbb\xbf", "is empty"),
        ("a.csv", b"\n \n", "is empty"),
        ("a.csv.gz", zipped(b""), "is empty"),
        ("a.csv", b"a,b,a\n1,2,3\n", "'a' stands twice, in columns 1 and 3"),
        ("a.csv", b"a,b\n1,2\n3\n", "line 3 has 1 fields where the header has 2"),
        ("a.csv", b'a,b\n"1\n\n",2\n3,4,5\n', "line 5 has 3 fields"),
        ("a.csv", b"a,b\n1,2,3", "line 2 has 3 fields"),
        ("a.csv", b"a;b\n1;2\n1,5;2;3\n", "line 3 has 3 fields"),
        ("a.csv", b'a,b\n1,"2\n3,4\n5,6\n', "opened on line 2 is never closed"),
        ("a.csv", b'a,b\n1,2\n3,"4', "opened on line 3 is never closed"),
        ("a.csv", b'a,b\n1,"2\n3,4\n5,"6",7\n', "line 2 has 3 fields where the header has 2"),
        ("a.csv", b"a,b\n1,\0\n", "NUL bytes, the first on line 2"),
        ("a.csv", b"PK\x03\x04" + b"\0" * 26 + b"xl/workbook.xml", "an Excel workbook"),
        ("a.csv", b"PK\x03\x04\0\0", "a zip archive"),
        ("a.csv", b"PAR1\x15\0", "a parquet file"),
        ("a.csv", zipped(PEOPLE), "a gzip file"),
        ("a.tsv", b"\x89PNG\r\n\x1a\n", "a PNG image"),
        ("a.csv", bytes(range(1, 32)) * 40 + b"\xff\xfe\x9d", "looks like a binary file"),
        ("a.csv", b"\xff\xfea", "not the utf-16"),
        ("a.csv.gz", zipped(PEOPLE * 500)[:-30], "cut short"),
        ("a.csv.gz", zipped(PEOPLE)[:-8] + b"\0" * 8, "damaged"),
        ("a.csv.gz", zipped(PEOPLE)[:10] + b"\xff" * 20, "damaged"),
        ("a.csv.gz", PEOPLE, "no gzip file"),
        ("a.json", b"", "is empty"),
        ("a.json", b"[]", "no columns"),
        ("a.json", b"{}", "no columns"),
        ("a.json", b"[1, 2]", "the JSON is no table"),
        ("a.json", b"12", "the JSON is no table"),
        ("a.json", b'[{"a": 1}, {"a"', "broken JSON at line 1"),
        ("a.json", b'[{"a": 1},\n {"a": x}]', "broken JSON at line 2, column 8"),
        ("a.json", b'{"a": [1, 2], "b": [1]}', "unequal lengths: a 2, b 1"),
        ("a.json", b'{"meta": "x", "b": [1]}', "'meta' is no column"),
        ("a.json", b'[{"id": 1, "tags": [1, 2]}]', "column 'tags'): flatten"),
        ("a.json", b'[{"id": 1, "who": {"name": "x"}}]', "column 'who'): flatten"),
        ("a.json", b'[{"t": 1}, {"t": [1]}]', "column 't'"),
        ("a.json", b"[" * 100_000, "JSON"),
        ("a.jsonl", b'{"a": 1}\n{"a": \n', "broken JSON on line 2"),
        ("a.jsonl", b'{"a": 1}\n[1]\n', "line 2 is no JSON object"),
        ("a.jsonl", b'{"a": 1}\n{"a": {"b": 1}}\n', "column 'a'"),
        ("a.jsonl", b"\n\n", "is empty"),
        ("a.parquet", b"", "is empty"),
        ("a.parquet", b"PAR1abcPAR1", "damaged or cut short"),
        ("a.parquet", PEOPLE, "parquet file is damaged"),
        ("a.parquet", zipped(PEOPLE), "no parquet file but a gzip file"),
        ("a.feather", b"ARROW1\0\0abc", "damaged or cut short"),
        ("a.arrow", PEOPLE, "damaged or cut short"),
        ("a.xlsx", PEOPLE, "damaged or cut short"),
        ("a.xlsx", b"PK\x03\x04abcxl/", "damaged or cut short"),
        ("a.xlsx", b"\xd0\xcf\x11\xe0" + b"\0" * 600, "old or encrypted Office document"),
        ("a.cvs", PEOPLE, "did you mean 'csv'?"),
        ("a.xls", PEOPLE, "save it as .xlsx"),
        ("a.pkl", PEOPLE, "pickles are never read"),
        ("a.parquet.gz", PEOPLE, "unknown file ending '.parquet.gz'"),
        ("data", PEOPLE, "no ending"),
    ],
)  # fmt: skip
def test_bad_files_are_refused_in_one_line(put, name: str, data: bytes, words: str) -> None:
    said = refusal(put(name, data))
    assert words in said
    assert name in said


@pytest.mark.parametrize("data", [b"", b"a,b\n1,2\n", bytes(range(256)) * 3])
def test_arrow_reads_from_memory_of_its_own(data: bytes) -> None:
    """A thread of arrow's that lets go of Python's memory while Python ends aborts the process."""
    before = getrefcount(data)
    copy = held(data)
    assert copy.to_pybytes() == data
    assert getrefcount(data) == before


def test_the_known_endings_are_listed_once(put) -> None:
    with pytest.raises(SourceError) as caught:
        read(put("a.docx", b"x"))
    assert str(caught.value).count("parquet") == 1
    with pytest.raises(SourceError, match=r"did you mean 'parquet'\? \(known: csv, "):
        read(put("a.parket", b"x"))


def test_cut_short_typed_files(tmp_path: Path) -> None:
    frame = pl.DataFrame({"a": range(1000)})
    for ending in ("parquet", "feather", "xlsx"):
        whole = write(frame, tmp_path / f"t.{ending}").read_bytes()
        (tmp_path / f"t.{ending}").write_bytes(whole[: len(whole) // 2])
        assert "damaged or cut short" in refusal(tmp_path / f"t.{ending}")


def test_xlsx_refusals(tmp_path: Path) -> None:
    assert "'a' stands twice" in refusal(workbook(tmp_path / "a.xlsx", [["a", "a"], [1, 2]]))
    assert "is empty" in refusal(workbook(tmp_path / "b.xlsx", []))


def test_nested_parquet(tmp_path: Path) -> None:
    pl.DataFrame({"a": [[1]], "b": [1]}).write_parquet(tmp_path / "t.parquet")
    assert "column 'a'" in refusal(tmp_path / "t.parquet")


def test_missing_files_are_met_with_near_names(put, tmp_path: Path) -> None:
    put("adult.csv.gz", b"")
    assert "did you mean" in refusal(tmp_path / "adlut.csv.gz", SourceMissing)
    assert "adult.csv.gz" in refusal(tmp_path / "zzz.csv", SourceMissing)
    assert "no folder" in refusal(tmp_path / "no" / "a.csv", SourceMissing)
    assert "no file matches" in refusal(str(tmp_path / "x*.csv"), SourceMissing)
    with pytest.raises(FileNotFoundError):
        read(tmp_path / "x.csv")
    refusal(str(tmp_path / ("x" * 270)), SourceMissing)
    refusal(tmp_path / "adult.csv.gz" / "x.csv", SourceMissing)


def test_folders_without_data(put, tmp_path: Path) -> None:
    assert "no data files" in refusal(tmp_path)
    put("2020/a.csv", PEOPLE)
    assert "**/*.csv" in refusal(tmp_path)
    assert len(read(f"{tmp_path}/**/*.csv")) == 2


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other permissions")
def test_places_without_permission() -> None:
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        inner, closed = folder / "inner", folder / "a.csv"
        inner.mkdir()
        for path in (inner / "b.csv", closed):
            path.write_bytes(PEOPLE)
        folder.chmod(0o755)
        inner.chmod(0o000)
        closed.chmod(0o000)
        with nobody():
            said = [refusal(path, SourceDenied) for path in (inner, inner / "b.csv", closed)]
        inner.chmod(0o700)
    assert all("may not be read" in each for each in said)


@pytest.mark.parametrize("source", [12, None, "", " ", [], [3], "a\0b.csv", b"\xff", {"a": [1]}])
def test_what_is_no_source(source: object) -> None:
    with pytest.raises(UnderstudyError) as caught:
        read(source)
    assert isinstance(caught.value, ArgumentError | SourceMissing)


def test_addresses_are_refused() -> None:
    said = refusal("postgres://user:secret@host/db")
    assert "download" in said
    assert "secret" not in said


@pytest.mark.skipif(not SHARED.exists(), reason="shared data not on this machine")
def test_adult_is_read_fast() -> None:
    path = SHARED / "adult" / "adult.csv.gz"
    read(path)
    start = time.perf_counter()
    table = read(path)
    assert time.perf_counter() - start < 1.0  # 0.1 s on a quiet machine
    assert table.frame.shape == (48842, 15)
    assert isinstance(table, Table)
    assert read(SHARED / "adult").frame.equals(table.frame)
