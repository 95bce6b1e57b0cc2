"""Files appear whole or not at all, and the same rows give the same bytes."""

import gzip
import os
import resource
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq
import pytest

from understudy.data.files import read, sink, write
from understudy.data.table import Source
from understudy.errors import SchemaError, SourceDenied, SourceError, UnderstudyError, WriteError

ENDINGS = [
    "csv", "tsv", "txt", "csv.gz", "tsv.gz", "json", "json.gz", "jsonl", "ndjson.gz",
    "parquet", "feather", "arrow", "xlsx",
]  # fmt: skip
SRC = Path(__file__).parents[2] / "src"


def part(start: int, many: int = 5) -> pl.DataFrame:
    rows = range(start, start + many)
    return pl.DataFrame({"i": list(rows), "t": [f"a,{row}\n'\"" if row % 2 else None for row in rows]})


@pytest.mark.parametrize("ending", ENDINGS)
def test_parts_come_back_as_one_table_and_the_same_bytes(tmp_path: Path, ending: str) -> None:
    paths = [tmp_path / f"{turn}.{ending}" for turn in "ab"]
    for path in paths:
        with sink(path) as out:
            out.write(part(0))
            out.write(part(5, 0))
            out.write(part(5))
    whole = part(0, 10)
    assert read(paths[0]).frame.cast(dict(whole.schema)).equals(whole)
    assert paths[0].read_bytes() == paths[1].read_bytes()
    assert sorted(tmp_path.iterdir()) == paths


@pytest.mark.parametrize("ending", [each for each in ENDINGS if each not in ("xlsx", "parquet", "feather", "arrow")])
def test_bytes_do_not_depend_on_the_cuts(tmp_path: Path, ending: str) -> None:
    for turn, cuts in (("a", [part(0, 10)]), ("b", [part(0, 3), part(3, 7)])):
        with sink(tmp_path / f"{turn}.{ending}") as out:
            for each in cuts:
                out.write(each)
    assert (tmp_path / f"a.{ending}").read_bytes() == (tmp_path / f"b.{ending}").read_bytes()


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("blow", [RuntimeError, KeyboardInterrupt, FileNotFoundError])
def test_nothing_stays_after_an_exception(tmp_path: Path, ending: str, blow: type[BaseException]) -> None:
    old = tmp_path / f"t.{ending}"
    old.write_bytes(b"old")
    with pytest.raises(blow) as caught, sink(old) as out:  # noqa: PT012
        out.write(part(0, 1000))
        raise blow
    assert type(caught.value) is blow
    assert old.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [old]


@pytest.mark.parametrize("ending", ENDINGS)
def test_empty_frames_leave_readable_files(tmp_path: Path, ending: str) -> None:
    path = write(part(0, 0), tmp_path / f"t.{ending}")
    if ending.startswith(("json", "ndjson")):
        with pytest.raises(SourceError):
            read(path)
    else:
        assert read(path).frame.columns == ["i", "t"]


def test_parquet_has_a_row_group_a_write(tmp_path: Path) -> None:
    with sink(tmp_path / "t.parquet") as out:
        for start in (0, 5, 10):
            out.write(part(start))
    found = pq.ParquetFile(tmp_path / "t.parquet").metadata
    assert found.num_row_groups == 3
    assert found.row_group(0).column(0).compression == "ZSTD"


def test_gz_tells_neither_name_nor_time(tmp_path: Path) -> None:
    data = write(part(0), tmp_path / "t.csv.gz").read_bytes()
    assert data[3] == 0
    assert data[4:8] == b"\0" * 4
    assert gzip.decompress(data).startswith(b"i,t\n")


def test_csv_bytes(tmp_path: Path) -> None:
    frame = pl.DataFrame({"a": ["x", "", None, " y"], "b;c": [1.5, None, 1e22, 2.0], "d": ["1,2", '"', "\r", "\n"]})
    assert write(frame, tmp_path / "t.csv").read_bytes() == (
        b'a,"b;c",d\nx,1.5,"1,2"\n"",,""""\n,1e+22,"\r"\n y,2.0,"\n"\n'
    )


def test_the_source_gives_delimiter_and_empty_names(tmp_path: Path) -> None:
    like = Source(kind="table", text=True, file="csv", delimiter=";", labels={"column_1": ""})
    for ending, first in (("csv", b'"";a\n'), ("tsv", b'""\ta\n'), ("csv.gz", b'"";a\n'), ("jsonl", b'{"":"x"')):
        path = tmp_path / f"t.{ending}"
        with sink(path, like) as out:
            out.write(pl.DataFrame({"column_1": ["x"], "a": ["y"]}))
        data = gzip.decompress(path.read_bytes()) if ending.endswith("gz") else path.read_bytes()
        assert data.startswith(first)


