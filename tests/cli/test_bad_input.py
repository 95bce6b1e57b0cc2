"""Bad input, from the file to the line of error or to what can be served, by the command and by Python."""

import contextlib
import gzip
import json
import os
import random
import resource
import shutil
import subprocess
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import understudy as us
from understudy import errors
from understudy.data.embedded import hotels_path

LUCK = random.Random(5)
ROWS = [f"{LUCK.randint(1, 9)},{LUCK.choice('xyz')},{LUCK.random():.2f}\n" for _ in range(80)]
WHOLE = "a,b,c\n" + "".join(ROWS)
ZIPPED = gzip.compress(WHOLE.encode(), mtime=0)
NOISE = np.random.default_rng(0).bytes(4000)


def column(*cells: str) -> str:
    """A table of a column of these cells in turn beside one of numbers."""
    return "odd,n\n" + "".join(f"{cells[row % len(cells)]},{row % 7}\n" for row in range(84))


def record(row: int) -> dict[str, object]:
    return {"a": row % 5, "deep": {"x": row, "y": [row]}}


REFUSED = {
    "empty file": ("t.csv", "", errors.SourceError, "the file is empty"),
    "blank lines only": ("t.csv", "\n\n\n", errors.SourceError, "the file is empty"),
    "header only": ("t.csv", "a,b,c\n", errors.TooFewRows, "0 rows"),
    "one row": ("t.csv", "a,b,c\n1,x,2.5\n", errors.TooFewRows, "1 row"),
    "fewer rows than k": ("t.csv", WHOLE[:40], errors.TooFewRows, "k = 8"),
    "duplicate column names": ("t.csv", "a,b,a\n1,2,3\n4,5,6\n", errors.SourceError, "'a' stands twice"),
    "a line too short": ("t.csv", WHOLE + "1,x\n", errors.SourceError, "line 82 has 2 fields"),
    "a line too long": ("t.csv", WHOLE + "1,x,2,3\n", errors.SourceError, "line 82 has 4 fields"),
    "a quote never closed": ("t.csv", WHOLE + '1,x,"2.5\n', errors.SourceError, "never closed"),
    "a binary file": ("t.csv", NOISE, errors.SourceError, "binary"),
    "a picture": ("t.csv", b"\x89PNG\r\n\x1a\n" + NOISE, errors.SourceError, "a PNG image"),
    "a truncated gz": ("t.csv.gz", ZIPPED[: len(ZIPPED) // 2], errors.SourceError, "cut short"),
    "no gz at all": ("t.csv.gz", WHOLE, errors.SourceError, "gzip"),
    "nested json": ("t.json", json.dumps([record(row) for row in range(60)]), errors.SourceError, "column 'deep'"),
    "broken json": ("t.json", '[{"a": 1}, {"a"', errors.SourceError, "JSON"),
    "no parquet": ("t.parquet", WHOLE, errors.SourceError, "parquet"),
    "an unknown ending": ("t.cvs", WHOLE, errors.SourceError, "did you mean 'csv'?"),
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
def test_what_cannot_be_served_is_refused_in_one_line(command, tmp_path: Path, what: str) -> None:
    name, content, kind, said = REFUSED[what]
    Path(name).write_bytes(content if isinstance(content, bytes) else content.encode())
    for words in (["run", name, "--out", "o/p"], ["fit", name, "-o", "m.understudy"]):
        command(*words).refused(said, "(", ": ")
    for ask in (lambda: us.fit(name), lambda: us.run(name, "o/p")):
        with pytest.raises(kind) as caught:
            ask()
        assert said in str(caught.value)
        assert "\n" not in str(caught.value)
    assert [path.name for path in tmp_path.iterdir()] == [name]


MANY = "".join(f"{row % 6},{row % 5}\n" for row in range(60))
SERVED = {
    "one column": "a\n" + "".join(f"{row % 9}\n" for row in range(80)),
    "thirty rows": "a,b,c\n" + "".join(ROWS[:30]),
    "an all-missing column": column(""),
    "nothing but missing cells": "a,b\n" + ",\n" * 60,
    "a constant column": column("same"),
    "nothing but constants": "a,b\n" + "same,7\n" * 60,
    "mixed types in a column": column("1", "2.5", "abc", "2020-01-01", "", "True"),
    "infinities": column("inf", "-inf", "1.5", "2.5", "Infinity", "NaN"),
    "a column named like a keyword": "select,None\n" + MANY,
    "a name with dots": "a.b,a..b\n" + MANY,
    "a name with spaces": "with space, led by one\n" + MANY,
    "a name of emoji": "😀,👩‍👩‍👧\n" + MANY,
    "names with quotes and breaks": '"say ""no""","two\nlines"\n' + MANY,
    "names like paths and markup": "../../x,<b>[red]\n" + MANY,
    "names like our own": "__index,table\n" + MANY,
    "a nameless column": ",b\n" + MANY,
    "very long cells": column("x" * 20_000, "y"),
    "quotes and breaks in cells": column('"a\nb"', '"say ""no"""', '"c,d"'),
}


@pytest.mark.parametrize("what", SERVED)
def test_what_can_be_served_is_served(command, what: str) -> None:
    Path("t.csv").write_text(SERVED[what])
    answer = command("run", "t.csv", "--out", "out")
    assert (answer.code, answer.err) == (0, "")
    real, fake = us.read("t.csv"), us.read("out/synthetic.csv")
    assert fake.columns == real.columns
    assert len(fake) == len(real)
    assert fake.source.labels == real.source.labels
    for name in real.columns:
        assert fake.frame[name].is_null().all() == real.frame[name].is_null().all()
    page = Path("out/report.html").read_text()
    assert "<b>[red]" not in page
    assert us.load("out/model.understudy").sample(5).frame.shape == (5, len(real.columns))
    if len(real) < 50:
        assert "there is no verdict without a holdout" in answer.out.lower()
        assert us.Report.from_json(Path("out/report.json").read_text())["privacy.distance_share"].value is None


def test_latin_1_is_read_and_written_as_utf_8(command) -> None:
    Path("t.csv").write_bytes(
        ("größe,ort\n" + "".join(f"{row % 9},{['Köln', 'Zürich', 'Genève'][row % 3]}\n" for row in range(90))).encode(
            "latin-1"
        )
    )
    assert command("run", "t.csv", "--out", "out").code == 0
    fake = us.read("out/synthetic.csv").frame
    assert fake.columns == ["größe", "ort"]
    assert set(fake["ort"]) == {"Köln", "Zürich", "Genève"}


def test_mixed_types_stay_as_they_were_written(command) -> None:
    Path("t.csv").write_text(SERVED["mixed types in a column"])
    command("run", "t.csv", "--out", "out")
    assert set(us.read("out/synthetic.csv").frame["odd"]) <= {"1", "2.5", "abc", "2020-01-01", None, "True"}


def test_two_thousand_columns_are_learned_and_drawn(command) -> None:
    luck = np.random.default_rng(2)
    frame = pl.DataFrame(
        {f"c{at}": luck.integers(0, 20, 300) if at % 2 else luck.choice(list("abc"), 300) for at in range(2000)}
    )
    us.write(frame, "wide.csv")
    assert command("fit", "wide.csv", "-o", "m.understudy").code == 0
    assert command("sample", "m.understudy", "-n", "300", "-o", "s.csv").code == 0
    assert us.read("s.csv").frame.shape == (300, 2000)


# --- places that cannot be read or written ---------------------------------------------------------------------------


@contextlib.contextmanager
def nobody() -> Iterator[Path]:
    """A folder of root's, seen by a user without rights; for users other than root a folder without permissions."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        (folder / "t.csv").write_text(WHOLE)
        us.fit(folder / "t.csv").save(folder / "m.understudy")
        us.run(folder / "t.csv", folder / "o")  # what is imported on first use is not readable to nobody either
        shutil.rmtree(folder / "o")
        (folder / "secret.csv").write_text(WHOLE)
        (folder / "secret.csv").chmod(0)
        folder.chmod(0o555)
        root = os.geteuid() == 0
        if root:
            os.seteuid(65534)
        try:
            yield folder
        finally:
            if root:
                os.seteuid(0)
            folder.chmod(0o755)


def test_a_folder_without_permission(command) -> None:
    with nobody() as folder:
        before = sorted(folder.iterdir())
        for words in (
            ["run", folder / "t.csv", "--out", folder],
            ["run", folder / "t.csv", "--out", folder / "new" / "er"],
            ["fit", folder / "t.csv", "-o", folder / "n.understudy"],
            ["sample", folder / "m.understudy", "-o", folder / "s.csv"],
            ["init", folder / "t.csv", "-o", folder / "plan.yaml"],
            ["evaluate", "-r", folder / "t.csv", "-s", folder / "t.csv", "-o", folder / "r.html"],
        ):
            if words[0] == "run":
                words[1] = hotels_path()
            command(*words).refused("may not be written", str(folder))
        command("inspect", folder / "secret.csv").refused("may not be read", "secret.csv")
        with pytest.raises(PermissionError):
            us.run(folder / "t.csv", folder / "new")
        with pytest.raises(PermissionError):
            us.load(folder / "m.understudy").save(folder / "n.understudy")
        assert sorted(folder.iterdir()) == before


@contextlib.contextmanager
def short_files(size: int) -> Iterator[None]:
    """Files may not grow beyond so many bytes: the system refuses in the middle of writing, as a full disk does."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_write_cut_short_leaves_nothing(command, small: Path, tmp_path: Path) -> None:
    command("run", small, "--out", "out")
    command("fit", small, "-o", "m.understudy")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    with short_files(2000):
        command("run", small, "--out", "out", "-n", "2000").refused("cannot be written", "out/synthetic.csv")
        command("run", small, "--out", "new", "-n", "10").refused("cannot be written", "new/model.understudy")
        command("fit", small, "-o", "m.understudy").refused("cannot be written", "m.understudy")
        command("sample", "m.understudy", "-n", "5000", "-o", "s.parquet").refused("cannot be written", "s.parquet")
        command("evaluate", "-r", small, "-s", small, "-o", "r.html").refused("could not be written", "r.html")
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["m.understudy", "out", "small.csv"]


def test_a_full_disk_is_told_and_left_clean(command, small: Path, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", disk]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("this machine lets nobody mount a small disk")
    try:
        command("run", small, "--out", disk / "out", "-n", "20000").refused("disk is full", "free some space")
        assert not list(disk.iterdir())
    finally:
        subprocess.run(["umount", disk], check=True)


def test_a_disk_that_may_only_be_read(command, small: Path, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "ro", "tmpfs", disk]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("this machine lets nobody mount a disk")
    try:
        command("run", small, "--out", disk / "out").refused("out", "Read-only")
        command("fit", small, "-o", disk / "m.understudy").refused("m.understudy")
    finally:
        subprocess.run(["umount", disk], check=True)


# --- model files ------------------------------------------------------------------------------------------------------


def repacked(path: Path, **changed: bytes) -> None:
    with zipfile.ZipFile(path) as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in held.items():
            archive.writestr(name, changed.get(name.partition(".")[0], content))


def test_model_files_that_are_not_whole(command, small: Path, tmp_path: Path) -> None:
    command("fit", small, "-o", "m.understudy")
    whole = Path("m.understudy").read_bytes()

    def asked(*said: str) -> None:
        command("sample", "m.understudy", "-n", "5", "-o", "s.csv").refused("m.understudy", *said)
        with pytest.raises(errors.ModelFileError) as caught:
            us.load("m.understudy")
        assert isinstance(caught.value, ValueError)
        assert "\n" not in str(caught.value)

    for cut in (0, 10, len(whole) // 2, len(whole) - 1):
        Path("m.understudy").write_bytes(whole[:cut])
        asked()
    for at in range(40, len(whole), len(whole) // 9):
        Path("m.understudy").write_bytes(whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :])
        with contextlib.suppress(errors.ModelFileError):
            us.load("m.understudy").sample(5)
    Path("m.understudy").write_bytes(whole)
    repacked(tmp_path / "m.understudy", plan=b"engine: bootstrap\n")
    asked("'plan.yaml' in the model file was changed")
    Path("m.understudy").write_bytes(whole)
    manifest = json.loads(zipfile.ZipFile("m.understudy").read("manifest.json"))
    later = {**manifest, "format": 99, "understudy": "9.9"}
    repacked(tmp_path / "m.understudy", manifest=json.dumps(later).encode())
    asked("written by understudy 9.9 in format 99", "fit the model again")
    Path("m.understudy").write_bytes(small.read_bytes())
    asked()
    Path("m.understudy").unlink()
    command("sample", "m.understudy", "-o", "s.csv").refused("no model at 'm.understudy'")
    assert [path.name for path in tmp_path.iterdir()] == ["small.csv"]