def test_frames_must_agree(tmp_path: Path) -> None:
    with pytest.raises(SchemaError, match="columns differ"), sink(tmp_path / "t.csv") as out:  # noqa: PT012
        out.write(part(0))
        out.write(pl.DataFrame({"x": [1]}))
    with sink(tmp_path / "t.parquet") as out:
        out.write(pl.DataFrame({"a": [1]}))
        out.write(pl.DataFrame({"a": [2]}, schema={"a": pl.Int16}))
    assert read(tmp_path / "t.parquet").frame["a"].to_list() == [1, 2]


def test_nothing_written_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(WriteError, match="nothing was written"), sink(tmp_path / "t.csv"):
        pass
    assert not list(tmp_path.iterdir())


def test_places_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "folder.csv").mkdir()
    for path, words in (
        (tmp_path / "no" / "t.csv", "no such folder"),
        (tmp_path / "folder.csv", "is a folder"),
        (tmp_path / ("x" * 300 + ".csv"), "cannot be written"),
    ):
        with pytest.raises(WriteError, match=words) as caught:
            write(part(0), path)
        assert "\n" not in str(caught.value)
    with pytest.raises(SourceError, match="did you mean 'csv'"):
        write(part(0), tmp_path / "t.cvs")
    assert [each.name for each in tmp_path.iterdir()] == ["folder.csv"]


def test_a_sheet_has_its_limits(tmp_path: Path) -> None:
    with pytest.raises(WriteError, match="1048576 rows at most"):
        write(pl.DataFrame({"a": pl.zeros(2**20, eager=True)}), tmp_path / "t.xlsx")
    assert not list(tmp_path.iterdir())


def test_links_are_followed_and_modes_are_the_users(tmp_path: Path) -> None:
    real, link = tmp_path / "real.csv", tmp_path / "link.csv"
    real.write_bytes(b"old")
    link.symlink_to(real)
    write(part(0), link)
    assert link.is_symlink()
    assert real.read_bytes().startswith(b"i,t")
    mask = os.umask(0)
    os.umask(mask)
    assert real.stat().st_mode & 0o777 == 0o666 & ~mask


def test_a_folder_without_permission() -> None:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o555)
        root = os.geteuid() == 0
        if root:
            os.seteuid(65534)
        try:
            with pytest.raises(SourceDenied, match="may not be written"):
                write(part(0), Path(folder) / "t.csv")
        finally:
            if root:
                os.seteuid(0)
        assert not list(Path(folder).iterdir())


@pytest.mark.parametrize("ending", ["csv", "csv.gz", "jsonl", "json", "parquet", "feather", "xlsx"])
def test_a_file_larger_than_allowed_leaves_nothing(tmp_path: Path, ending: str) -> None:
    """A real refusal by the system while writing (a file size limit), the same way a full disk refuses."""
    script = f"""
        import resource
        import numpy as np, polars as pl
        from understudy.data.files import sink
        from understudy.errors import WriteError
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, resource.RLIM_INFINITY))
        noise = np.random.default_rng(0)
        try:
            with sink({str(tmp_path / ("t." + ending))!r}) as out:
                for _ in range(20):
                    out.write(pl.DataFrame({{"a": noise.random(5_000)}}))
        except WriteError as error:
            print(error)
    """
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(script)],
        env={**os.environ, "PYTHONPATH": str(SRC)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert done.stdout.count("\n") == 1
    assert "larger than allowed" in done.stdout
    assert not list(tmp_path.iterdir())
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] != 200_000


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="needs root to mount a small disk")
def test_a_full_disk_leaves_nothing(tmp_path: Path) -> None:
    mount = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", tmp_path]
    mounted = subprocess.run(mount, capture_output=True, check=False)
    if mounted.returncode:
        pytest.skip("this machine lets nobody mount a small disk")
    try:
        for ending in ("csv", "csv.gz", "parquet", "xlsx", "arrow", "json"):
            with pytest.raises(UnderstudyError, match="the disk is full") as caught:
                write(pl.DataFrame({"a": [str(hash(str(row))) for row in range(60_000)]}), tmp_path / f"t.{ending}")
            assert "\n" not in str(caught.value)
            assert not list(tmp_path.iterdir())
    finally:
        subprocess.run(["umount", tmp_path], check=True)
